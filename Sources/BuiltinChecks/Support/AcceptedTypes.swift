import CheckKit
import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets
import SourceText

/// The question behind the checks on ICMP types that nobody should send: is a stranger's message of this type accepted
/// by a rule that names the type?
struct AcceptedTypes {
  var code: String
  var level: Level
  var version: IPVersion
  var types: [UInt8]
  /// What conntrack says of such a message when nobody asked for it.
  var state: ConntrackState
  var hooks: [Hook] = [.input, .forward]
  var message: @Sendable (UInt8) -> String
  var effect: String

  func findings(_ context: CheckContext) -> [Finding] {
    guard let stranger = context.stranger(version), let own = context.other(version) else { return [] }
    var findings: [Finding] = []
    for hook in hooks where context.isFiltered(hook, version) {
      for type in types {
        for name in context.interfacesToTry {
          let packet = Packet.icmp(hook, type, from: stranger, to: own, state: state)
            .on(in: name, out: hook == .forward ? context.otherInterface(than: name) : nil)
          guard let judgement = context.judge(packet), judgement.isAccepted else { continue }
          guard let rule = judgement.trace.acceptingRule, context.singlesOut(type, rule) else { continue }
          guard !findings.contains(where: { $0.subject == .rule(rule) }) else { continue }
          findings.append(finding(context, rule, judgement, type))
        }
      }
    }
    return findings
  }

  private func finding(_ context: CheckContext, _ rule: RuleID, _ judgement: Judgement, _ type: UInt8) -> Finding {
    let drop: NewRule.Condition = version == .v4 ? .icmp(type: type, code: nil) : .icmpv6(type: type)
    return Finding(
      code: code, level: level, confidence: judgement.confidence, message: message(type),
      primary: context.ruleset[rule].origin, labels: [Label("accepts it", at: context.ruleset[rule].origin)],
      witness: judgement.trace, effect: effect,
      remedies: context.accepts(only: types, rule)
        ? [Remedy("remove the rule", expected: .narrow, changes: [.remove(rule)])]
        : [
          Remedy(
            "drop the type before this rule", expected: .narrow,
            changes: [.insert(NewRule([drop], .drop), .before(rule))])
        ],
      subject: .rule(rule))
  }
}

extension CheckContext {
  /// Interfaces that a stranger's packet may come in by, outside ones first; bounded.
  var interfacesToTry: [String] {
    var result = zones.allOutside
    let rest = Array(named.unnamedInterfaces.prefix(1)) + named.interfaces.filter { !zones.inside.contains($0) }
    for name in rest where !result.contains(name) { result.append(name) }
    return Array(result.prefix(ruleset.ruleCount > 3000 ? 2 : 6))
  }

  /// An interface to leave by.
  func otherInterface(than name: String) -> String {
    (zones.inside + named.unnamedInterfaces + ["eth1"]).first { $0 != name } ?? "eth1"
  }

  /// Does the rule let in nothing but ICMP messages of these types?
  func accepts(only types: [UInt8], _ rule: RuleID) -> Bool {
    let wanted = ValueSet(values: types.map { UInt128($0) })
    return ruleset[rule].steps.contains { step in
      guard case .match(let match) = step, case .field(.icmpType, let values) = match.condition else { return false }
      return values.isSubset(of: wanted)
    }
  }

  /// Does the rule ask for a short list of ICMP types with this one among them?
  func singlesOut(_ type: UInt8, _ rule: RuleID) -> Bool {
    ruleset[rule].steps.contains { step in
      guard case .match(let match) = step, case .field(.icmpType, let values) = match.condition else { return false }
      return values.contains(UInt128(type)) && values.count <= 64
    }
  }
}
