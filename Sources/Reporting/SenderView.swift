import FirewallAnalysis
import FirewallModel
import Packets

/// What the sender of a packet sees of its fate, and how long a client waits that sees nothing.
struct SenderView {
  private(set) var lines: [String] = []

  init(_ view: PacketView) {
    let packet = view.trace.packet
    switch view.trace.outcome {
    case .accept: lines = [Self.accepted(packet)]
    case .drop: lines = [Self.silence(packet)]
    case .reject(let kind): lines = rejected(view, kind)
    case .queue: lines = ["a program in user space decides"]
    case .stolen(let how): lines = ["the packet leaves by another way: \(how)"]
    case .held: lines = ["nothing until the other fragments have come (30 seconds at most)"]
    case .lost(let why): lines = [Self.lost(why), Self.silence(packet)].filter { !$0.isEmpty }
    case .may: lines = ["not decided, see above"]
    }
  }

  private func rejected(_ view: PacketView, _ kind: RejectKind) -> [String] {
    let packet = view.trace.packet
    guard view.fate.isAnswered else {
      return ["no answer is sent to such a packet (\(Self.reason(packet)))", Self.silence(packet)]
    }
    let what = Self.effect(kind, packet)
    guard let answer = view.answer else { return [what] }
    switch answer.outcome {
    case .accept: return [what]
    case .may(let reasons):
      return ["\(what), if the answer gets out: " + reasons.map(\.text).joined(separator: ", ")]
    default: return ["the answer is \(answer.outcome.words) on its own way out", Self.silence(packet)]
    }
  }

  private static func reason(_ packet: Packet) -> String {
    if let flags = packet.tcpFlags, flags & TCPFlag.rst != 0 { return "a reset is not answered" }
    if packet.hasBadChecksum { return "its checksum is wrong" }
    if packet.fragmentOffset ?? 0 > 0 { return "a later fragment" }
    if packet.icmpType != nil { return "an ICMP error is not answered" }
    return "a group or broadcast address, or a checksum that does not hold"
  }

  private static func effect(_ kind: RejectKind, _ packet: Packet) -> String {
    switch kind {
    case .tcpReset: "RST: the connection is refused at once"
    case .icmp(let code):
      "ICMP 3/\(code): "
        + (code == 9 || code == 10 || code == 13 ? "fails at once with \"prohibited\"" : "fails at once")
    case .icmpv6(let code): "ICMPv6 1/\(code): fails at once"
    case .icmpx: "ICMP: fails at once"
    }
  }

  /// Linux's own timers: tcp_syn_retries 6 is 127 seconds, a resolver tries again after 5, an answer is awaited 15
  /// retransmissions long.
  private static func silence(_ packet: Packet) -> String {
    switch packet.transportProtocol {
    case IPProtocol.tcp:
      let flags = packet.tcpFlags ?? TCPFlag.syn
      if flags & (TCPFlag.syn | TCPFlag.ack) == TCPFlag.syn {
        return "silence: a client waits 127 seconds (six retries) before it gives up; many programs less"
      }
      return "silence: the connection stalls; Linux retransmits for about 15 minutes"
    case IPProtocol.udp:
      return packet.destinationPort == 53
        ? "silence: a resolver waits 5 seconds for each try" : "silence: the program's own timeout decides"
    case IPProtocol.icmp, IPProtocol.icmpv6:
      if let type = packet.icmpType, ICMPType.quotes(type, isV6: packet.transportProtocol == IPProtocol.icmpv6) {
        return "the error does not arrive: whoever it is for goes on waiting"
      }
      return "silence: ping reports the packet lost"
    default: return "silence"
    }
  }

  private static func accepted(_ packet: Packet) -> String {
    packet.hook == .input || packet.hook == nil
      ? "delivered to the host: a listening program answers, a closed port refuses at once"
      : "the packet goes on its way"
  }

  private static func lost(_ why: String) -> String {
    if why.hasPrefix("time exceeded") { return "ICMP time exceeded" }
    if why.hasPrefix("fragmentation needed") { return "ICMP 3/4 fragmentation needed" }
    if why.hasPrefix("packet too big") { return "ICMPv6 packet too big" }
    return ""
  }
}
