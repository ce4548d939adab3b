import HostFacts
import PacketLogs
import Packets

/// Sorts the lines of a log into symptoms as they come. Its memory does not grow with the log: see `HeavyHitters`,
/// `LineMemory` and `ProbeTable` for what is approximate.
struct Aggregator: LogSink, Sendable {
  private(set) var evidence: [Evidence]
  private(set) var probes: ProbeTable
  private var sides: InterfaceSides
  /// Lines by source, destination and port: one that comes again within `duplicateSeconds` is a duplicate.
  private var recent = SeenTable()
  private static let duplicateSeconds = 60.0
  private var attempts = AttemptTable()
  private var contacts: Contacts
  /// Attempts that were retransmitted, by port; the first ports only.
  private var retried: [UInt16: Evidence] = [:]
  private let retriedThreshold: Threshold
  private static let maximumRetriedPorts = 64

  init(options: SymptomOptions, host: HostFacts?) {
    evidence = SymptomID.allCases.map { id in
      Evidence(options.thresholds[id.symptom.name] ?? id.symptom.threshold)
    }
    probes = ProbeTable(options)
    retriedThreshold = options.thresholds[ServiceShut.symptom.name] ?? ServiceShut.symptom.threshold
    sides = InterfaceSides(host)
    contacts = Contacts(seconds: options.contactSeconds)
  }

  mutating func netfilter(_ record: LogRecord, _ text: borrowing Span<UInt8>) {
    timeline.note(record)
    guard record.hasPacket else { return }
    let facts = facts(of: record)
    let id = SymptomID.classify(record, facts)
    let index = Int(id.rawValue)
    let key = mixed(
      folded(record.packet.source) &+ UInt64(facts.destinationPort) &* 0x1_0001,
      folded(record.packet.destination) ^ UInt64(id.rawValue) << 56)
    let age = recent.note(key, at: record.time)
    let isDuplicate = age.map { $0 <= Self.duplicateSeconds && $0 >= -1 } ?? false
    var isRetransmission = false
    var attempt: RepeatedAttempt?
    // A SYN, or the reset that answers one.
    let isAttempt =
      facts.flags & (Wire.syn | Wire.rst | Wire.fin) == Wire.syn
      || (facts.hook == .output && facts.flags & Wire.rst != 0)
    if facts.hasFlags, isAttempt, record.timeBase != .none {
      let flow = mixed(key, UInt64(facts.sourcePort) | UInt64(facts.flags) << 16)
      isRetransmission = attempts.note(flow, at: record.time)
      if isRetransmission { attempt = attempts.attempt(flow) }
    }
    if facts.isLeaving { contacts.note(record.packet.destination, at: record.time) }
    switch id {
    case .scanClasses, .pingSweep, .identDropped, .ecnDropped, .inheritedAddress, .lowSourcePort:
      probes.note(
        facts, source: record.packet.source, destination: record.packet.destination, at: record.time,
        record.timeBase)
    default: break
    }
    if let attempt, id == .scanClasses { retry(record, facts, text, attempt) }
    evidence[index].add(
      record, facts, text, isDuplicate: isDuplicate, isRetransmission: isRetransmission, attempt: attempt)
  }

  private(set) var serverLines = ServerLines()
  private(set) var timeline = Timeline()

  mutating func server(_ line: ServerLine) -> Bool { serverLines.note(line) }

  /// Takes what the lines that follow have shown; `shift` seconds are added to their yearless times. Repetitions that
  /// cross the border of the two parts are not seen as such.
  mutating func append(_ later: Aggregator, shift: Double) {
    for index in evidence.indices { evidence[index].append(later.evidence[index], shift: shift) }
    probes.append(later.probes, shift: shift)
    for (port, other) in later.retried.sorted(by: { $0.key < $1.key }) {
      if retried[port] == nil {
        guard retried.count < Self.maximumRetriedPorts else { continue }
        retried[port] = Evidence(retriedThreshold)
      }
      retried[port]?.append(other, shift: shift)
    }
    serverLines.append(later.serverLines, shift: shift)
    timeline.append(later.timeline, shift: shift)
  }

  /// Evidence of each port whose attempts were retransmitted, by port.
  var retriedPorts: [Evidence] { retried.sorted { $0.key < $1.key }.map(\.value) }

  @inline(never) private mutating func retry(
    _ record: LogRecord, _ facts: LineFacts, _ text: borrowing Span<UInt8>, _ attempt: RepeatedAttempt
  ) {
    let port = facts.destinationPort
    if retried[port] == nil {
      guard retried.count < Self.maximumRetriedPorts else { return }
      retried[port] = Evidence(retriedThreshold)
    }
    retried[port]?.add(record, facts, text, isDuplicate: false, isRetransmission: true, attempt: attempt)
  }

  mutating func kernel(_ message: KernelMessage) {
    guard let id = SymptomID.of(message.kind) else { return }
    evidence[Int(id.rawValue)].add(message)
  }

  @inline(__always) private mutating func facts(of record: LogRecord) -> LineFacts {
    var facts = LineFacts()
    facts.inSide = sides.side(record.inName)
    facts.outSide = sides.side(record.outName)
    facts.hook = record.inName == 0 ? .output : record.outName == 0 ? .input : .forward
    facts.isV6 = record.packet.isV6
    if facts.isV6 {
      facts.source = LineFacts.kind6(record.packet.source)
      facts.destination = LineFacts.kind6(record.packet.destination)
    } else {
      facts.source = LineFacts.kind4(UInt32(truncatingIfNeeded: record.packet.source))
      facts.destination = LineFacts.kind4(UInt32(truncatingIfNeeded: record.packet.destination))
    }
    if record.hasMAC {
      facts.isBroadcastFrame = record.macDestination == 0xffff_ffff_ffff
      facts.isMulticastFrame = !facts.isBroadcastFrame && record.macDestination >> 40 & 1 == 1
    }
    if record.packet.has(.transportProtocol) { facts.transportProtocol = record.packet.transportProtocol }
    if record.packet.has(.ports) {
      facts.hasPorts = true
      facts.sourcePort = record.packet.sourcePort
      facts.destinationPort = record.packet.destinationPort
    }
    if record.packet.has(.tcp) {
      facts.hasFlags = true
      facts.flags = record.packet.tcpFlags
    }
    if record.packet.has(.icmp) {
      facts.hasICMP = true
      facts.icmpType = record.packet.icmpType
      facts.icmpCode = record.packet.icmpCode
    }
    facts.isFromInside = sides.isInside(record.packet.source, isV6: facts.isV6)
    facts.innerIsOurs = record.hasInner && record.inner.source == record.packet.destination
    facts.wasContacted = contacts.has(record.packet.source, at: record.time)
    return facts
  }
}
