package import PacketLogs

/// Lines over time, and the busiest ports with the sources behind them, in fixed memory. The bins get wider as the log
/// gets longer: at most 256 of them, each 1, 2, 4 … seconds wide.
package struct Timeline: Sendable {
  package struct Pair: Hashable, Sendable {
    var source: AddressKey
    package var transportProtocol: UInt8
    package var port: UInt16
    /// `tcp`, `udp`, or the number.
    package var protocolName: String {
      switch transportProtocol {
      case Wire.tcp: "tcp"
      case Wire.udp: "udp"
      default: "\(transportProtocol)"
      }
    }
    package var sourceText: String { Evidence.text(source) }
  }

  static let maximumBins = 256
  /// Start of the first bin, in the seconds of `base`.
  package private(set) var start = 0.0
  package private(set) var width = 1.0
  package private(set) var bins: [Int] = []
  package private(set) var base = TimeBase.none
  /// The bin that the last line fell into: lines come in order.
  private var current = 0
  private var currentFrom = 0.0
  private var currentTo = -1.0
  /// Pairs of source and port, for a heat map; of each part of the log the first 1,024 lines count, then
  /// every 16th.
  private var pairs = HeavyHitters<48, Pair>(
    filler: Pair(source: .none, transportProtocol: 0, port: 0))
  private var ticks = 0

  package init() {}

  package static let sampling = 16

  /// Source and port with the number of sampled lines, most frequent first.
  package var topPairs: [(pair: Pair, count: Int)] { pairs.ordered.map { ($0.key, $0.count) } }

  @inline(__always) mutating func note(_ record: LogRecord) {
    if record.time >= currentFrom, record.time < currentTo, record.timeBase == base {
      bins[current] &+= 1
    } else {
      open(record.time, record.timeBase)
    }
    ticks &+= 1
    if ticks <= 1024 || ticks & (Self.sampling - 1) == 1, record.hasPacket { sample(record) }
  }

  @inline(never) private mutating func sample(_ record: LogRecord) {
    guard record.packet.has(.ports) else { return }
    pairs.add(
      Pair(
        source: AddressKey(value: record.packet.source, isV6: record.packet.isV6),
        transportProtocol: record.packet.transportProtocol, port: record.packet.destinationPort))
  }

  @inline(never) private mutating func open(_ time: Double, _ timeBase: TimeBase) {
    guard timeBase != .none, time.isFinite, abs(time) < 1e12 else { return }
    if bins.isEmpty {
      start = time.rounded(.down)
      base = timeBase
    }
    guard timeBase == base else { return }
    add(time, 1)
    currentFrom = start + Double(current) * width
    currentTo = currentFrom + width
  }

  /// Adds lines at a time; the bins are widened until it fits.
  private mutating func add(_ time: Double, _ count: Int) {
    while time < start { before() }
    while (time - start) / width >= Double(Self.maximumBins) { widen() }
    current = min(Self.maximumBins - 1, Int((time - start) / width))
    while bins.count <= current { bins.append(0) }
    bins[current] += count
  }

  private mutating func widen() {
    var joined: [Int] = []
    joined.reserveCapacity(bins.count / 2 + 1)
    for index in stride(from: 0, to: bins.count, by: 2) {
      joined.append(bins[index] + (index + 1 < bins.count ? bins[index + 1] : 0))
    }
    bins = joined
    width *= 2
  }

  /// Room before the first bin: the span is doubled to the left.
  private mutating func before() {
    let half = Self.maximumBins / 2
    while bins.count > half { widen() }
    bins = Array(repeating: 0, count: half) + bins
    start -= Double(half) * width
  }

  mutating func append(_ later: Timeline, shift: Double) {
    let shift = later.base == .yearless ? shift : 0
    pairs.append(later.pairs)
    guard !later.bins.isEmpty else { return }
    if bins.isEmpty {
      (start, width, bins, base) = (later.start + shift, later.width, later.bins, later.base)
    } else if later.base == base {
      for (index, count) in later.bins.enumerated() where count > 0 {
        add(later.start + shift + Double(index) * later.width, count)
      }
    }
    currentTo = currentFrom - 1
  }

  /// The lines in at most `count` bins of equal width, and the seconds of one.
  package func coarse(_ count: Int) -> (bins: [Int], width: Double) {
    guard !bins.isEmpty, count > 0 else { return ([], width) }
    var copy = self
    while copy.bins.count > count { copy.widen() }
    return (copy.bins, copy.width)
  }
}
