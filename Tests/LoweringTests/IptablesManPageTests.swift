import FirewallModel
import Foundation
import IptablesSyntax
import Lowering
import SourceText
import TestSupport
import Testing

/// fwlint-iptables(7) lists the matches that may hold and why; what the lowering does must be what the page says.
@Suite struct IptablesManPageTests {
  /// One rule of each match, with options that are exact where the match has some: table, chain, family, rule.
  static let samples: [(ModuleID, String)] = [
    (.addrtype, "filter INPUT 4 --dst-type LOCAL"), (.ah, "filter INPUT 4 --ahspi 5"),
    (.bpf, "filter INPUT 4 --bytecode \"1,6 0 0 1\""), (.cgroup, "filter OUTPUT 4 --cgroup 1"),
    (.cluster, "mangle PREROUTING 4 --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1"),
    (.comment, "filter INPUT 4 --comment x"),
    (.connbytes, "filter INPUT 4 --connbytes 1: --connbytes-mode bytes --connbytes-dir both"),
    (.connlabel, "filter INPUT 4 --label 4"), (.connlimit, "filter INPUT 4 --connlimit-above 3"),
    (.connmark, "filter INPUT 4 --mark 3"), (.conntrack, "filter INPUT 4 --ctstate NEW"),
    (.cpu, "filter INPUT 4 --cpu 1"),
    (.dccp, "filter INPUT 4 --dccp-types REQUEST"), (.devgroup, "filter FORWARD 4 --src-group 3"),
    (.dscp, "filter INPUT 4 --dscp 3"), (.dst, "filter INPUT 6 --dst-len 8"), (.ecn, "filter INPUT 4 --ecn-ip-ect 1"),
    (.esp, "filter INPUT 4 --espspi 5"), (.eui64, "filter INPUT 6"), (.frag, "filter INPUT 6 --fragid 1 --fragres"),
    (.hashlimit, "filter INPUT 4 --hashlimit-upto 3/s --hashlimit-name x"), (.hbh, "filter INPUT 6 --hbh-len 8"),
    (.helper, "filter INPUT 4 --helper ftp"), (.hl, "filter INPUT 6 --hl-eq 255"),
    (.icmp, "filter INPUT 4 --icmp-type 8"),
    (.icmp6, "filter INPUT 6 --icmpv6-type 1/4"), (.ipcomp, "filter INPUT 4 --ipcompspi 5"),
    (.iprange, "filter INPUT 4 --src-range 1.1.1.1-1.1.1.9"), (.ipv6header, "filter INPUT 6 --header esp --soft"),
    (.ipvs, "filter INPUT 4 --ipvs"), (.length, "filter INPUT 4 --length 5"), (.limit, "filter INPUT 4"),
    (.mac, "filter INPUT 4 --mac-source 00:11:22:33:44:55"), (.mark, "filter INPUT 4 --mark 3/7"),
    (.mh, "filter INPUT 6 --mh-type 1"), (.multiport, "filter INPUT 4 --ports 5,7:9"),
    (.nfacct, "filter INPUT 4 --nfacct-name x"),
    (.osf, "filter INPUT 4 --genre Linux"), (.owner, "filter OUTPUT 4 --uid-owner 5"),
    (.physdev, "filter FORWARD 4 --physdev-in eth0"), (.pkttype, "filter INPUT 4 --pkt-type broadcast"),
    (.policy, "filter INPUT 4 --dir in"), (.quota, "filter INPUT 4 --quota 5"),
    (.rateest, "filter INPUT 4 --rateest x --rateest-bps 5 --rateest-lt"), (.realm, "filter INPUT 4 --realm 3"),
    (.recent, "filter INPUT 4 --rcheck"), (.rpfilter, "raw PREROUTING 4 --invert"), (.rt, "filter INPUT 6 --rt-len 24"),
    (.sctp, "filter INPUT 4 --dport 5"), (.set, "filter INPUT 4 --match-set s src"),
    (.socket, "mangle PREROUTING 4 --transparent"), (.srh, "filter INPUT 6 --srh-tag 1"),
    (.state, "filter INPUT 4 --state NEW"), (.statistic, "filter INPUT 4 --mode nth --every 1 --packet 0"),
    (.string, "filter INPUT 4 --string x --algo bm"), (.tcp, "filter INPUT 4 --syn"),
    (.tcpmss, "filter INPUT 4 --mss 5"),
    (.time, "filter INPUT 4 --timestart 10:00"), (.tos, "filter INPUT 4 --tos 0x10"),
    (.ttl, "filter INPUT 4 --ttl-lt 5"),
    (.u32, "filter INPUT 4 --u32 \"6&0xFF=1\""), (.udp, "filter INPUT 4 --dport 5"),
  ]

  private static func transport(_ id: ModuleID) -> String {
    switch id {
    case .ah: "-p ah "
    case .dccp: "-p dccp "
    case .esp: "-p esp "
    case .icmp: "-p icmp "
    case .icmp6: "-p ipv6-icmp "
    case .ipcomp: "-p ipcomp "
    case .mh: "-p mobility-header "
    case .sctp: "-p sctp "
    case .tcp, .tcpmss, .osf, .multiport: "-p tcp "
    case .udp: "-p udp "
    default: ""
    }
  }

  private static func kinds(_ condition: Condition) -> Set<String> {
    switch condition {
    case .unknown(let why): [why.kind.rawValue]
    case .any(let parts), .all(let parts): parts.reduce(into: []) { $0.formUnion(kinds($1)) }
    case .not(let part): kinds(part)
    default: []
    }
  }

  /// What the page has: the match and why it may hold.
  private static func page() throws -> [String: String] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "man/fwlint-iptables.7")
    var result: [String: String] = [:]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where line.hasPrefix(".It Cm ") {
      let words = line.split(separator: " ").map(String.init)
      if words.count == 5, words[3] == "Pq" { result[words[2]] = words[4] }
    }
    return result
  }

  @Test func `the matches that may hold are those of the man page`() throws {
    let page = try Self.page()
    let matches = Registry.shared.modules.filter { !$0.isTarget }.map(\.id)
    #expect(Set(matches) == Set(Self.samples.map(\.0)), "each match has a sample")
    let sets = SourceFile(id: SourceID(1), path: "sets", text: "create s hash:ip\nadd s 1.1.1.1\n")
    for (id, sample) in Self.samples {
      let words = sample.split(separator: " ", maxSplits: 3).map(String.init)
      let rule = "-A \(words[1]) \(Self.transport(id))-m \(id.rawValue) \(words.count > 3 ? words[3] : "")"
      let text = "*\(words[0])\n:\(words[1]) ACCEPT [0:0]\n\(rule)\nCOMMIT\n"
      let lowered = Lowering.iptablesSave(
        SourceFile(id: SourceID(0), path: "sample", text: text),
        dialect: words[2] == "6" ? .ip6tablesSave : .iptablesSave, ipsets: [sets])
      #expect(lowered.problems == [], "\(rule)")
      var kinds: Set<String> = []
      for case .match(let match) in lowered.ruleset.chains.first?.rules.first?.steps ?? [] {
        kinds.formUnion(Self.kinds(match.condition))
      }
      #expect(kinds == (page[id.rawValue].map { [$0] } ?? []), "\(id.rawValue)")
    }
  }
}
