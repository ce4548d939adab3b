import Packets

/// Mixes numbers into a well-spread 64-bit value; not for use against a clever adversary beyond what a fixed table
/// bears: collisions only make counts less exact.
@inline(__always) func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
  var value = (a ^ 0x9e37_79b9_7f4a_7c15) &* 0xbf58_476d_1ce4_e5b9
  value = (value ^ (value >> 29) ^ b) &* 0x94d0_49bb_1331_11eb
  return value ^ (value >> 32)
}

@inline(__always) func folded(_ address: UInt128) -> UInt64 {
  UInt64(truncatingIfNeeded: address) ^ (UInt64(truncatingIfNeeded: address >> 64) &* 0x9e37_79b9_7f4a_7c15)
}

/// Keys with the time they were last seen, the last of each place in a fixed table. 32 bits tell keys apart in a place;
/// times are kept in quarters of a second.
struct SeenTable: Sendable {
  private var places: [UInt64]
  private static let size = 2048

  init() { places = Array(repeating: 0, count: Self.size) }

  /// Notes a key; the seconds since it was noted before, nil when it is not there.
  @inline(__always) mutating func note(_ key: UInt64, at time: Double) -> Double? {
    let index = Int(truncatingIfNeeded: (key >> 16) & UInt64(Self.size - 1))
    let tag = key >> 32 | 1
    let quarters = UInt64(UInt32(truncatingIfNeeded: Int64(min(max(time, 0), 1e12) * 4)))
    let old = places[index]
    places[index] = tag << 32 | quarters
    guard old >> 32 == tag & 0xffff_ffff else { return nil }
    return Double(Int32(truncatingIfNeeded: Int64(quarters) - Int64(old & 0xffff_ffff))) / 4
  }
}

/// Hosts that we sent something to, the last of each place in a fixed table.
struct Contacts: Sendable {
  private struct Place: Sendable {
    var address: UInt128 = 0
    var time = -1e18
  }
  private var places: [Place]
  private static let size = 1024
  private let seconds: Double
  private var isEmpty = true

  init(seconds: Double) {
    self.seconds = seconds
    places = Array(repeating: Place(), count: Self.size)
  }

  private static func index(_ address: UInt128) -> Int {
    Int(truncatingIfNeeded: mixed(folded(address), 0) & UInt64(size - 1))
  }

  mutating func note(_ address: UInt128, at time: Double) {
    isEmpty = false
    places[Self.index(address)] = Place(address: address, time: time)
  }

  @inline(__always) func has(_ address: UInt128, at time: Double) -> Bool {
    if isEmpty { return false }
    let place = places[Self.index(address)]
    return place.address == address && time - place.time <= seconds && time >= place.time
  }
}
