import FirewallModel
import Lowering
import SourceText
import TestSupport
import Testing

/// Damaged and hostile dumps: no crash, bounded lists, the rest is still read.
@Suite struct IptablesRobustnessTests {
  @Test func `a table that is not closed and comes again replaces the first`() {
    let text =
      "*filter\n:INPUT DROP [0:0]\n-A INPUT -j A\n*filter\n:INPUT ACCEPT [0:0]\n:A - [0:0]\n-A INPUT -j A\nCOMMIT\n"
    let result = lowered(text, .iptablesSave)
    #expect(result.ruleset.tables.count == 1)
    #expect(result.ruleset.chains.map(\.name) == ["INPUT", "A"])
    #expect(result.ruleset.chains.first?.base?.policy == .accept)
    #expect(!result.isLoadable)
  }

  @Test func `damaged dumps are lowered`() {
    let seed = """
      *filter
      :INPUT DROP [0:0]
      :A - [0:0]
      -A INPUT -j B
      -A A -s 1.2.3.4/255.0.255.0 -m set --match-set s src,dst -j DROP
      -I INPUT -p tcp -m multiport --ports 1,2:3 -j A
      -D INPUT 1
      COMMIT
      *filter
      :B - [0:0]
      -A B -m conntrack --ctstate NEW,DNAT -g A
      -X
      *nat
      :PREROUTING ACCEPT
      -A PREROUTING -p tcp -j DNAT --to-destination 1.1.1.1:1-2
      -F
      COMMIT

      """
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next(_ limit: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(limit))
    }
    let lines = seed.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8) + [0x0A] }
    for _ in 0..<2500 {
      // Lines in another order, twice, or not at all; then a few bytes changed.
      var bytes: [UInt8] = []
      for _ in 0..<next(24) { bytes += lines[next(lines.count)] }
      for _ in 0..<next(4) where !bytes.isEmpty {
        bytes[next(bytes.count)] = UInt8(truncatingIfNeeded: next(256))
      }
      let source = SourceFile(id: SourceID(0), path: "damaged", bytes: bytes)
      let result = Lowering.iptablesSave(source, dialect: next(2) == 0 ? .iptablesSave : .ip6tablesSave)
      for table in result.ruleset.tables {
        for chain in table.chains { #expect(chain.index < result.ruleset.chains.count) }
      }
    }
  }

  @Test func `the list of problems is bounded`() {
    let text = String(repeating: "garbage \u{1} line\n", count: 5000)
    let result = lowered(text, .iptablesSave)
    #expect(result.problems.count == 1001)
    #expect(result.problems.last?.message.contains("4000 more problems") == true)
  }

  @Test func `a line of very many words is refused and does not take long`() {
    let text = "*filter\n:INPUT DROP [0:0]\n-A INPUT " + String(repeating: "-m tcp --x ", count: 100_000) + "\nCOMMIT\n"
    let result = lowered(text, .iptablesSave)
    #expect(result.problems.map(\.message) == ["too many arguments in one line"])
  }
}
