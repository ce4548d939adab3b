import CheckKit
import FirewallAnalysis
import FirewallModel
import PacketLogs
import Packets

/// Where a log line comes from.
struct Blame {
  /// The rule that decided; nil: the policy of `chain`.
  var rule: RuleID?
  var chain: ChainID?
  /// The rule that wrote the line, when its prefix tells.
  var logRule: RuleID?
  var isProbable: Bool
  var isAccepted: Bool
  /// The conntrack states in which the rules refuse the packet, and accept it.
  var refusedStates: Set<ConntrackState> = []
  var acceptedStates: Set<ConntrackState> = []

  /// Where a rule has to stand to come before both the log and the verdict.
  var place: Remedy.Place? {
    if let logRule {
      if rule == nil || rule?.chain == logRule.chain { return .before(min(logRule, rule ?? logRule)) }
    }
    if let rule { return .before(rule) }
    return chain.map { .atEnd($0) }
  }
}

/// Finds the rule behind a line: the rule whose log prefix the line has, and the verdict on the packet walked again for
/// every conntrack state that the line may have had. The line does not say the state.
struct RuleFinder {
  private let analysis: Analysis
  private let logs: [(rule: RuleID, prefix: String)]
  private let hasNotrack: Bool

  init(_ analysis: Analysis) {
    self.analysis = analysis
    var logs: [(rule: RuleID, prefix: String)] = []
    var hasNotrack = false
    for (chainIndex, chain) in analysis.ruleset.chains.enumerated() {
      for (index, rule) in chain.rules.enumerated() {
        for step in rule.steps {
          guard case .effect(let effect, _) = step else { continue }
          if case .log(let log) = effect, log.group == nil {
            logs.append((RuleID(chain: ChainID(chainIndex), index: index), Self.trimmed(log.prefix)))
          }
          if case .notrack = effect { hasNotrack = true }
        }
      }
    }
    self.logs = logs
    self.hasNotrack = hasNotrack
  }

  func blame(_ event: LogEvent) -> Blame? {
    guard event.hasPacket, var packet = Packet(event) else { return nil }
    let prefix = Self.trimmed(event.prefix)
    let candidates = logs.filter { $0.prefix == prefix }.map(\.rule)
    var refused: [Decider] = []
    var accepted: [Decider] = []
    var logRule: RuleID?
    var refusedStates: Set<ConntrackState> = []
    var acceptedStates: Set<ConntrackState> = []
    for state in ConntrackState.possible(for: packet, hasNotrack: hasNotrack) {
      packet.state = state
      let trace = analysis.trace(packet)
      let passed = candidates.first { candidate in
        trace.steps.contains { step in
          guard step.rule == candidate else { return false }
          if case .failed = step.event { return false }
          return true
        }
      }
      switch trace.outcome {
      case .drop, .reject: refusedStates.insert(state)
      case .accept: acceptedStates.insert(state)
      default: break
      }
      if !candidates.isEmpty, passed == nil { continue }
      if logRule == nil { logRule = passed }
      switch trace.outcome {
      case .drop, .reject: if !refused.contains(trace.decider) { refused.append(trace.decider) }
      case .accept: if !accepted.contains(trace.decider) { accepted.append(trace.decider) }
      default: if !refused.contains(trace.decider) { refused.append(trace.decider) }
      }
    }
    if let decider = refused.first {
      // A state in which the same log rule is passed and the packet accepted leaves doubt; without a known log rule
      // the line itself says that something logged it, and rules mostly log what they refuse.
      let doubt = refused.count > 1 || (!accepted.isEmpty && logRule != nil)
      return Blame(
        rule: decider.rule, chain: decider.chain, logRule: logRule,
        isProbable: doubt || (candidates.isEmpty && !prefix.isEmpty), isAccepted: false,
        refusedStates: refusedStates, acceptedStates: acceptedStates)
    }
    if let decider = accepted.first {
      return Blame(
        rule: decider.rule, chain: decider.chain, logRule: logRule, isProbable: accepted.count > 1, isAccepted: true,
        refusedStates: refusedStates, acceptedStates: acceptedStates)
    }
    guard let only = candidates.first else { return nil }
    // The walk does not pass the rule that has this prefix: the rule set may have changed since.
    return Blame(rule: only, chain: only.chain, logRule: only, isProbable: true, isAccepted: false)
  }

  private static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.first == " " { text = text.dropFirst() }
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}

extension ConntrackState {
  /// The states that the kernel may have given to a packet that was logged, the likeliest first.
  static func possible(for packet: Packet, hasNotrack: Bool) -> [ConntrackState] {
    var states: [ConntrackState]
    switch packet.transportProtocol {
    case IPProtocol.tcp:
      let flags = packet.tcpFlags ?? 0
      if flags & (TCPFlag.syn | TCPFlag.ack | TCPFlag.rst | TCPFlag.fin) == TCPFlag.syn {
        states = [.new]
      } else if flags & (TCPFlag.syn | TCPFlag.rst | TCPFlag.fin) == 0, flags & TCPFlag.ack != 0 {
        states = [.new, .invalid, .established]
      } else if flags & TCPFlag.rst != 0, packet.hook == .output {
        // What the rule set's own `reject` sends is related to the packet that it answers.
        states = [.related, .established, .invalid]
      } else {
        states = [.invalid, .established]
      }
    case IPProtocol.icmp:
      switch packet.icmpType ?? 0 {
      case 3, 4, 5, 11, 12: states = [.related, .invalid]
      case 8, 13, 15, 17: states = [.new, .established]
      case 0, 14, 16, 18: states = [.invalid, .established]
      default: states = [.invalid]
      }
    case IPProtocol.icmpv6:
      switch packet.icmpType ?? 0 {
      case 1...4: states = [.related, .invalid]
      case 128, 139: states = [.new, .established]
      case 129, 140: states = [.invalid, .established]
      case 130...136, 143, 151: states = [.untracked]
      default: states = [.invalid]
      }
    default: states = [.new, .established]
    }
    if hasNotrack, !states.contains(.untracked) { states.append(.untracked) }
    return states
  }
}
