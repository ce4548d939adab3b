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

/// Remembers lines by source, destination and port, the last of each place in a fixed table: a line that is found again
/// within `seconds` is a duplicate.
struct RecentLines: Sendable {
  private struct Place: Sendable {
    var key: UInt64 = 0
    var time = -1e18
  }
  private var places: [Place]
  private static let size = 4096
  private let seconds: Double

  init(seconds: Double) {
    self.seconds = seconds
    places = Array(repeating: Place(), count: Self.size)
  }

  /// Notes a line; true when it had been noted shortly before.
  @inline(__always) mutating func isDuplicate(_ key: UInt64, at time: Double) -> Bool {
    let index = Int(truncatingIfNeeded: key & UInt64(Self.size - 1))
    let isSame = places[index].key == key && time - places[index].time <= seconds
    places[index] = Place(key: key, time: time)
    return isSame
  }
}

/// TCP connection attempts by their four addresses and ports, the last of each place in a fixed table: a SYN seen again
/// 0.9 to 65 s later is a retransmission (1, 2, 4 … s apart, RFC 6298; a clock of whole seconds shows 1 s as 1 or 2).
struct ConnectionAttempts: Sendable {
  private struct Place: Sendable {
    var key: UInt64 = 0
    var time = -1e18
  }
  private var places: [Place]
  private static let size = 4096

  init() { places = Array(repeating: Place(), count: Self.size) }

  @inline(__always) mutating func isRetransmission(_ key: UInt64, at time: Double) -> Bool {
    let index = Int(truncatingIfNeeded: (key >> 20) & UInt64(Self.size - 1))
    let gap = time - places[index].time
    let isAgain = places[index].key == key && gap >= 0.9 && gap <= 65
    places[index] = Place(key: key, time: time)
    return isAgain
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
