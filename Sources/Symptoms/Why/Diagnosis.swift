package import CheckKit
package import FirewallAnalysis
import FirewallModel
package import HostFacts
import PacketLogs
import Packets

/// Puts what a log shows and what the rules do together: the causes, most damaging first.
package struct Diagnosis: Sendable {
  private let model: WaitModel
  private let analysis: Analysis?
  private var causes: [CauseKind: Cause] = [:]

  /// `findings` are those of the linter about `analysis`, in any order; their indices are given back.
  package init(report: LogReport?, findings: [Finding], analysis: Analysis?, sysctls: Sysctls?) {
    model = WaitModel(sysctls)
    self.analysis = analysis
    if let report {
      for symptom in report.symptoms + report.background + report.weak where !symptom.isAccepted {
        add(symptom)
      }
    }
    for (index, finding) in findings.enumerated() { add(finding, index) }
    if let analysis { predictLostAnswers(analysis) }
    addDelays(report)
    markDependants()
  }

  /// Observed ones first, then those that the rules bring about; in each part by damage, then by lines.
  package var ranked: [Cause] {
    causes.values.sorted { a, b in
      if (a.followsFrom == nil) != (b.followsFrom == nil) { return a.followsFrom == nil }
      let (tierA, tierB) = (Self.tier(a), Self.tier(b))
      if tierA != tierB { return tierA > tierB }
      if a.kind.damage != b.kind.damage { return a.kind.damage > b.kind.damage }
      if a.count != b.count { return a.count > b.count }
      return a.kind.rawValue < b.kind.rawValue
    }
  }

  private static func tier(_ cause: Cause) -> Int {
    if cause.isMinor { return 1 }
    switch cause.certainty {
    case .confirmed, .observed: return cause.level == .note ? 1 : 3
    case .predicted: return 2
    case .possible: return 0
    }
  }

  // MARK: What the log shows

  private mutating func add(_ symptom: SymptomReport) {
    guard let kind = kind(of: symptom) else { return }
    let isKnown = symptom.rule != nil || symptom.chain != nil
    let level = symptom.isWeak && symptom.wait == nil && !isKnown ? Level.note : max(symptom.level, floor(kind))
    var cause = causes[kind] ?? Cause(kind: kind, certainty: isKnown ? .confirmed : .observed, level: level)
    if isKnown { cause.certainty = .confirmed }
    cause.level = max(cause.level, level)
    cause.count += symptom.count
    if cause.first == nil { cause.timeBase = symptom.timeBase }
    if cause.timeBase == symptom.timeBase {
      if let first = symptom.first { cause.first = min(cause.first ?? first, first) }
      if let last = symptom.last { cause.last = max(cause.last ?? last, last) }
    }
    cause.observations.append(Self.observation(kind, symptom))
    cause.symptoms.append(symptom.name)
    if let chain = symptom.rule?.chain ?? symptom.chain {
      let place = Cause.Place(chain: chain, rule: symptom.rule, isProbable: symptom.isProbable)
      Self.add(place, to: &cause)
    }
    cause.remedies += remedies(kind, symptom)
    if !symptom.advice.isEmpty, !cause.advice.contains(symptom.advice) { cause.advice.append(symptom.advice) }
    cause.examples += symptom.examples
    if kind == .neighbourDiscoveryBlocked { cause.isMinor = symptom.level < .error }
    causes[kind] = cause
  }

  /// What the log shows, in the light of the cause.
  private static func observation(_ kind: CauseKind, _ symptom: SymptomReport) -> String {
    guard kind == .asymmetricRoute, symptom.name != "asymmetric-route", cutsSessions(symptom) else {
      return symptom.explanation
    }
    let sources = symptom.sources.prefix(3).map(\.address).joined(separator: ", ")
    return
      "segments in the middle of connections, from \(sources), are refused as invalid again and again: their answers "
      + "do not come through here"
  }

  /// A fault that the log proves is never a mere note.
  private func floor(_ kind: CauseKind) -> Level {
    switch kind {
    case .serviceDropped, .egressDropped, .vpnBlocked, .timeBlocked, .multicastListenerBlocked: .note
    default: .warning
    }
  }

  private func kind(of symptom: SymptomReport) -> CauseKind? {
    let isKnown = symptom.rule != nil || symptom.chain != nil
    let takesEstablished = symptom.acceptedStates.contains(.established)
    let refusesEstablished = isKnown && symptom.refusedStates.contains(.established)
    if ["output-dropped", "low-source-port", "service-shut", "dns-tcp-refused"].contains(symptom.name),
      isSourcePortRule(symptom.rule)
    {
      return .sourcePortFilter
    }
    switch symptom.name {
    case "pmtu-blackhole-v4": return .pathMTUv4
    case "pmtu-blackhole-v6": return .pathMTUv6
    case "pmtu-egress-lost": return .pathMTUOut
    case "loopback-dropped": return .loopbackBlocked
    case "nd-dropped": return .neighbourDiscoveryBlocked
    case "conntrack-full": return .conntrackFull
    case "nat-exhausted": return .natExhausted
    case "neighbour-overflow": return .neighbourTableFull
    case "syn-flood-dropping": return .synFlood
    case "ident-dropped": return .identDropped
    case "ident-reset-lost": return .identAnswerLost
    case "reject-answer-lost": return .rejectAnswerLost
    case "dns-tcp-refused": return .dnsTCPBlocked
    case "dns-refused": return .dnsBlocked
    case "late-dns-answer", "udp-late-answer":
      if refusesEstablished, !takesEstablished { return .establishedMissing }
      return .lateAnswers
    case "ntp-replies-dropped":
      return refusesEstablished && !takesEstablished ? .establishedMissing : .timeBlocked
    case "asymmetric-route":
      return refusesEstablished && !takesEstablished ? .establishedMissing : .asymmetricRoute
    case "syn-ack-unsolicited":
      guard isKnown else { return symptom.wait != nil || symptom.isFewSources ? .establishedMissing : nil }
      if refusesEstablished, !takesEstablished { return .establishedMissing }
      return symptom.isForwarded ? .asymmetricRoute : nil
    case "established-tail", "new-without-syn", "private-source-leaving":
      if refusesEstablished, !takesEstablished, symptom.isFewSources { return .establishedMissing }
      guard symptom.isForwarded, symptom.hasRepeats else { return nil }
      return isKnown || (Self.cutsSessions(symptom) && symptom.count >= 5) ? .asymmetricRoute : nil
    case "output-dropped"
    where symptom.isForwarded && Self.cutsSessions(symptom) && symptom.refusedStates.contains(.invalid)
      && takesEstablished:
      return .asymmetricRoute
    case "low-source-port": return .sourcePortFilter
    case "service-shut": return .serviceDropped
    case "output-dropped": return .egressDropped
    case "unreachables-dropped": return .unreachablesBlocked
    case "martian-source": return .reversePath
    case "fragment-drop": return .fragmentsBlocked
    case "docker-bridge": return .containerBlocked
    case "vpn-not-accepted": return .vpnBlocked
    case "dhcpv4-renewal-dropped", "dhcpv6-dropped": return .dhcpBlocked
    case "ra-rs-dropped": return .routerAdvertisementBlocked
    case "mld-dropped": return .multicastListenerBlocked
    case "helper-warning": return .helperOff
    case "icmp-limited": return .errorsLimited
    case "ecn-dropped": return .ecnBlocked
    default: return nil
    }
  }

  /// Segments in the middle of a session: ACK without SYN, FIN and RST.
  private static func cutsSessions(_ symptom: SymptomReport) -> Bool {
    symptom.examples.contains { event in
      guard let flags = event.packet.tcpFlags else { return false }
      return flags & (TCPFlag.syn | TCPFlag.fin | TCPFlag.rst | TCPFlag.ack) == TCPFlag.ack
    }
  }

  private func isSourcePortRule(_ rule: RuleID?) -> Bool {
    guard let rule, let ruleset = analysis?.ruleset, ruleset.chains.indices.contains(rule.chain.index),
      ruleset[rule.chain].rules.indices.contains(rule.index)
    else { return false }
    let steps = ruleset[rule].steps
    return steps.contains { step in
      guard case .match(let match) = step, case .field(.sourcePort, _) = match.condition else { return false }
      return true
    }
  }

  /// The remedy of a symptom, or that of the fault when the symptom has none of its own.
  private func remedies(_ kind: CauseKind, _ symptom: SymptomReport) -> [Remedy] {
    if kind == .sourcePortFilter, let rule = symptom.rule, isSourcePortRule(rule) {
      return [Remedy("remove the rule that refuses low source ports", expected: .widen, changes: [.remove(rule)])]
    }
    if kind == .conntrackFull {
      // The default is the number of hash buckets, at most 262,144.
      let value = "\(max(524_288, 2 * (model.connectionLimit ?? 0)))"
      return [
        Remedy(
          "make room for more connections, and see what fills the table (conntrack -L)", expected: .host,
          changes: [.sysctl(key: "net.netfilter.nf_conntrack_max", value: value)])
      ]
    }
    guard let place = symptom.place else { return symptom.remedies }
    switch kind {
    case .establishedMissing:
      return [
        Remedy(
          "accept packets of established and related flows", expected: .widen,
          changes: [.insert(NewRule([.states([.established, .related])], .accept), place)])
      ]
    case .dnsTCPBlocked:
      return [
        Remedy(
          "accept DNS over TCP", expected: .widen,
          changes: [
            .insert(NewRule([.transportProtocol(IPProtocol.tcp), .destinationPort(53...53)], .accept), place)
          ])
      ]
    case .dnsBlocked:
      return [
        Remedy(
          "accept questions to name servers, over UDP and TCP", expected: .widen,
          changes: [
            .insert(NewRule([.transportProtocol(IPProtocol.udp), .destinationPort(53...53)], .accept), place),
            .insert(NewRule([.transportProtocol(IPProtocol.tcp), .destinationPort(53...53)], .accept), place),
          ])
      ]
    case .lateAnswers where symptom.acceptedStates.contains(.established):
      let value = "\(Int(model.udpTimeout < 30 ? 30 : max(60, model.udpTimeout * 2)))"
      return [
        Remedy(
          "keep UDP entries longer, if the server cannot be made to answer sooner", expected: .host,
          changes: [.sysctl(key: "net.netfilter.nf_conntrack_udp_timeout", value: value)])
      ]
    case .pathMTUv4, .pathMTUv6:
      return [
        Remedy(
          "accept ICMP errors that belong to tracked flows", expected: .widen,
          changes: [.insert(NewRule([.states([.related]), .anyICMP], .accept), place)])
      ] + symptom.remedies
    case .identAnswerLost, .rejectAnswerLost:
      var conditions: [NewRule.Condition] = [.states([.related]), .transportProtocol(IPProtocol.tcp)]
      if kind == .identAnswerLost { conditions.append(.sourcePort(113...113)) }
      return [
        Remedy(
          "let the answers of `reject` out", expected: .widen, changes: [.insert(NewRule(conditions, .accept), place)])
      ]
    case .loopbackBlocked:
      return [
        Remedy(
          "accept what comes in by the loopback interface", expected: .widen,
          changes: [
            .insert(NewRule([symptom.isOutgoing ? .outInterface("lo") : .inInterface("lo")], .accept), place)
          ])
      ]
    case .asymmetricRoute:
      return acceptingInvalid(symptom, place) + [
        Remedy(
          "make the routes symmetric; until then do not track these connections", expected: .host,
          changes: [
            .advice(
              "give both directions one way (routes or policy routing on the hosts and routers named above), or "
                + "synchronise the trackers (conntrackd)"),
            .advice(
              "until then, in a chain at priority raw: notrack for these networks, and accept them before `invalid`"),
          ])
      ]
    default: return symptom.remedies
    }
  }

  /// Until the routes are symmetric: what tracking calls invalid may pass, from the few hosts seen and on that way only.
  private func acceptingInvalid(_ symptom: SymptomReport, _ place: Remedy.Place) -> [Remedy] {
    let sources = symptom.sources.map(\.address)
    guard symptom.isForwarded, symptom.isFewSources, (1...3).contains(sources.count),
      let event = symptom.examples.first,
      !event.inInterface.isEmpty, !event.outInterface.isEmpty
    else { return [] }
    let changes = sources.map { source in
      Remedy.Change.insert(
        NewRule(
          [
            .inInterface(event.inInterface), .outInterface(event.outInterface), .source(source), .states([.invalid]),
            .transportProtocol(IPProtocol.tcp),
          ], .accept), place)
    }
    return [
      Remedy(
        "until the routes are symmetric, let these hosts' packets pass without state", expected: .widen,
        changes: changes)
    ]
  }

  // MARK: What the rules do

  private mutating func add(_ finding: Finding, _ index: Int) {
    guard let kind = CauseKind.codes[finding.code] else { return }
    let certainty: Cause.Certainty =
      finding.level == .note || finding.confidence == .hint ? .possible : .predicted
    // A log that shows refused packets of this kind has said more already.
    var cause = causes[kind] ?? Cause(kind: kind, certainty: certainty, level: finding.level)
    cause.certainty = max(cause.certainty, certainty)
    if cause.certainty == .observed { cause.certainty = .confirmed }
    cause.level = max(cause.level, finding.level)
    cause.findings.append(index)
    if let place = Self.place(of: finding) { Self.add(place, to: &cause) }
    causes[kind] = cause
  }

  /// A place once; the surer one stands.
  private static func add(_ place: Cause.Place, to cause: inout Cause) {
    if let known = cause.places.firstIndex(where: { $0.chain == place.chain && $0.rule == place.rule }) {
      if !place.isProbable { cause.places[known].isProbable = false }
    } else {
      cause.places.append(place)
    }
  }

  private static func place(of finding: Finding) -> Cause.Place? {
    if let decider = finding.witness?.decider, let chain = decider.chain {
      return Cause.Place(chain: chain, rule: decider.rule, isProbable: finding.confidence != .proved)
    }
    switch finding.subject {
    case .rule(let rule): return Cause.Place(chain: rule.chain, rule: rule, isProbable: finding.confidence != .proved)
    case .chain(let chain): return Cause.Place(chain: chain, rule: nil, isProbable: finding.confidence != .proved)
    case .table, .ruleset: return nil
    }
  }

  /// Resets of the rule set's own rejects that never leave (they are `related` at output).
  private mutating func predictLostAnswers(_ analysis: Analysis) {
    for lost in LostAnswers.find(analysis) {
      let kind: CauseKind = lost.isIdent ? .identAnswerLost : .rejectAnswerLost
      var cause = causes[kind] ?? Cause(kind: kind, certainty: .predicted, level: .warning)
      if cause.certainty == .observed { cause.certainty = .confirmed }
      if let chain = lost.decider.chain {
        let place = Cause.Place(chain: chain, rule: lost.decider.rule, isProbable: false)
        Self.add(place, to: &cause)
        if cause.remedies.isEmpty { cause.remedies = [lost.remedy(analysis.ruleset)] }
      }
      causes[kind] = cause
    }
  }

  // MARK: Together

  private mutating func addDelays(_ report: LogReport?) {
    let all = (report.map { $0.symptoms + $0.background + $0.weak } ?? []).filter { !$0.isAccepted }
    for kind in causes.keys {
      let waits = all.filter { self.kind(of: $0) == kind }.compactMap(\.wait)
      causes[kind]?.delay = kind.delay(model, observed: waits.max { $0.span < $1.span })
      guard kind == .asymmetricRoute, let examples = causes[kind]?.examples, !examples.isEmpty else { continue }
      let seesAnswers = examples.contains { event in
        (event.packet.tcpFlags ?? 0) & (TCPFlag.syn | TCPFlag.ack) == TCPFlag.syn | TCPFlag.ack
      }
      if !seesAnswers {
        // The handshake is over for the client; its data never arrives.
        causes[kind]?.delay = Delay(
          model.dataTimeout, isEndless: true,
          "the connection opens, its data never arrives; \(model.dataEnd)")
      }
    }
  }

  /// What follows from a full table, from missing answers, or from a dropped neighbour query is not a cause of its own.
  private mutating func markDependants() {
    func mark(_ cause: CauseKind, _ dependants: [CauseKind]) {
      guard let root = causes[cause], root.count > 0 else { return }
      for dependant in dependants where causes[dependant] != nil && causes[dependant]?.findings.isEmpty == true {
        guard let other = causes[dependant], other.count > 0, Self.overlap(root, other) else { continue }
        causes[dependant]?.followsFrom = cause
      }
    }
    mark(
      .conntrackFull,
      [.lateAnswers, .establishedMissing, .serviceDropped, .identDropped, .timeBlocked, .asymmetricRoute])
    mark(.establishedMissing, [.lateAnswers, .timeBlocked, .asymmetricRoute, .unreachablesBlocked])
    mark(.identAnswerLost, [.rejectAnswerLost])
  }

  private static func overlap(_ a: Cause, _ b: Cause) -> Bool {
    guard a.timeBase == b.timeBase, let a0 = a.first, let a1 = a.last, let b0 = b.first, let b1 = b.last else {
      return true
    }
    return b0 <= a1 + 60 && b1 >= a0 - 60
  }
}
