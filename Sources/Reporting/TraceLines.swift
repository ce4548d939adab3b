package import FirewallAnalysis
import FirewallModel
import JSONText
import Packets
import SourceText

/// One JSON line for each packet of `fwlint trace --format json`: `id`, `verdict`, `hook`, `table`, `chain`, `by`,
/// `line`, `rule`, `reject`, `reason`; members that have nothing to say are left out. What is the same for every packet
/// that a rule decides is written once.
package struct TraceLines: Sendable {
  private let ruleset: Ruleset
  private let sources: SourceMap
  /// By chain, then by rule; the last one is the policy's.
  private var deciders: [[[UInt8]?]]

  package init(_ unit: Report.Unit) {
    ruleset = unit.ruleset
    sources = unit.sources
    deciders = unit.ruleset.chains.map { Array(repeating: nil, count: $0.rules.count + 1) }
  }

  /// Appends the line with its line end. `id` is JSON text; empty: none.
  package mutating func append(_ id: [UInt8], _ fate: HostSession.Fate, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: Self.opening)
    if id.isEmpty { bytes.append(contentsOf: Self.null) } else { bytes.append(contentsOf: id) }
    let isUncertain = !fate.doubts.isEmpty
    bytes.append(contentsOf: isUncertain ? Self.may : Self.verdict(fate.outcome))
    if let hook = fate.hook { bytes.append(contentsOf: Self.hooks[Int(hook.rawValue)]) }
    if let chain = fate.decider.chain { bytes.append(contentsOf: text(chain, fate.decider.rule?.index)) }
    switch fate.outcome {
    case .may(let reasons): appendReason(reasons.map(\.text).joined(separator: "; "), to: &bytes)
    case .lost(let why), .stolen(let why): appendReason(why, to: &bytes)
    case let outcome where isUncertain:
      // The fate is certain, but not which rule decides.
      let reasons = fate.doubts.map(\.text).joined(separator: "; ")
      appendReason("\(reasons); \(outcome.word) in either case, by another rule", to: &bytes)
    case .reject(let kind) where fate.isAnswered: append(",\"reject\":\"\(Self.answer(kind))\"", to: &bytes)
    default: break
    }
    append("}\n", to: &bytes)
  }

  private func appendReason(_ text: String, to bytes: inout [UInt8]) {
    append(",\"reason\":", to: &bytes)
    bytes.append(contentsOf: Self.quoted(text))
  }

  /// A line that is no packet: nothing is said of it but why.
  package static func appendFault(_ message: String, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: opening + null + Array(",\"verdict\":\"error\",\"reason\":".utf8))
    bytes.append(contentsOf: quoted(message))
    bytes.append(contentsOf: Array("}\n".utf8))
  }

  private func append(_ text: String, to bytes: inout [UInt8]) { bytes.append(contentsOf: text.utf8) }

  private static let opening = Array("{\"id\":".utf8)
  private static let null = Array("null".utf8)
  private static let hooks = Hooks.all.map { Array(",\"hook\":\"\($0)\"".utf8) }
  private static let accept = Array(",\"verdict\":\"accept\"".utf8)
  private static let may = Array(",\"verdict\":\"may\"".utf8)
  private static let drop = Array(",\"verdict\":\"drop\"".utf8)

  private static func verdict(_ outcome: Outcome) -> [UInt8] {
    switch outcome {
    case .accept: accept
    case .drop: drop
    default: Array(",\"verdict\":\"\(outcome.word)\"".utf8)
    }
  }

  private mutating func text(_ chain: ChainID, _ rule: Int?) -> [UInt8] {
    guard deciders.indices.contains(chain.index) else { return [] }
    let place = rule ?? deciders[chain.index].count - 1
    guard deciders[chain.index].indices.contains(place) else { return [] }
    if let known = deciders[chain.index][place] { return known }
    let made = make(chain, rule)
    deciders[chain.index][place] = made
    return made
  }

  private func make(_ id: ChainID, _ rule: Int?) -> [UInt8] {
    let chain = ruleset[id]
    let table = ruleset[chain.table]
    var bytes = Array(",\"table\":".utf8) + Self.quoted("\(table.family.rawValue) \(table.name)")
    bytes += Array(",\"chain\":".utf8) + Self.quoted(chain.name)
    bytes += Array(",\"by\":\"\(rule == nil ? "policy" : "rule")\"".utf8)
    let origin = rule.map { chain.rules[$0].origin } ?? chain.base?.policyOrigin ?? chain.origin
    guard let file = sources[origin.file] else { return bytes }
    bytes += Array(",\"line\":\(file.position(of: origin.lower).line)".utf8)
    if rule != nil {
      let words = file.text(of: origin).split(whereSeparator: \.isWhitespace).joined(separator: " ")
      bytes += Array(",\"rule\":".utf8) + Self.quoted(words)
    }
    return bytes
  }

  /// As the oracle names what the sender gets.
  private static func answer(_ kind: RejectKind) -> String {
    switch kind {
    case .tcpReset: "tcp reset"
    case .icmp(let code): "icmp type 3 code \(code)"
    case .icmpv6(let code): "icmpv6 type 1 code \(code)"
    case .icmpx(let code): "icmpx code \(code)"
    }
  }

  private static func quoted(_ text: String) -> [UInt8] { JSONValue.string(text).written() }
}

/// Names of the hooks by their raw value.
private enum Hooks {
  static let all = Hook.allCases.map(\.name)
}
