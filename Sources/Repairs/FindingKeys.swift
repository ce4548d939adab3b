package import CheckKit
package import FirewallModel
package import SourceText

/// Findings counted by code and by what they are about, told by names and text and not by place, so that the findings of
/// two versions of a file can be compared.
package struct FindingCounts: Sendable {
  package struct Key: Hashable, Sendable {
    package var code: String
    package var subject: String
  }
  package private(set) var counts: [Key: Int] = [:]
  /// In the order of the findings.
  package private(set) var keys: [Key] = []

  /// `touched` are the rules that an edit removed, added or changed: in their chain they count as one subject, since
  /// their text is not the same before and after.
  package init(_ findings: [Finding], in ruleset: Ruleset, file: SourceFile, touched: Set<RuleID> = []) {
    keys.reserveCapacity(findings.count)
    for finding in findings {
      let key = Self.key(finding, in: ruleset, file: file, touched: touched)
      keys.append(key)
      counts[key, default: 0] += 1
    }
  }

  package static func key(
    _ finding: Finding, in ruleset: Ruleset, file: SourceFile, touched: Set<RuleID> = []
  ) -> Key {
    func name(_ id: TableID) -> String {
      guard ruleset.tables.indices.contains(id.index) else { return "?" }
      return "\(ruleset[id].family.rawValue) \(ruleset[id].name)"
    }
    func name(_ id: ChainID) -> String {
      guard ruleset.chains.indices.contains(id.index) else { return "?" }
      return "\(name(ruleset[id].table)) \(ruleset[id].name)"
    }
    let subject: String =
      switch finding.subject {
      case .ruleset: ""
      case .table(let id): name(id)
      case .chain(let id): name(id)
      case .rule(let id): "\(name(id.chain)): \(touched.contains(id) ? "~" : text(of: id, in: ruleset, file: file))"
      }
    return Key(code: finding.code, subject: subject)
  }

  /// A rule's text with its blanks folded; of another file its place there.
  private static func text(of id: RuleID, in ruleset: Ruleset, file: SourceFile) -> String {
    guard ruleset.chains.indices.contains(id.chain.index), ruleset[id.chain].rules.indices.contains(id.index) else {
      return "?"
    }
    let origin = ruleset[id].origin
    guard origin.file == file.id else { return "elsewhere:\(origin.lower)" }
    var bytes: [UInt8] = []
    var isBlank = false
    let upper = min(Int(origin.upper), file.bytes.count)
    for byte in file.bytes[min(Int(origin.lower), upper)..<upper] {
      if byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
        isBlank = true
        continue
      }
      if isBlank, !bytes.isEmpty { bytes.append(0x20) }
      isBlank = false
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
