import Foundation
import IptablesSyntax
import SourceText
import TestSupport
import Testing

/// iptables' own extension tests, as far as the corpora have them: what is accepted, how it is saved, what is refused.
@Suite(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
struct IptablesExtensionTests {
  @Test func `extension tests are accepted, saved and refused as iptables does`() throws {
    let root = try #require(Corpora.root)
    let table = TabSeparatedTable(contentsOf: root.appending(path: "iptables/extension-cases.tsv"))
    var accepted = (0, 0)
    var printed = (0, 0)
    var refused = (0, 0)
    var foreign = 0
    var legacy = 0
    var exceptions: [String] = []
    for row in table.rows where row["tool"].hasSuffix("tables") {
      let chain = row["chain"]
      let line = "-A \(chain) \(row["input"])"
      let reading = IptablesReading(line, table: row["table"], isIPv6: row["tool"] == "ip6tables")
      let name = "\(row["file"]):\(row["line"]) \(row["tool"]) \(row["table"]) \(line)"
      if row["expected"] == "OK", row["iptables_1.8.9_nft"] == "fail" {
        // IPv4 addresses in rows that the suite has for iptables only: ip6tables refuses them too.
        foreign += 1
        #expect(!reading.isAccepted, "\(name)")
      } else if row["expected"] == "OK" {
        accepted.1 += 1
        if reading.isAccepted {
          accepted.0 += 1
        } else {
          exceptions.append("not accepted: \(name): \(reading.message)")
        }
        if row["variant"].contains("NOMATCH") { continue }
        printed.1 += 1
        if reading.saved == "-A \(chain) \(row["save_form"])" {
          printed.0 += 1
        } else {
          exceptions.append("saved: \(name): \(reading.saved)")
        }
      } else {
        if row["variant"] == "LEGACY", row["iptables_1.8.9_nft"] == "ok" {
          // Refused by the legacy back end alone; what the other one takes is taken.
          #expect(reading.isAccepted, "\(name)")
          legacy += 1
          continue
        }
        refused.1 += 1
        if reading.isAccepted { exceptions.append("not refused: \(name)") } else { refused.0 += 1 }
      }
    }
    print(
      "iptables extension cases: accepted \(accepted), printed \(printed), refused \(refused), "
        + "of the other family \(foreign), refused by the legacy back end alone \(legacy)"
    )
    for line in exceptions { print("  \(line)") }
    #expect(accepted.1 > 400)
    #expect(accepted.0 * 1000 >= accepted.1 * 995)
    #expect(printed.0 * 100 >= printed.1 * 99)
    #expect(refused.0 * 100 >= refused.1 * 95)
  }
}
