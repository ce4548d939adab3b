import CheckKit
import FirewallModel
import Packets
import Repairs
import SourceText

/// A model of one chain made by hand over a text: what a reader would give for the places that edits need.
struct Handmade {
  var file: SourceFile
  var ruleset = Ruleset()
  var dialect: Dialect
  let chain = ChainID(0)

  /// `rules` are the texts of the chain's rules in the chain's order, searched for one after the other unless `anyOrder`.
  init(
    _ text: String, _ dialect: Dialect = .nft, family: Family = .inet, chainText: String = "chain input",
    name: String = "input", rules: [String] = [], anyOrder: Bool = false, policyText: String? = nil
  ) {
    file = SourceFile(id: SourceID(0), path: "test", text: text)
    self.dialect = dialect
    let bytes = Array(text.utf8)
    func range(_ part: String, from: Int) -> SourceRange {
      let wanted = Array(part.utf8)
      var at = from
      while at + wanted.count <= bytes.count, Array(bytes[at..<at + wanted.count]) != wanted { at += 1 }
      return SourceRange(file: SourceID(0), lower: UInt32(at), upper: UInt32(at + wanted.count))
    }
    var table = Table(family: family, name: "filter", dialect: dialect, origin: range("", from: 0))
    table.chains = [chain]
    ruleset.tables = [table]
    var base = BaseHook(type: .filter, hook: .input, priority: 0, policy: .drop, registration: 0)
    if let policyText { base.policyOrigin = range(policyText, from: 0) }
    let origin = range(chainText, from: 0)
    var made = Chain(
      table: TableID(0), name: name, base: name == "user" ? nil : base, origin: origin,
      end: SourceRange(file: SourceID(0), lower: origin.upper, upper: origin.upper))
    var position = Int(origin.upper)
    if anyOrder { position = 0 }
    for rule in rules {
      let place = range(rule, from: position)
      if !anyOrder { position = Int(place.upper) }
      made.rules.append(Rule(steps: [], origin: place))
    }
    ruleset.chains = [made]
  }

  func rule(_ index: Int) -> RuleID { RuleID(chain: chain, index: index) }

  /// The text after a remedy of these changes; nil when it was refused.
  func after(_ changes: [Remedy.Change]) -> String? {
    let writer = RemedyWriter(ruleset: ruleset, file: file, dialect: dialect)
    let written = writer.write(Remedy("test", expected: .change, changes: changes))
    guard written.refusal == nil else { return nil }
    return file.applying(written.edits).map { String(decoding: $0, as: UTF8.self) }
  }

  func refusal(_ changes: [Remedy.Change]) -> String? {
    RemedyWriter(ruleset: ruleset, file: file, dialect: dialect)
      .write(Remedy("test", expected: .change, changes: changes)).refusal?.reason
  }
}

/// The RST for ident: the rule that the documents write as `tcp dport 113 reject with tcp reset`.
let identReject = NewRule([.transportProtocol(6), .destinationPort(113...113)], .reject(.tcpReset))
