package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ident113Drop = Check(
  CheckMetadata(
    code: "REJ001", name: "ident-113-drop", level: .warning, group: .reject,
    summary: "TCP 113 (ident) is dropped in silence instead of answered with a reset",
    page: CheckPage(
      finds: """
        A host or NAT gateway that may talk to mail, IRC or FTP servers, and drops their connections to TCP port 113 in
        silence, or swallows the reset that answers them.
        """,
      matters: """
        Such servers ask back to port 113 who is connecting, and go on when that is refused. Dropped, they wait for their
        timeout: sending a mail or logging in takes 10 to 60 seconds longer.
        """,
      decides: """
        Sends a SYN to port 113 from an address that no rule singles out, on each interface by which the box may open
        connections to ports 21, 25 or 6667, to every address that the rules tell apart. Reported when all of them are
        dropped. Where the SYN is rejected, the reset (conntrack state `related`) is followed through the output chains.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                meta l4proto { icmp, ipv6-icmp } accept
                tcp dport { 22, 25 } accept
              }
            }
            """,
          good: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                meta l4proto { icmp, ipv6-icmp } accept
                tcp dport { 22, 25 } accept
                tcp dport 113 reject with tcp reset
              }
            }
            """),
        .init(
          .iptablesSave,
          bad: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 25 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 25 -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 113 -j REJECT --reject-with tcp-reset
            COMMIT
            """),
      ],
      fixSafety: """
        `response`: no packet more is accepted; those to port 113 are answered. Where OUTPUT would swallow the answer, the
        fix also accepts resets of state `related` from port 113 there.
        """,
      ignoreWhen: "The host never talks to servers that ask for ident, or is to stay silent at the price of delays.",
      notReported: """
        A default reject, up to a rate too; an accept of port 113 (a closed port answers by itself); hosts that cannot open connections to
        mail, IRC or FTP servers.
        """,
      checkByHand: "From outside: `nc -vz -w 5 HOST 113` must fail at once, not after 5 seconds.",
      sources:
        "RFC 1413; RFC 1812; Firewall Forensics FAQ 1.1 (113), 4.1 and 7.5; RST in state related measured on Linux 6.18"
    ))
) { context in
  var findings: [Finding] = []
  for version in IPVersion.allCases where context.isFiltered(.input, version) {
    findings += IdentQuestion(context: context, version: version).findings()
  }
  for version in IPVersion.allCases where context.isFiltered(.forward, version) {
    findings += droppedOnTheWay(context, version)
  }
  return firstOfEach(findings) { $0.subject }
}

/// For clients behind a router: rules that name the port and drop it on the way in. A default drop says nothing about
/// who is behind it.
private func droppedOnTheWay(_ context: CheckContext, _ version: IPVersion) -> [Finding] {
  guard let stranger = context.stranger(version) else { return [] }
  let region = Region.newTCP(.forward, version).narrowed(.source, to: stranger.value)
    .narrowed(.sourcePort, to: UInt128(context.named.ephemeralPort)).narrowed(.destinationPort, to: 113)
  let partition = context.typical.partition(region, at: .forward, budget: 60_000)
  guard partition.isComplete else { return [] }
  var findings: [Finding] = []
  for piece in partition.pieces where piece.outcome == .drop {
    guard let rule = piece.decider.rule, context.tests(.destinationPort, rule) else { continue }
    guard let packet = context.witness(in: piece.region, at: .forward), let judgement = context.judge(packet),
      judgement.isDropped, judgement.trace.decider.rule == rule, let into = packet.inInterface,
      !context.zones.inside.contains(into)
    else { continue }
    let reject = NewRule.Verdict.reject(.tcpReset)
    let port: [NewRule.Condition] = [.transportProtocol(IPProtocol.tcp), .destinationPort(113...113)]
    let change: Remedy.Change =
      context.dropsOnlyIdent(rule)
      ? .setVerdict(rule, reject) : .insert(NewRule((context.limits(of: rule) ?? []) + port, reject), .before(rule))
    findings.append(
      Finding(
        code: "REJ001", level: .warning, confidence: judgement.confidence,
        message: "ident (TCP 113) to hosts behind this box is dropped in silence; their clients wait",
        primary: context.ruleset[rule].origin,
        labels: [context.label(nil, at: judgement.trace, "SYN to port 113: ")].compactMap { $0 },
        witness: judgement.trace,
        effect: "sending mail, or logging in to IRC or FTP servers, takes 10 to 60 seconds longer",
        remedies: [Remedy("answer TCP 113 with a reset", expected: .response, changes: [change])],
        subject: .rule(rule)))
  }
  return findings
}

extension CheckContext {
  /// Does the rule drop port 113 over TCP and nothing else?
  fileprivate func dropsOnlyIdent(_ rule: RuleID) -> Bool {
    var port = false
    var isTCP = false
    for step in ruleset[rule].steps {
      guard case .match(let match) = step, case .field(let field, let values) = match.condition else { continue }
      if field == .destinationPort { port = values.single == 113 }
      if field == .transportProtocol { isTCP = values.single == UInt128(IPProtocol.tcp) }
    }
    return port && isTCP
  }
}

private struct IdentQuestion {
  let context: CheckContext
  let version: IPVersion

  func findings() -> [Finding] {
    guard let stranger = context.stranger(version) else { return [] }
    let hasClients = !clientPorts().isEmpty
    let region = Region.newTCP(.input, version).narrowed(.source, to: stranger.value)
      .narrowed(.sourcePort, to: UInt128(context.named.ephemeralPort)).narrowed(.destinationPort, to: 113)
    let partition = context.typical.partition(region, at: .input, budget: 60_000)
    guard partition.isComplete else { return [] }
    let outside = context.zones.allOutside
    for name in outside.isEmpty ? context.interfacesToTry : outside {
      let number = InterfaceName.value(name)
      let pieces = partition.pieces.filter { $0.region.admits(.inInterface, number) }
      guard let first = pieces.first else { continue }
      if pieces.allSatisfy({ $0.outcome == .drop }) {
        // A rule that names the port is worth a word even where no client can be shown.
        guard hasClients || first.decider.rule.map({ context.tests(.destinationPort, $0) }) ?? false else { return [] }
        if let finding = dropped(first, name) { return [finding] }
      } else if hasClients, pieces.allSatisfy({ isReset($0.outcome) }) {
        if let finding = swallowed(first, name) { return [finding] }
      }
    }
    return []
  }

  private func isReset(_ outcome: Outcome) -> Bool {
    if case .reject = outcome { return true }
    return false
  }

  /// Ports of servers that ask for ident, as far as this host can open connections to them.
  private func clientPorts() -> [UInt16] {
    guard let own = context.other(version), let remote = context.stranger(version) else { return [] }
    return [25, 6667, 21].filter { port in
      context.interfacesToTry.contains { name in
        let packet = Packet.tcp(.output, from: own, context.named.ephemeralPort, to: remote, port).on(
          in: nil, out: name)
        guard let opened = context.judge(packet), opened.isAccepted else { return false }
        let reply = Packet.tcp(
          .input, from: remote, port, to: own, context.named.ephemeralPort, flags: TCPFlag.syn | TCPFlag.ack,
          state: .established
        ).on(in: name, out: nil)
        return context.judge(reply)?.isAccepted ?? false
      }
    }
  }

  /// Do the rules themselves show that mail, IRC or FTP is spoken here, or that 113 is dropped on purpose?
  private func isEvident(_ decider: RuleID?) -> Bool {
    let asking: [UInt16] = [21, 25, 465, 587, 6660, 6665, 6666, 6667, 6668, 6669, 6697, 113]
    if context.named.destinationPorts.contains(where: { asking.contains($0) }) { return true }
    return decider.map { context.tests(.destinationPort, $0) } ?? false
  }

  private func packet(_ piece: Piece, _ name: String) -> Packet? {
    var box = piece.region.narrowed(.inInterface, to: InterfaceName.value(name))
    if let own = context.other(version) { box = box.preferring(.destination, [own.value]) }
    return context.witness(in: box, at: .input)
  }

  private func dropped(_ piece: Piece, _ name: String) -> Finding? {
    guard let packet = packet(piece, name), let judgement = context.judge(packet), judgement.isDropped else {
      return nil
    }
    let decider = judgement.trace.decider
    guard let place = context.range(of: decider) else { return nil }
    let evident = isEvident(decider.rule)
    if !evident, judgement.confidence < .proved, isRejectedUpToARate(packet) { return nil }
    return Finding(
      code: "REJ001", level: evident ? .warning : .note, confidence: judgement.confidence,
      message: "ident (TCP 113) is dropped in silence; servers that ask back make clients wait", primary: place.range,
      labels: [context.label(nil, at: judgement.trace, "SYN to port 113: ")].compactMap { $0 },
      witness: judgement.trace,
      effect: "sending mail, or logging in to IRC or FTP servers, takes 10 to 60 seconds longer",
      remedies: rejectRemedy(decider, name), subject: place.subject)
  }

  /// Is there a reject on the way that a rate alone keeps from being certain? The first packets meet it.
  private func isRejectedUpToARate(_ packet: Packet) -> Bool {
    context.analysis.trace(packet).steps.contains { step in
      guard case .mayMatch(let why) = step.event, why.kind == .rate, let rule = step.rule else { return false }
      guard case .verdict(.reject, _)? = context.ruleset[rule].steps.last else { return false }
      return true
    }
  }

  private func rejectRemedy(_ decider: Decider, _ name: String) -> [Remedy] {
    var changes: [Remedy.Change] = []
    let reject = NewRule.Verdict.reject(.tcpReset)
    if let rule = decider.rule, context.dropsOnlyIdent(rule) {
      changes.append(.setVerdict(rule, reject))
    } else if let place = context.placeBefore(decider) {
      let conditions: [NewRule.Condition] = [.transportProtocol(IPProtocol.tcp), .destinationPort(113...113)]
      changes.append(.insert(NewRule(conditions, reject), place))
    }
    guard !changes.isEmpty else { return [] }
    if let lost = answer(name), lost.isRefused, let way = wayOut(lost) { changes.append(way) }
    return [Remedy("answer TCP 113 with a reset", expected: changes.count > 1 ? .widen : .response, changes: changes)]
  }

  /// The fate of the reset that the kernel sends for a rejected SYN.
  private func answer(_ name: String) -> Judgement? {
    guard let own = context.other(version), let stranger = context.stranger(version) else { return nil }
    guard context.isFiltered(.output, version) else { return nil }
    let reset = Packet.tcp(
      .output, from: own, 113, to: stranger, context.named.ephemeralPort, flags: TCPFlag.rst | TCPFlag.ack,
      state: .related
    ).on(in: nil, out: name)
    return context.judge(reset)
  }

  private func wayOut(_ lost: Judgement) -> Remedy.Change? {
    guard let place = context.placeBefore(lost.trace.decider) else { return nil }
    let conditions: [NewRule.Condition] = [
      .transportProtocol(IPProtocol.tcp), .sourcePort(113...113), .states([.related]),
    ]
    return .insert(NewRule(conditions, .accept), place)
  }

  /// Rejected, but the reset does not get out.
  private func swallowed(_ piece: Piece, _ name: String) -> Finding? {
    guard let packet = packet(piece, name), let judgement = context.judge(packet), isReset(judgement.trace.outcome)
    else {
      return nil
    }
    guard case .reject(let kind) = judgement.trace.outcome, kind == .tcpReset else { return nil }
    guard let lost = answer(name), lost.isRefused, let place = context.range(of: lost.trace.decider) else { return nil }
    guard let way = wayOut(lost) else { return nil }
    var labels: [Label] = []
    if let label = context.label(1, at: judgement.trace, "SYN to port 113: ") { labels.append(label) }
    if let label = context.label(2, at: lost.trace, "its reset is `related` and does not get out: ") {
      labels.append(label)
    }
    return Finding(
      code: "REJ001", level: .warning, confidence: min(judgement.confidence, lost.confidence),
      message: "the reset that answers ident (TCP 113) cannot leave, so clients wait all the same",
      primary: place.range,
      labels: labels, witness: lost.trace,
      effect: "sending mail, or logging in to IRC or FTP servers, takes 10 to 60 seconds longer",
      remedies: [Remedy("let the reset leave", expected: .widen, changes: [way])], subject: place.subject)
  }
}
