import PacketLogs
import Packets

/// What a log has shown of one symptom, in fixed memory.
struct Evidence: Sendable {
  /// Lines, duplicates included.
  private(set) var count = 0
  /// Lines without those that repeat source, destination and port of a line shortly before (approximate).
  private(set) var distinct = 0
  private(set) var first: Double?
  private(set) var last: Double?
  private(set) var timeBase = TimeBase.none
  private(set) var sources = HeavyHitters<16, AddressKey>(filler: .none)
  private(set) var destinations = HeavyHitters<8, AddressKey>(filler: .none)
  private(set) var ports = HeavyHitters<8, UInt16>(filler: 0)
  private(set) var sourcePorts = HeavyHitters<8, UInt16>(filler: 0)
  /// The far ends of the flows that quoted packets belong to.
  private(set) var peers = HeavyHitters<8, AddressKey>(filler: .none)
  private(set) var interfaces = HeavyHitters<4, UInt128>(filler: 0)
  /// The first lines that differ in prefix or interfaces.
  private(set) var examples: [LogEvent] = []
  private var exampleKeys: [UInt64] = []
  private(set) var leastMTU: UInt32?
  /// Lines by hook: input, forward, output.
  private(set) var byHook = (input: 0, forward: 0, output: 0)
  /// Lines of packets on their way out.
  private(set) var leaving = 0
  /// Lines from someone whom we had sent something shortly before.
  private(set) var contacted = 0
  /// Lines that repeat a TCP connection attempt at the distances of retransmission.
  private(set) var retransmissions = 0
  /// The connection attempt that was repeated over the longest time.
  private(set) var longestWait: RepeatedAttempt?
  /// Lines with a global or unique-local IPv6 address: the protocol is in use beyond the link.
  private(set) var globalV6 = 0
  /// Kernel messages: their number is in `count`; the port or device they name.
  private(set) var devices: [String] = []
  private(set) var leftOut = 0
  private(set) var kinds: Set<KernelMessage.Kind> = []

  private var window: [Double] = []
  private var windowNext = 0
  private let threshold: Threshold
  private(set) var isReached = false

  init(_ threshold: Threshold) { self.threshold = threshold }

  static let maximumExamples = 4

  @inline(__always)
  mutating func add(
    _ record: LogRecord, _ facts: LineFacts, _ text: borrowing Span<UInt8>, isDuplicate: Bool,
    isRetransmission: Bool, attempt: RepeatedAttempt? = nil
  ) {
    count &+= 1
    mark(record.time, record.timeBase)
    sources.add(AddressKey(value: record.packet.source, isV6: facts.isV6))
    // Their counts are never shown, only their order: a sample is enough once there are many.
    if !destinations.isApproximate || count & 3 == 0 {
      destinations.add(AddressKey(value: record.packet.destination, isV6: facts.isV6))
    }
    interfaces.add(record.inName == 0 ? record.outName : record.inName)
    if facts.hasPorts {
      ports.add(facts.destinationPort)
      if !sourcePorts.isApproximate || count & 7 == 0 { sourcePorts.add(facts.sourcePort) }
    }
    if record.hasInner {
      peers.add(AddressKey(value: record.inner.destination, isV6: record.inner.isV6))
      if record.packet.has(.mtu) { leastMTU = min(leastMTU ?? .max, record.packet.mtu) }
    }
    switch facts.hook {
    case .forward: byHook.forward &+= 1
    case .output: byHook.output &+= 1
    case .input: byHook.input &+= 1
    }
    if facts.isV6,
      facts.source == .global || facts.source == .privateUse || facts.destination == .global
        || facts.destination == .privateUse
    {
      globalV6 &+= 1
    }
    if facts.isLeaving { leaving &+= 1 }
    if facts.wasContacted { contacted &+= 1 }
    if isRetransmission {
      retransmissions &+= 1
      if let attempt, attempt.span > longestWait?.span ?? 0 { longestWait = attempt }
      // A peer that tries again is waiting: no number of lines proves more.
      if retransmissions >= 2 { isReached = true }
    }
    if !isDuplicate {
      distinct &+= 1
      if !isReached { count(record.time, record.timeBase) }
    }
    if examples.count < Self.maximumExamples { keep(record, text) }
  }

  mutating func add(_ message: KernelMessage) {
    count += 1
    distinct += 1
    leftOut += message.count
    kinds.insert(message.kind)
    mark(message.time, message.timeBase)
    if let source = message.source {
      sources.add(AddressKey(value: source.value, isV6: !source.isV4))
    }
    if let destination = message.destination {
      destinations.add(AddressKey(value: destination.value, isV6: !destination.isV4))
    }
    if let port = message.port { ports.add(port) }
    if !message.interface.isEmpty, devices.count < 8, !devices.contains(message.interface) {
      devices.append(message.interface)
    }
    if !isReached { count(message.time, message.timeBase) }
  }

  @inline(__always) private mutating func mark(_ time: Double, _ base: TimeBase) {
    if case .none = base { return }
    if let known = first {
      if time < known, base == timeBase { first = time }
    } else {
      first = time
      timeBase = base
    }
    last = max(last ?? time, time)
  }

  /// A ring of the last times decides whether `threshold.count` lines came within `threshold.seconds`.
  @inline(never) private mutating func count(_ time: Double, _ base: TimeBase) {
    if threshold.count <= 1 {
      isReached = true
      return
    }
    if window.count < threshold.count {
      window.append(time)
      if window.count == threshold.count {
        isReached = base == .none || time - window[0] <= threshold.seconds
      }
      return
    }
    window[windowNext] = time
    windowNext = (windowNext + 1) % window.count
    isReached = base == .none || time - window[windowNext] <= threshold.seconds
  }

  /// Keeps a line when none with its prefix and interfaces is there.
  @inline(never) private mutating func keep(_ record: LogRecord, _ text: borrowing Span<UInt8>) {
    var key: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ value: UInt64) { key = (key ^ value) &* 0x100_0000_01b3 }
    for index in record.prefix.indices where index < text.count { mix(UInt64(text[index])) }
    mix(UInt64(truncatingIfNeeded: record.inName >> 64))
    mix(UInt64(truncatingIfNeeded: record.outName >> 64) &+ 1)
    guard !exampleKeys.contains(key) else { return }
    exampleKeys.append(key)
    examples.append(LogEvent(record, text))
  }

  /// Takes the evidence of the lines that follow; `shift` seconds are added to its yearless times. A rate that only both
  /// parts together reach is seen where their last and first lines lie within the threshold.
  mutating func append(_ later: Evidence, shift: Double) {
    guard later.count > 0 else { return }
    let shift = later.timeBase == .yearless ? shift : 0
    count += later.count
    distinct += later.distinct
    if first == nil {
      first = later.first.map { $0 + shift }
      timeBase = later.timeBase
    } else if let other = later.first, later.timeBase == timeBase, let known = first {
      first = min(known, other + shift)
    }
    if let other = later.last { last = max(last ?? other + shift, other + shift) }
    sources.append(later.sources)
    destinations.append(later.destinations)
    ports.append(later.ports)
    sourcePorts.append(later.sourcePorts)
    peers.append(later.peers)
    interfaces.append(later.interfaces)
    for (event, key) in zip(later.examples, later.exampleKeys)
    where examples.count < Self.maximumExamples && !exampleKeys.contains(key) {
      examples.append(event)
      exampleKeys.append(key)
    }
    if let mtu = later.leastMTU { leastMTU = min(leastMTU ?? mtu, mtu) }
    byHook.input += later.byHook.input
    byHook.forward += later.byHook.forward
    byHook.output += later.byHook.output
    leaving += later.leaving
    globalV6 += later.globalV6
    contacted += later.contacted
    retransmissions += later.retransmissions
    if let wait = later.longestWait, wait.span > longestWait?.span ?? 0 { longestWait = wait }
    for device in later.devices where devices.count < 8 && !devices.contains(device) { devices.append(device) }
    leftOut += later.leftOut
    kinds.formUnion(later.kinds)
    if later.isReached { isReached = true }
    if !isReached {
      let times = later.window[later.windowNext...] + later.window[..<later.windowNext]
      for time in times where !isReached { count(time + shift, later.timeBase) }
    }
  }

  // MARK: For sentences

  /// `192.0.2.1`, or `192.0.2.1 and 2 others`.
  func listing<let capacity: Int>(_ hitters: HeavyHitters<capacity, AddressKey>, most: Int = 2) -> String {
    let all = hitters.ordered.map { entry in
      Self.text(entry.key)
    }
    let shown = all.prefix(most).joined(separator: ", ")
    let rest = all.count - min(most, all.count)
    if rest == 0 { return shown }
    return hitters.isApproximate ? "\(shown) and many others" : "\(shown) and \(rest) other\(rest == 1 ? "" : "s")"
  }

  static func text(_ key: AddressKey) -> String {
    let address: Address = key.isV6 ? .v6(key.value) : .v4(UInt32(truncatingIfNeeded: key.value))
    return address.description
  }

  /// `, UDP/TCP ports 1, 2 and others`, or nothing when no ports were seen.
  var portList: String { Self.list(ports) }
  var sourcePortList: String { Self.list(sourcePorts) }

  private static func list<let capacity: Int>(_ ports: HeavyHitters<capacity, UInt16>) -> String {
    let all = ports.ordered
    guard !all.isEmpty else { return "" }
    let shown = all.prefix(3).map { "\($0.key)" }.joined(separator: ", ")
    return " (port\(all.count == 1 ? "" : "s") \(shown)\(all.count > 3 ? " and others" : ""))"
  }

  var topPort: UInt16? { ports.ordered.first?.key }
  var topInterface: String { interfaces.ordered.first.map { InterfaceName.name($0.key) } ?? "" }
  /// How many sources there were: exact up to 16, else "16 or more".
  var sourceCount: Int { sources.used }
  var hasManySources: Bool { sources.isApproximate }
}
