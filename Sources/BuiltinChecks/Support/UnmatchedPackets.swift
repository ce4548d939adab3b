import CheckKit
import Packets

/// Packets that no rule is made for: new, from a stranger, to unused ports, on every interface that may be outside.
enum UnmatchedPackets {
  static func judge(_ context: CheckContext, _ hook: Hook, from stranger: Address, to own: Address) -> [Judgement] {
    var result: [Judgement] = []
    let names = context.interfacesToTry + context.zones.inside.prefix(2)
    for name in names {
      let out = hook == .forward ? context.otherInterface(than: name) : nil
      let port = context.named.ephemeralPort
      let probes = [
        Packet.tcp(hook, from: stranger, port, to: own, context.named.unusedLowPort),
        Packet.tcp(hook, from: stranger, port, to: own, context.named.unusedHighPort),
        Packet.udp(hook, from: stranger, port, to: own, context.named.unusedLowPort),
      ]
      for probe in probes {
        // An undecided answer is no answer: the caller gets none at all.
        guard let judgement = context.judge(probe.on(in: name, out: out)) else { return [] }
        result.append(judgement)
      }
    }
    return result
  }
}
