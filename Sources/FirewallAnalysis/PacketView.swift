import FirewallModel
package import Packets

/// One packet's way with what its sender gets to see.
package struct PacketView: Sendable {
  package var trace: Trace
  package var fate: HostSession.Fate
  /// The way of the reject's own answer through output and postrouting; nil: none is made.
  package var answer: Trace?
  /// True: routes and flows of the host are known, so that hook and state are the kernel's own.
  package var knowsHost: Bool

  package init(_ analysis: Analysis, _ request: PacketRequest, recordsFailures: Bool) {
    if var session = HostSession(analysis) {
      (trace, fate) = session.trace(request, recordsFailures: recordsFailures)
      knowsHost = true
    } else {
      trace = analysis.trace(request.packet, recordsFailures: recordsFailures)
      let last: Hook = request.packet.hook == .forward || request.packet.hook == .output ? .postrouting : .input
      fate = HostSession.Fate(
        outcome: trace.outcome, decider: trace.decider, hook: trace.outcome == .accept ? last : trace.decider.hook,
        isAnswered: RejectAnswer.isSent(for: request.packet, trace.outcome))
      knowsHost = false
    }
    if case .reject(let kind) = trace.outcome, fate.isAnswered {
      answer = Self.answer(analysis, request.packet, kind, state: trace.state)
    }
  }

  /// What a reject sends goes through output and postrouting like any packet of the host, as part of the flow of the
  /// packet that it answers (nf_conntrack_attach): related when conntrack knows that flow.
  private static func answer(
    _ analysis: Analysis, _ packet: Packet, _ kind: RejectKind, state: ConntrackState
  ) -> Trace {
    var answer = Packet(
      source: packet.destination, destination: packet.source, transportProtocol: IPProtocol.tcp)
    switch kind {
    case .tcpReset:
      (answer.sourcePort, answer.destinationPort) = (packet.destinationPort, packet.sourcePort)
      answer.tcpFlags = (packet.tcpFlags ?? 0) & TCPFlag.ack != 0 ? TCPFlag.rst : TCPFlag.rst | TCPFlag.ack
    case .icmp(let code), .icmpx(let code):
      answer.transportProtocol = IPProtocol.icmp
      (answer.icmpType, answer.icmpCode) = (3, code)
      answer.inner = [packet]
    case .icmpv6(let code):
      answer.transportProtocol = IPProtocol.icmpv6
      (answer.icmpType, answer.icmpCode) = (1, code)
      answer.inner = [packet]
    }
    answer.hook = .output
    answer.outInterface = packet.hook == .output ? "lo" : packet.inInterface
    answer.state = state == .invalid || state == .untracked ? .invalid : .related
    answer.isReply = true
    answer.socketUID = nil
    answer.ttl = 64
    return analysis.trace(answer)
  }
}
