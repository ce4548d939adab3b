package import CheckKit
package import FirewallModel
package import PacketLogs
package import Packets

/// What a log shows to be wrong.
package struct SymptomReport: Sendable {
  /// From the guidance, e.g. `pmtu-blackhole-v4`.
  package var name: String
  package var level: Level
  /// Lines, duplicates included.
  package var count: Int
  /// Seconds as in `LogEvent.time`.
  package var first: Double?
  package var last: Double?
  package var timeBase = TimeBase.none
  /// Most frequent first; counts are lower bounds when there were many sources.
  package var sources: [(address: String, count: Int)]
  /// The rule (or, with nil, policy of the chain) that wrote or decided the line, when a rule set was given.
  package var rule: RuleID?
  package var chain: ChainID?
  /// True when two conntrack states give different rules.
  package var isProbable: Bool
  /// What is seen and what it means; starts in lower case, no full stop at the end.
  package var explanation: String
  /// What to do, in words; also where no rule set was given. Empty when nothing is to be done.
  package var advice = ""
  /// False for what is only to be known: background noise, probes that were refused, an accepted packet.
  package var needsAction = true
  /// Goes into the one line of background noise.
  package var isNoise = false
  /// The rule set given accepts these packets: the line is a log of accepted traffic, or the rules have changed.
  package var isAccepted = false
  /// The name of a symptom that explains this one (a full conntrack table explains late answers).
  package var dependsOn: String?
  package var remedies: [Remedy]
  /// Too few lines to say it by themselves; only `fwlint why` looks at it, together with the rules.
  package var isWeak = false
  /// The connection attempt that was repeated longest.
  package var wait: RepeatedAttempt?
  /// Most lines are of forwarded packets; of this host's own packets.
  package var isForwarded = false
  package var isOutgoing = false
  /// Retransmissions were seen, or the same flow again and again.
  package var hasRepeats = false
  /// No more sources than could be counted exactly.
  package var isFewSources = false
  /// The conntrack states in which the rules refuse (and accept) a packet like these.
  package var refusedStates: Set<ConntrackState> = []
  package var acceptedStates: Set<ConntrackState> = []
  /// Where a rule has to stand to come before both the log and the verdict.
  package var place: Remedy.Place?
  /// Some of the lines.
  package var examples: [LogEvent] = []
  /// Codes of the checks that speak of the same fault.
  package var codes: [String]

  package init(
    name: String, level: Level, count: Int, first: Double?, last: Double?, sources: [(address: String, count: Int)],
    rule: RuleID? = nil, chain: ChainID? = nil, isProbable: Bool = false, explanation: String,
    remedies: [Remedy] = [], codes: [String] = []
  ) {
    self.name = name
    self.level = level
    self.count = count
    self.first = first
    self.last = last
    self.sources = sources
    self.rule = rule
    self.chain = chain
    self.isProbable = isProbable
    self.explanation = explanation
    self.remedies = remedies
    self.codes = codes
  }
}

/// `count` lines in `seconds`, lines with the same source, destination and port counted once.
package struct Threshold: Hashable, Sendable {
  package var count: Int
  package var seconds: Double
  package init(_ count: Int, in seconds: Double) {
    self.count = max(1, count)
    self.seconds = seconds
  }
  /// One line is enough.
  package static let one = Threshold(1, in: 0)
}

/// One kind of symptom: what lines show it and what they mean. Registered by one line in `AllSymptoms.swift`.
struct Symptom: Sendable {
  var name: String
  var level: Level
  /// Checks that speak of the same fault.
  var codes: [String] = []
  var threshold = Threshold.one
  var isNoise = false
  /// Kernel messages that show it.
  var messages: [KernelMessage.Kind] = []
  /// Judges what has come together; nil: not worth a word.
  var conclude: @Sendable (Evidence) -> Conclusion?
}

/// A symptom's file: what it is, and which lines show it (none for those shown by kernel messages only). A line belongs
/// to the first symptom that takes it, in the order of `SymptomID.classify`.
protocol SymptomKind {
  static var symptom: Symptom { get }
  static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool
}

extension SymptomKind {
  static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool { false }
}

/// What a symptom makes of its evidence.
struct Conclusion: Sendable {
  /// nil: the symptom's own name.
  var name: String?
  var explanation: String
  var advice: String
  /// nil: the symptom's own.
  var level: Level?
  var needsAction = true
  /// What to change in the rule behind the lines.
  var repair: Repair = .none

  init(_ explanation: String, advice: String, level: Level? = nil, needsAction: Bool = true, repair: Repair = .none) {
    self.explanation = explanation
    self.advice = advice
    self.level = level
    self.needsAction = needsAction
    self.repair = repair
  }

  static func note(_ explanation: String) -> Conclusion {
    Conclusion(explanation, advice: "", level: .note, needsAction: false)
  }
}

/// What to change where the lines come from; made concrete once the rule is known.
enum Repair: Sendable {
  case none
  /// Let these packets through before the rule that refuses them.
  case accept([NewRule.Condition], title: String)
  /// Answer these instead of dropping them.
  case reject([NewRule.Condition], RejectKind, title: String)
  /// Drop quietly before the rule that logs.
  case quiet([NewRule.Condition], title: String)
  case sysctl(key: String, value: String, title: String)
}
