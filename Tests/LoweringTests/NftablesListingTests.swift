import JSONText
import Lowering
import SourceText
import Testing

/// Listings of nft 1.0.6, as it printed them after loading the script on the left.
@Suite struct NftablesListingTests {
  private func rule(_ family: String, _ text: String, hook: String = "type filter hook input priority 0;") -> String {
    let script = "table \(family) t {\n chain o { }\n chain c {\n  \(hook)\n  \(text)\n }\n}\n"
    var style = ListingStyle()
    style.numericProtocols = true
    style.isStateless = true
    let listing = Lowering.listing(SourceFile(id: SourceID(0), path: "x", text: script), style: style)
    guard listing.unlisted.isEmpty else { return "not evaluated" }
    let lines = listing.text.split(separator: "\n").map { $0.drop { $0 == "\t" } }
    guard let start = lines.firstIndex(of: "chain c {"), start + 2 < lines.count else { return "" }
    return String(lines[start + 2])
  }

  private static let rules: [(family: String, text: String, listed: String)] = [
    // Protocol dependencies come and go.
    ("ip", "ip protocol tcp counter tcp dport 22", "ip protocol 6 counter tcp dport 22"),
    ("inet", "meta nfproto ipv4 meta mark 1 ip saddr 1.2.3.4", "meta mark 0x00000001 ip saddr 1.2.3.4"),
    ("inet", "meta nfproto ipv4 log ip saddr 1.2.3.4", "meta nfproto ipv4 log ip saddr 1.2.3.4"),
    ("inet", "meta l4proto icmp meta nfproto ipv4 icmp type echo-request", "meta nfproto ipv4 icmp type echo-request"),
    ("inet", "meta nfproto ipv4 meta l4proto icmp icmp type echo-request", "icmp type echo-request"),
    ("inet", "meta protocol ip ip saddr 1.2.3.4", "meta protocol ip ip saddr 1.2.3.4"),
    ("bridge", "meta protocol ip ip saddr 1.2.3.4", "ip saddr 1.2.3.4"),
    ("bridge", "ether type ip tcp dport 22", "ether type ip tcp dport 22"),
    ("ip6", "ip6 nexthdr tcp tcp dport 22", "tcp dport 22"),
    ("inet", "ip6 nexthdr tcp tcp dport 22", "ip6 nexthdr 6 tcp dport 22"),
    ("ip", "meta protocol ip", "meta protocol ip"),
    ("ip", "counter meta protocol ip accept", "counter accept"),
    ("ip", "meta protocol ip6 accept", "meta protocol ip6 accept"),
    ("inet", "meta nfproto ipv6 frag id 1", "frag id 1"),
    ("inet", "meta l4proto tcp tcp option maxseg size 5", "tcp option maxseg size 5"),
    ("inet", "meta l4proto tcp tcp option maxseg size set 1400", "meta l4proto 6 tcp option maxseg size set 1400"),
    // Neighbouring fields are loaded together.
    ("ip", "tcp dport 5 tcp sport 6", "tcp sport 6 tcp dport 5"),
    ("ip", "tcp dport 5 tcp checksum 1 tcp sport 5", "tcp checksum 1 tcp sport 5 tcp dport 5"),
    ("ip", "ip daddr 1.1.1.1 ip saddr 2.2.2.2", "ip daddr 1.1.1.1 ip saddr 2.2.2.2"),
    ("ip", "ip protocol 6 ip ttl 5", "ip ttl 5 ip protocol 6"),
    ("ip", "icmp code 1 counter icmp type 2", "meta l4proto 1 counter icmp type 2 icmp code host-unreachable"),
    // Values.
    ("inet", "tcp dport {1-3,4-5}", "tcp dport { 1-5 }"),
    ("inet", "tcp dport { 1, 2, 3, 10-20 }", "tcp dport { 1-3, 10-20 }"),
    ("inet", "ip saddr { 1.1.1.1 }", "ip saddr 1.1.1.1"),
    ("inet", "ip saddr { 10.0.0.0-10.0.0.255, 1.1.1.1 }", "ip saddr { 1.1.1.1, 10.0.0.0/24 }"),
    ("inet", "ip saddr 10.0.0.0-10.255.255.255", "ip saddr 10.0.0.0-10.255.255.255"),
    ("inet", "ip saddr & 255.255.255.0 == 1.1.1.0", "ip saddr 1.1.1.0/24"),
    ("inet", "meta mark & 0xffffff00 == 0x100", "meta mark 0x00000100/24"),
    ("ip", "tcp dport & 0xff00 == 0x100", "tcp dport & 65280 == 256"),
    ("inet", "tcp dport >= 5 tcp dport <= 10", "tcp dport 5-10"),
    ("inet", "ip dscp 8-10", "ip dscp 0x08-0x0a"),
    ("ip", "meta rtclassid 0", #"meta rtclassid "cosmos""#),
    ("ip", "@th,16,16 22", "th dport 22"),
    ("ip", "@th,0,32 0x160016", "@th,0,32 0x160016"),
    // Flags.
    ("inet", "tcp flags & syn != 0", "tcp flags syn"),
    ("inet", "tcp flags & (syn|ack) == 0", "tcp flags ! syn,ack"),
    ("inet", "tcp flags & (fin|syn|rst|ack) != syn", "tcp flags != syn / fin,syn,rst,ack"),
    ("inet", "tcp flags & syn == syn", "tcp flags & syn == syn"),
    ("inet", "ct state != new,established", "ct state != established | new"),
    ("inet", "ct state & (new|established) == new", "ct state new / established,new"),
    // Operators in the kernel's normal form.
    ("inet", "ct mark set meta mark & 0xffffff00 | 0x1", "ct mark set meta mark & 0xffffff01 | 0x00000001"),
    ("inet", "meta mark set meta mark and 0xff00 xor 0x1", "meta mark set meta mark & 0x0000ff01 | 0x00000001"),
    ("inet", "meta mark set (meta mark & 0xff) ^ 0x1", "meta mark set meta mark & 0x000000ff ^ 0x00000001"),
    // Statements.
    ("inet", "reject with tcp reset", "meta l4proto 6 reject with tcp reset"),
    ("ip", "ip protocol tcp reject with tcp reset", "reject with tcp reset"),
    ("inet", "ip saddr 1.1.1.1 reject", "ip saddr 1.1.1.1 reject with icmp port-unreachable"),
    ("inet", "limit rate 1024 bytes/second burst 2048 bytes", "limit rate 1 kbytes/second burst 2 kbytes"),
    (
      "inet", #"log group 3 queue-threshold 5 snaplen 6 prefix "x""#,
      #"log prefix "x" group 3 snaplen 6 queue-threshold 5"#
    ),
    ("inet", "meta mark set numgen inc mod 4 offset 0x10", "meta mark set numgen inc mod 4 offset 16"),
    ("inet", "quota over 10485760 bytes", "quota over 10 mbytes"),
  ]

  @Test(arguments: Self.rules.indices)
  func `a rule is listed as nft lists it`(_ index: Int) {
    let row = Self.rules[index]
    #expect(rule(row.family, row.text) == row.listed)
  }

  @Test func `nat is listed as nft lists it`() {
    let hook = "type nat hook postrouting priority 100;"
    #expect(rule("ip", "snat to 10.0.0.0-10.0.0.255", hook: hook) == "snat to 10.0.0.0/24")
    #expect(
      rule("inet", "ip saddr 1.1.1.1 snat to 2.2.2.2", hook: hook) == "ip saddr 1.1.1.1 snat ip to 2.2.2.2")
    #expect(
      rule("ip", "udp dport 53 snat to ip saddr map { 1.1.1.1 : 2.2.2.2 . 80 }", hook: hook)
        == "udp dport 53 snat ip to ip saddr map { 1.1.1.1 : 2.2.2.2 . 80 }")
    let input = "type nat hook prerouting priority -100;"
    #expect(
      rule("inet", "tcp dport 1 dnat ip6 to [::1]:80", hook: input) == "tcp dport 1 dnat ip6 to [::1]:80")
  }

  @Test func `sets and heads are listed as nft lists them`() {
    let script = """
      define ports = { 7, 6, 4-5, 1-3 }
      table ip t {
       set s { type inet_service; flags interval; auto-merge; elements = $ports; }
       set d { type ipv4_addr; flags timeout; }
       set e { type ipv4_addr; timeout 1m; }
       chain b { type filter hook forward priority 3; policy drop; }
       chain c { add @d { ip saddr }; }
      }
      """
    let listing = Lowering.listing(SourceFile(id: SourceID(0), path: "x", text: script))
    let wanted = """
      table ip t {
      \tset s {
      \t\ttype inet_service
      \t\tflags interval
      \t\tauto-merge
      \t\telements = { 1-7 }
      \t}

      \tset d {
      \t\ttype ipv4_addr
      \t\tsize 65535
      \t\tflags dynamic,timeout
      \t}

      \tset e {
      \t\ttype ipv4_addr
      \t\ttimeout 1m
      \t}

      \tchain b {
      \t\ttype filter hook forward priority filter + 3; policy drop;
      \t}

      \tchain c {
      \t\tadd @d { ip saddr }
      \t}
      }

      """
    #expect(listing.text == wanted)
    #expect(listing.unlisted.isEmpty)
  }

  /// Listings that nft 1.0.6 itself lists another way when they are loaded again.
  private static let relisted = [
    "meta nfproto ipv4 icmp type echo-request": "icmp type echo-request", "tcp dport { 1-5 }": "tcp dport 1-5",
  ]

  @Test func `what is listed is listed again as nft does`() {
    for row in Self.rules where row.listed.contains("0x") == false {
      let again = rule(row.family, row.listed)
      let wanted = Self.relisted[row.listed] ?? row.listed
      #expect(again == wanted || row.listed.hasPrefix("meta protocol"), "\(row.listed) becomes \(again)")
    }
  }
}
