import Foundation
import IptablesSyntax
import SourceText
import TestSupport
import Testing

@Suite struct IptablesTextTests {
  private func saved(_ rule: String, table: String = "filter", isIPv6: Bool = false) -> String {
    IptablesReading("-A INPUT \(rule)", table: table, isIPv6: isIPv6).saved
  }

  /// What iptables-save 1.8.9 printed for these rules.
  @Test(arguments: [
    ("-m limit --limit 7/minute --limit-burst 50", "-m limit --limit 7/min --limit-burst 50"),
    ("-m limit", "-m limit --limit 3/hour"),
    (
      "-m statistic --mode random ! --probability 0.33333333349",
      "-m statistic --mode random ! --probability 0.33333333349"
    ),
    (
      "-p tcp ! --syn --sport 0:1023 -j RETURN",
      "-p tcp -m tcp --sport 0:1023 ! --tcp-flags FIN,SYN,RST,ACK SYN -j RETURN"
    ),
    ("-m comment --comment \"it's\"", "-m comment --comment \"it\\'s\""),
    ("-m connlimit ! --connlimit-above 3", "-m connlimit --connlimit-upto 3 --connlimit-mask 32 --connlimit-saddr"),
    (
      "-m u32 --u32 \"6&0xFF=1&&0>>22&0x3C@0>>24=0,5:7\"",
      "-m u32 --u32 \"0x6&0xff=0x1&&0x0>>0x16&0x3c@0x0>>0x18=0x0,0x5:0x7\""
    ),
    ("-m mark ! --mark 16/0xff", "-m mark ! --mark 0x10/0xff"),
    ("-j MARK --set-mark 1/2", "-j MARK --set-xmark 0x1/0x3"),
    (
      "-m time ! --weekdays Sat,Sun --monthdays 31,1",
      "-m time --monthdays 1,31 --weekdays Mon,Tue,Wed,Thu,Fri --datestop 2038-01-19T03:14:07"
    ),
    (
      "-m hashlimit --hashlimit-above 512kb/s --hashlimit-mode dstip --hashlimit-name m --hashlimit-burst 1mb",
      "-m hashlimit --hashlimit-above 512kb/s --hashlimit-burst 1mb --hashlimit-mode dstip --hashlimit-name m"
    ),
    ("-s 10.1/16 -j ACCEPT", "-s 10.1.0.0/16 -j ACCEPT"), ("-i + -j ACCEPT", "-j ACCEPT"),
    ("-p icmp --icmp-type host-unreach", "-p icmp -m icmp --icmp-type 3/1"),
    (
      "-m connbytes --connbytes 0:0 --connbytes-mode bytes --connbytes-dir both",
      "-m connbytes --connbytes 0 --connbytes-mode bytes --connbytes-dir both"
    ), ("-m policy --dir in --pol none --reqid 4", "-m policy --dir in --pol none"),
    ("-m limit --limit 1.5/s", "-m limit --limit 1/sec"),
    ("-p dccp --dccp-types REQUEST,,DATA", "-p dccp -m dccp --dccp-types REQUEST,DATA"),
    ("-s 1.2.3.4,10.0.0.0/8 -j ACCEPT", "-s 1.2.3.4/32 -j ACCEPT\n-A INPUT -s 10.0.0.0/8 -j ACCEPT"),
  ])
  func `a rule is saved as iptables-save has it`(_ rule: String, _ form: String) {
    #expect(saved(rule) == "-A INPUT \(form)")
  }

  /// What iptables-restore 1.8.9 of both back ends said.
  @Test(arguments: [
    ("-A POSTROUTING -p icmp -j MASQUERADE --to-ports 80", "nat", true),
    ("-A POSTROUTING -p udplite -j MASQUERADE --to-ports 80", "nat", false),
    ("-A PREROUTING -p icmp -j DNAT --to-destination 1.1.1.1:80", "nat", true),
    ("-A INPUT -m hashlimit --hashlimit-above 1kb/s --hashlimit-name b --hashlimit-burst 1kb", "filter", true),
    ("-A INPUT -m hashlimit --hashlimit-above 1kb/s --hashlimit-name b --hashlimit-burst 1023b", "filter", false),
    ("-A INPUT -m hashlimit --hashlimit-above 1kb/s --hashlimit-name b --hashlimit-burst 1", "filter", false),
    ("-A INPUT -m limit --limit 5/sx", "filter", false),
  ])
  func `a rule is taken or refused as iptables-restore does`(_ rule: String, _ table: String, _ isTaken: Bool) {
    #expect(IptablesReading(rule, table: table, isIPv6: false).isAccepted == isTaken)
  }

  @Test func `saving twice gives the same text`() {
    for rule in [
      "-m recent --set", "-p tcp -m multiport --dports http,22:25", "-j LOG --log-prefix \"a \\\"b\"", "-m time",
    ] {
      let once = saved(rule)
      #expect(IptablesReading(once, table: "filter", isIPv6: false).saved == once)
    }
  }

  /// Damaged text: nothing may crash, and every byte comes back.
  @Test func `any bytes are read and printed back`() {
    let seed =
      "*filter\n:INPUT DROP [0:0]\n[3:4] -A INPUT -s 10.0.0.0/8 ! -i eth+ -p tcp -m tcp --dport 1:2 -m comment --comment \"a \\\" b\" -j REJECT --reject-with tcp-reset\nCOMMIT\n"
    var state: UInt64 = 0x2545_F491_4F6C_DD1D
    func next(_ limit: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(limit))
    }
    let special: [UInt8] = [
      0, 0x0A, 0x0D, 0x20, 0x22, 0x5C, 0x21, 0x2D, 0x3A, 0x2C, 0x2F, 0x5B, 0x5D, 0xFF, 0xEF, 0xBB, 0xBF, 0x2A,
    ]
    for _ in 0..<4000 {
      var bytes = Array(seed.utf8)
      for _ in 0...next(6) {
        let place = next(bytes.count)
        switch next(4) {
        case 0: bytes[place] = special[next(special.count)]
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(special[next(special.count)], at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + next(30)))
        }
        if bytes.isEmpty { bytes = [0x0A] }
      }
      let source = SourceFile(id: SourceID(0), path: "damaged", bytes: bytes)
      let file = IptablesFile(reading: source)
      #expect(file.printed() == bytes)
      var parser = RuleParser(source: source, isIPv6: next(2) == 0)
      var words: [Word] = []
      for line in file.lines {
        file.words(of: line, into: &words)
        parser.parse(words, table: "filter")
        _ = RuleWriter(parser).lines()
      }
      _ = IpsetFile(reading: source)
    }
  }

  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `ipset dumps are read and printed back`() throws {
    let root = try #require(Corpora.root)
    let table = TabSeparatedTable(contentsOf: root.appending(path: "manifest.tsv"))
    var count = 0
    for row in table.rows where row["format"] == "ipset-save" {
      let data = try Data(contentsOf: root.appending(path: row["path"]))
      let source = SourceFile(id: SourceID(0), path: row["path"], bytes: Array(data))
      let file = IpsetFile(reading: source)
      #expect(file.printed() == source.bytes)
      #expect(file.problems == [], "\(row["path"])")
      count += 1
    }
    print("ipset corpora: \(count) files read")
    #expect(count >= 8)
  }
}
