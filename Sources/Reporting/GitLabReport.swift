import CheckKit
import SourceText
package import JSONText

extension Report {
  /// A code quality report of GitLab. Fingerprints are told by code, file and the rule's own text, so that moved lines
  /// keep them; equal ones of a file are numbered.
  package var gitlab: JSONValue {
    var seen: [String: Int] = [:]
    let entries: [JSONValue] = findings.map { reported in
      let finding = reported.finding
      let place = place(reported)
      let key = "\(place.path)|\(units[reported.unit].semanticKey(finding))"
      seen[key, default: 0] += 1
      let severity =
        switch finding.level {
        case .error: "critical"
        case .warning: "major"
        case .note: "minor"
        }
      return [
        "description": .string(printable(finding.message)),
        "check_name": .string(finding.code),
        "fingerprint": .string(fingerprint("\(key)|\(seen[key] ?? 1)")),
        "severity": .string(severity),
        "location": ["path": .string(place.path), "lines": ["begin": .int(place.start.line)]],
      ]
    }
    return .array(entries)
  }

  /// 128 bits in hexadecimal: FNV-1a with two offsets. Tells findings apart; it protects nothing.
  private func fingerprint(_ text: String) -> String {
    [0xcbf2_9ce4_8422_2325, 0x8422_2325_cbf2_9ce4].map { (start: UInt64) in
      var hash = start
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
      let digits = String(hash, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    .joined()
  }
}
