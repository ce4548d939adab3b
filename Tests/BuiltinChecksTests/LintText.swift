import BuiltinChecks
import CheckKit
import FirewallAnalysis
import FirewallModel
import Foundation
import HostFacts
import Lowering
import SourceText
import TestSupport

/// A text with the findings of all checks. Comment lines may give facts of the host:
/// `# role: router`, `# zone: wan0=internet`, `# mtu: ppp0=1492`, `# address: lan0=192.0.2.1/24`, `# admin: 10.0.0.0/8`
/// and `# sysctl: key=value`, whose line is then where the sysctl stands.
struct LintedText {
  var file: SourceFile
  var lowered: Lowered
  var context: CheckContext
  var findings: [Finding]

  init(_ text: String, _ dialect: Dialect, checks: [Check] = allChecks) {
    file = SourceFile(id: SourceID(0), path: "test", text: text)
    lowered = TestSupport.lowered(text, dialect)
    context = CheckContext(Analysis(lowered.ruleset, host: Self.facts(file)))
    findings = []
    for check in checks { findings += check.run(context) }
  }

  func findings(of code: String) -> [Finding] { findings.filter { $0.code == code } }

  /// 1-based line of a finding's primary range.
  func line(_ finding: Finding) -> Int { file.line(of: finding.primary.lower) }

  /// Lines that stand below a `# expect: CODE` line; several such lines may follow each other.
  var expected: [(code: String, line: Int)] {
    var result: [(code: String, line: Int)] = []
    var open: [String] = []
    for number in 1...max(1, file.lineCount) {
      let text = file.textOfLine(number).trimmingCharacters(in: .whitespaces)
      if text.hasPrefix("# expect: ") {
        open.append(String(text.dropFirst("# expect: ".count)))
      } else {
        result += open.map { ($0, number) }
        open = []
      }
    }
    return result
  }

  static func facts(_ file: SourceFile) -> HostFacts {
    var facts = HostFacts()
    for number in 1...max(1, file.lineCount) {
      let text = file.textOfLine(number).trimmingCharacters(in: .whitespaces)
      guard text.hasPrefix("# "), let colon = text.firstIndex(of: ":") else { continue }
      let key = String(text[text.index(text.startIndex, offsetBy: 2)..<colon])
      let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      let pair = value.split(separator: "=", maxSplits: 1).map(String.init)
      switch key {
      case "role": facts.role = HostFacts.Role(rawValue: value)
      case "zone" where pair.count == 2: facts.interfaces[pair[0], default: .init()].zone = pair[1]
      case "mtu" where pair.count == 2: facts.interfaces[pair[0], default: .init()].mtu = Int(pair[1])
      case "address" where pair.count == 2: facts.interfaces[pair[0], default: .init()].addresses.append(pair[1])
      case "admin": facts.adminFrom.append(value)
      case "sysctl" where pair.count == 2:
        var sysctls = facts.sysctls ?? Sysctls()
        let range = file.rangeOfLine(number) ?? 0..<0
        let origin = SourceRange(file: file.id, lower: UInt32(range.lowerBound), upper: UInt32(range.upperBound))
        sysctls.entries[pair[0]] = .init(value: pair[1], origin: origin)
        facts.sysctls = sysctls
      default: break
      }
    }
    return facts
  }

  static func dialect(ofName name: String) -> Dialect {
    if name.hasSuffix(".nft") { return .nft }
    return name.hasSuffix(".save6") ? .ip6tablesSave : .iptablesSave
  }
}
