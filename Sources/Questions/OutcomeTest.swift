import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// Whether packets of one fate are as a question's outcome says.
struct OutcomeTest {
  enum Truth: Sendable {
    case yes
    case no
    /// Not decided; without a reason when the work budget was too small.
    case may([Uncertainty])
  }

  /// The rules as they are.
  private let own: Analysis
  /// The rules over which the packets are followed.
  let analysis: Analysis
  let wanted: PacketQuestion.WantedOutcome

  init(_ analysis: Analysis, _ wanted: PacketQuestion.WantedOutcome) {
    own = analysis
    self.wanted = wanted
    self.analysis = wanted == .logged ? LogProbe.analysis(analysis) : analysis
  }

  /// Cuts a piece by the truth of the outcome.
  func judge(_ piece: Piece, at hook: Hook) -> [(region: Box, truth: Truth)] {
    switch wanted {
    case .answered, .silent:
      let wantsAnswer = wanted == .answered
      return AnswerWay(own).cut(piece, at: hook).map { part in
        switch part.answer {
        case .comes: (part.region, wantsAnswer ? .yes : .no)
        case .doesNotCome: (part.region, wantsAnswer ? .no : .yes)
        case .may(let why): (part.region, .may(why))
        }
      }
    case .translated(let address, let port):
      return [(piece.region, translated(piece, to: address, port: port))]
    default:
      if case .may(let why) = piece.outcome {
        // Whatever holds, all the ways may be as wanted, or none.
        let truths = piece.possible.map { matches($0, isV4: Self.isV4(piece.region)) }
        if !truths.isEmpty, truths.allSatisfy({ $0 == truths[0] }), let first = truths[0] {
          return [(piece.region, first ? .yes : .no)]
        }
        return [(piece.region, .may(why))]
      }
      let isWanted = matches(piece.outcome, isV4: Self.isV4(piece.region)) ?? false
      return [(piece.region, isWanted ? .yes : .no)]
    }
  }

  static func isV4(_ region: Box) -> Bool { region[.family]?.single == NetworkProtocol.ipv4 }

  /// nil: not decided.
  private func matches(_ outcome: Outcome, isV4: Bool) -> Bool? {
    if case .may = outcome { return nil }
    switch wanted {
    case .accepted: return outcome == .accept
    case .dropped: return outcome == .drop
    case .rejected(let answer):
      guard case .reject(let kind) = outcome else { return false }
      return answer?.matches(kind, isV4: isV4) ?? true
    case .logged: return outcome == LogProbe.outcome
    case .answered, .silent, .translated: return nil
    }
  }

  private func translated(_ piece: Piece, to address: Address, port: UInt16?) -> Truth {
    if case .may(let why) = piece.outcome { return .may(why) }
    guard piece.outcome == .accept else { return .no }
    var isOpen = false
    for (addressField, portField) in [(Field.destination, Field.destinationPort), (.source, .sourcePort)] {
      guard let translation = piece.translations.last(where: { Self.changes($0, addressField) }) else { continue }
      if let number = piece.rewritten[addressField] {
        guard number == address.value else { continue }
      } else if translation.addresses != nil || translation.map != nil || translation.kind == .masquerade
        || translation.kind == .redirect || translation.kind == .netmap
      {
        if let range = translation.addresses, !(range.lowerBound <= address && address <= range.upperBound) { continue }
        isOpen = true
      }
      guard let port else {
        if isOpen { continue }
        return .yes
      }
      if let number = piece.rewritten[portField] ?? piece.region[portField]?.single {
        if number != UInt128(port) { continue }
        if !isOpen { return .yes }
      } else if translation.ports != nil {
        isOpen = true
      }
    }
    guard isOpen else { return .no }
    return .may([Uncertainty(.notModelled, "an address or port that the translation chooses")])
  }

  private static func changes(_ translation: Translation, _ field: Field) -> Bool {
    switch translation.kind {
    case .dnat, .redirect: field == .destination
    case .snat, .masquerade: field == .source
    case .netmap: true
    case .tproxy: false
    }
  }

  // MARK: Examples

  /// Packets that show the candidates, each decided elsewhere; every one has been walked on its own.
  func witnesses(_ candidates: [Candidate], limit: Int) -> [Answer.Witness] {
    var found: [Answer.Witness] = []
    var seen: Set<Decider> = []
    var tries = 0
    // Pieces of deciders that have no example yet come first; the widest of them, since it is the plainest.
    for candidate in candidates {
      if found.count >= limit || tries > 400 { break }
      if seen.contains(candidate.piece.decider) { continue }
      tries += 1
      guard let witness = witness(candidate) else { continue }
      seen.insert(candidate.piece.decider)
      found.append(witness)
    }
    return found
  }

  private func witness(_ candidate: Candidate) -> Answer.Witness? {
    guard var packet = PacketOfRegion.find(own, candidate.region, at: candidate.hook) else { return nil }
    if candidate.region[.reversePathOK] == nil { packet.reversePathOK = true }
    let trace = own.trace(packet)
    var reply: Trace?
    switch wanted {
    case .logged:
      let isLogged = LogProbe.logs(trace, own.ruleset)
      guard isLogged == (candidate.piece.outcome == LogProbe.outcome) else { return nil }
    case .answered, .silent:
      guard trace.outcome == candidate.piece.outcome else { return nil }
      reply = AnswerWay(own).reply(to: trace).map { own.trace($0) }
    default:
      let isSame =
        trace.outcome == candidate.piece.outcome || !candidate.piece.possible.isEmpty && Self.isMay(trace.outcome)
      guard isSame else { return nil }
    }
    return Answer.Witness(trace: trace, reply: reply, region: candidate.region, hook: candidate.hook)
  }

  private static func isMay(_ outcome: Outcome) -> Bool {
    if case .may = outcome { return true }
    return false
  }
}

/// A packet of a region, also for states that a packet alone does not show.
enum PacketOfRegion {
  static func find(_ analysis: Analysis, _ region: Box, at hook: Hook) -> Packet? {
    if let packet = analysis.witness(in: region, at: hook) { return packet }
    // Conntrack calls any packet with a wrong checksum invalid.
    guard hook != .output, region[.ctState]?.single == UInt128(ConntrackState.invalid.rawValue) else { return nil }
    var plain = Box.all
    for constraint in region.constraints where constraint.field != .ctState {
      plain = plain.narrowed(constraint.field, to: constraint.values)
    }
    guard var packet = analysis.witness(in: plain, at: hook) else { return nil }
    packet.hasBadChecksum = true
    packet.state = nil
    let trace = analysis.trace(packet)
    guard trace.state == .invalid else { return nil }
    packet.state = .invalid
    return packet
  }
}

/// Finds what is logged: in a copy of the rules every log statement ends the packet's way with an outcome of its own.
enum LogProbe {
  static let outcome = Outcome.stolen("logged")

  static func analysis(_ analysis: Analysis) -> Analysis {
    var ruleset = analysis.ruleset
    for chain in ruleset.chains.indices {
      for rule in ruleset.chains[chain].rules.indices {
        let steps = ruleset.chains[chain].rules[rule].steps
        guard let index = steps.firstIndex(where: isLog) else { continue }
        ruleset.chains[chain].rules[rule].steps =
          Array(steps[..<index]) + [.verdict(.stolen("logged"), at: ruleset.chains[chain].rules[rule].origin)]
      }
    }
    return Analysis(ruleset, host: analysis.host)
  }

  private static func isLog(_ step: Step) -> Bool {
    if case .effect(.log, _) = step { return true }
    return false
  }

  static func logs(_ trace: Trace, _ ruleset: Ruleset) -> Bool {
    trace.steps.contains { step in
      guard let rule = step.rule, case .matched = step.event else { return false }
      return ruleset[rule].steps.contains(where: isLog)
    }
  }
}
