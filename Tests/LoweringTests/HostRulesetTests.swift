import FirewallModel
import Lowering
import SourceText
import Testing

@Suite struct HostRulesetTests {
  private func file(_ id: UInt32, _ text: String) -> SourceFile {
    SourceFile(id: SourceID(id), path: "f\(id)", text: text)
  }

  @Test func `iptables beside nft is one rule set, registered in the order given`() throws {
    let nft = Lowering.nftables(
      [
        file(
          1,
          "table ip n {\n chain c {\n  type filter hook input priority 0; policy accept;\n  jump d\n }\n chain d { }\n}\n"
        )
      ])
    let dump = Lowering.iptablesSave(
      file(0, "*filter\n:INPUT DROP [0:0]\n:X - [0:0]\n-A INPUT -j X\n-A X -j ACCEPT\nCOMMIT\n"), dialect: .iptablesSave
    )
    let host = Lowering.combined([nft, dump]) { Int($0.rawValue) }.ruleset
    #expect(host.tables.map(\.name) == ["n", "filter"])
    let named = Dictionary(uniqueKeysWithValues: host.chains.map { ($0.name, $0) })
    let input = try #require(named["INPUT"]?.base)
    let chain = try #require(named["c"]?.base)
    #expect(input.registration < chain.registration)
    for table in host.tables.indices {
      for id in host.tables[table].chains { #expect(host[id].table.index == table) }
    }
    func jumps(_ name: String) -> [String] {
      (named[name]?.rules ?? []).flatMap(\.steps).compactMap {
        if case .verdict(.jump(let target), _) = $0 { return host[target].name }
        return nil
      }
    }
    #expect(jumps("c") == ["d"])
    #expect(jumps("INPUT") == ["X"])
  }

  @Test func `a later dump replaces a table, and sets keep their rules`() throws {
    func dump(_ id: UInt32, _ policy: String) -> Lowered {
      let text =
        "*filter\n:INPUT \(policy) [0:0]\n-A INPUT -p tcp -m multiport --dports 1,5,9,13,17,21 -j DROP\nCOMMIT\n"
      return Lowering.iptablesSave(file(id, text), dialect: .iptablesSave)
    }
    let nft = Lowering.nftables(
      [
        file(
          2,
          "table inet n {\n set s { type inet_service; elements = { 1, 2, 5 } }\n"
            + " chain c {\n  type filter hook input priority 0;\n  tcp dport @s drop\n  tcp dport vmap { 1 : drop, 4 : jump d }\n }\n"
            + " chain d { }\n}\n")
      ])
    let host = Lowering.combined([dump(0, "ACCEPT"), dump(1, "DROP"), nft]) { Int($0.rawValue) }.ruleset
    #expect(host.tables.map(\.name) == ["filter", "n"])
    #expect(host.chains.first?.base?.policy == .drop)
    for table in host.tables { for set in table.sets { #expect(host[set].table.map { host[$0].name } == table.name) } }
    let targets = host.sets.flatMap { set -> [String] in
      guard case .map(let elements, _) = set.contents else { return [] }
      return elements.compactMap {
        if case .verdict(.jump(let id)) = $0.data { return host[id].name }
        return nil
      }
    }
    #expect(targets == ["d"])
  }

  @Test func `a later script adds to a table of an earlier one; variables end with their file`() {
    let first = file(0, "define P = 22\ntable inet f {\n chain c {\n  tcp dport $P accept\n }\n}\n")
    let second = file(1, "add rule inet f c tcp dport 80 accept\nadd rule inet f c tcp dport $P accept\n")
    let lowered = Lowering.nftables([first, second])
    #expect(lowered.ruleset.tables.count == 1)
    #expect(lowered.ruleset.chains.first?.rules.count ?? 0 >= 2)
    #expect(lowered.problems.contains { $0.range.file == SourceID(1) && $0.message.contains("$P") })
  }
}
