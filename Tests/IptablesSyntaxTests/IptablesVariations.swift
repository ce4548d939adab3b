/// Variations of our own on every match and target: values at their bounds, negations, clashes, what is missing.
enum IptablesVariations {
  struct Module {
    var name: String
    var isTarget = false
    var families = "46"
    var place = "filter INPUT"
    /// What stands before the match or target.
    var head = ""
    /// Options that must be there.
    var base = ""
    /// Options with values, parted by `|`; no value for a flag.
    var options: [(String, String)]
  }

  private static let byte = "0|1|255|256|-1|0x10|x"
  private static let word = "0|1|65535|65536|-1"
  private static let double = "0|1|4294967295|4294967296|-1|0xffffffff|z"
  private static let range = "0|5|1:10|:10|10:|1:2:3|a:b|0:a"
  private static let ports = "22|ssh|0|65535|1:2|:1024|1024:|nosuch|-1|1-3"
  private static let mark = "0|1|0x1/0xff|1/2|0x100000000|/1|-1|a"

  static let all: [Module] = [
    Module(
      name: "tcp", head: "-p tcp",
      options: [
        ("sport", ports), ("dport", ports), ("tcp-flags", "ALL NONE|SYN,ACK SYN|foo SYN|SYN"), ("syn", ""),
        ("tcp-option", "0|1|255|256"),
      ]),
    Module(name: "udp", head: "-p udp", options: [("sport", ports), ("dport", ports)]),
    Module(
      name: "sctp", head: "-p sctp",
      options: [
        ("sport", "22|1:2|65536"), ("dport", "22|0:9"),
        (
          "chunk-types",
          "all INIT|any DATA,INIT|only SACK|all NONE|any ALL|foo DATA|all FOO|all|any DATA:Be|any ABORT:T|any INIT:x"
        ),
      ]),
    Module(
      name: "dccp", head: "-p dccp",
      options: [("dport", "22|1:2"), ("dccp-types", "REQUEST|DATA,ACK|INVALID|foo"), ("dccp-option", "0|1|255|256")]),
    Module(
      name: "icmp", families: "4", head: "-p icmp",
      options: [("icmp-type", "any|echo-request|8|8/0|3/4|3/256|256|255/255|host-unreachable|ttl-exceeded|xx|3/|-1")]),
    Module(
      name: "icmp6", families: "6", head: "-p ipv6-icmp",
      options: [("icmpv6-type", "echo-request|128/0|1/3|256|no-route|packet-too-big|redirect|xx|1/256")]),
    Module(
      name: "multiport", head: "-p tcp",
      options: [
        (
          "sports",
          "22|22,53|1:3,7|1,2,3,4,5,6,7,8,9,10,11,12,13,14,15|1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16|2:1|ssh,http|65536|,|1,|1:|:5|x"
        ), ("dports", "22|22,53"), ("ports", "22|22,53"),
      ]),
    Module(name: "tcpmss", head: "-p tcp", options: [("mss", range + "|10:1|65536")]),
    Module(name: "esp", head: "-p esp", options: [("espspi", range + "|4294967296")]),
    Module(name: "ah", families: "4", head: "-p ah", options: [("ahspi", range), ("ahlen", "3"), ("ahres", "")]),
    Module(name: "ah", families: "6", options: [("ahspi", range), ("ahlen", "1|8"), ("ahres", "")]),
    Module(name: "ipcomp", head: "-p ipcomp", options: [("ipcompspi", range), ("compres", "")]),
    Module(name: "ttl", families: "4", options: [("ttl-eq", byte), ("ttl-lt", byte), ("ttl-gt", byte)]),
    Module(name: "hl", families: "6", options: [("hl-eq", byte), ("hl-lt", byte), ("hl-gt", byte)]),
    Module(name: "length", options: [("length", range)]),
    Module(name: "tos", options: [("tos", "Minimize-Delay|minimize-cost|0x10|0x10/0x3f|256|foo")]),
    Module(name: "dscp", options: [("dscp", "0|63|64|0x20|-1"), ("dscp-class", "BE|EF|AF11|AF44")]),
    Module(name: "ecn", head: "-p tcp", options: [("ecn-tcp-cwr", ""), ("ecn-tcp-ece", ""), ("ecn-ip-ect", "0|3|4")]),
    Module(
      name: "u32",
      options: [
        ("u32", "\"0=0\"|\"0>>22&0x3C@4&0xFF=1\"|\"0x0=0x0&&0x0=0x1\"|\"&&0=0\"|\"0\"|\"0=0:5,7\"|\"0=0&&\"|\"a=1\"")
      ]),
    Module(
      name: "bpf",
      options: [("bytecode", "\"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0\"|\"0,\"|\"2,6 0 0 1\"|\"x\"|\"1,6 0 0\"")]),
    Module(
      name: "string", base: "--algo bm",
      options: [
        ("string", "abc|\"a b\"|\"it's\"|\"\""), ("hex-string", "\"|41 42|\"|\"a|00|b\"|\"|4|\"|\"|41\""),
        ("from", "0|65535|65536"), ("to", "0|7|65536"), ("icase", ""),
      ]),
    Module(name: "state", options: [("state", "NEW|NEW,ESTABLISHED|new|foo|SNAT|UNTRACKED")]),
    Module(
      name: "conntrack",
      options: [
        ("ctstate", "NEW|SNAT|DNAT,NEW|x"), ("ctproto", "tcp|6|256|x"), ("ctorigsrcport", "22|1:2"),
        ("ctrepldstport", "22"),
        ("ctstatus", "NONE|EXPECTED|SEEN_REPLY,ASSURED|x"), ("ctexpire", "0|1:10|4294967296"),
        ("ctdir", "ORIGINAL|reply|x"),
      ]),
    Module(
      name: "conntrack", families: "4",
      options: [("ctorigsrc", "1.2.3.4|1.2.3.0/24|x"), ("ctrepldst", "1.2.3.4|1.2.3.4/255.255.0.0")]),
    Module(name: "connmark", options: [("mark", mark)]),
    Module(name: "mark", options: [("mark", mark)]),
    Module(
      name: "connbytes",
      options: [
        ("connbytes", "0:|10:|0:1000|1000:0|a|7"), ("connbytes-mode", "packets|bytes|avgpkt|x"),
        ("connbytes-dir", "both|reply|x"),
      ]),
    Module(
      name: "connlimit",
      options: [
        ("connlimit-upto", "0|3|4294967296"), ("connlimit-above", "0|3"), ("connlimit-mask", "0|24|129"),
        ("connlimit-saddr", ""), ("connlimit-daddr", ""),
      ]),
    Module(name: "helper", options: [("helper", "ftp|\"a b\"|ftp-2121")]),
    Module(
      name: "limit",
      options: [
        ("limit", "1/sec|1/s|1/min|1/hour|10000/s|10001/s|0/s|1|1/x|3/minute|59/min|61/min|999/hour|a/s|1/"),
        ("limit-burst", "1|5|10000|10001|-1"),
      ]),
    Module(
      name: "hashlimit", base: "--hashlimit-name foo",
      options: [
        ("hashlimit-upto", "1/sec|1000000/sec|1/min|0/sec|1kb/s|512b/s|1mb/s|x|1/x|5/hour"),
        ("hashlimit-above", "1/sec|1kb/s"),
        ("hashlimit-burst", "1|5|1000001|2kb|x"), ("hashlimit-mode", "srcip|dstip,srcport|x"),
        ("hashlimit-srcmask", "0|24|129"),
        ("hashlimit-htable-size", "1|2000"), ("hashlimit-htable-expire", "1|2000"),
        ("hashlimit-htable-gcinterval", "1000|2000"),
      ]),
    Module(
      name: "recent",
      options: [
        ("set", ""), ("rcheck", ""), ("update", ""), ("remove", ""), ("seconds", "0|60|x"), ("reap", ""),
        ("hitcount", "1|20|x"),
        ("rttl", ""), ("name", "foo"), ("rsource", ""), ("rdest", ""),
      ]),
    Module(
      name: "statistic",
      options: [
        ("mode", "random|nth|x"), ("probability", "0|1|0.5|1.1|-0.1|0.33333333349|x"), ("every", "0|1|5|x"),
        ("packet", "0|4|5"),
      ]),
    Module(name: "quota", options: [("quota", "0|1|18446744073709551615|18446744073709551616|-1")]),
    Module(
      name: "time",
      options: [
        ("timestart", "01:02|01:02:03|24:00|00:60|x"), ("timestop", "01:02|23:59:59"),
        ("datestart", "2020|2020-01-02T03:04:05|2020-13|x"),
        ("datestop", "2037-12-31T23:59:59"), ("weekdays", "Mon|1|Mon,Tue|Sa,Su|x"), ("monthdays", "1|31|32|1,2,3|x"),
        ("utc", ""),
        ("kerneltz", ""), ("contiguous", ""),
      ]),
    Module(
      name: "addrtype",
      options: [("src-type", "LOCAL|UNICAST|local|"), ("dst-type", "LOCAL|MULTICAST"), ("limit-iface-in", "")]),
    Module(
      name: "iprange", families: "4",
      options: [
        ("src-range", "1.1.1.1-1.1.1.10|1.1.1.1|1.1.1.10-1.1.1.1|1.1.1.1-|x"), ("dst-range", "1.1.1.1-1.1.1.10"),
      ]),
    Module(name: "mac", options: [("mac-source", "42:01:02:03:04:05|42:01:02:03:04|zz:01:02:03:04:05|1:2:3:4:5:6")]),
    Module(name: "pkttype", options: [("pkt-type", "unicast|broadcast|host|bcast|otherhost|x")]),
    Module(name: "comment", options: [("comment", "foo|\"a b\"|\"it's \\\"q\\\"\"|a#b|\"\\\\\"")]),
    Module(
      name: "owner", place: "filter OUTPUT",
      options: [("uid-owner", "0|root|0-10|10-0|4294967295|1-"), ("gid-owner", "0|root|0-10"), ("socket-exists", "")]),
    Module(
      name: "rpfilter", place: "raw PREROUTING",
      options: [("loose", ""), ("validmark", ""), ("accept-local", ""), ("invert", "")]),
    Module(
      name: "physdev", place: "filter FORWARD",
      options: [
        ("physdev-in", "eth0|eth+|abcdefghijklmnop"), ("physdev-out", "eth0"), ("physdev-is-in", ""),
        ("physdev-is-bridged", ""),
      ]),
    Module(
      name: "policy", base: "--dir in --pol ipsec",
      options: [
        ("strict", ""), ("reqid", "1|x"), ("spi", "0x1|5"), ("proto", "esp|ah|6|x"), ("mode", "transport|tunnel|x"),
        ("next", ""),
      ]),
    Module(
      name: "socket", place: "mangle PREROUTING",
      options: [("transparent", ""), ("nowildcard", ""), ("restore-skmark", "")]),
    Module(name: "cpu", options: [("cpu", double)]),
    Module(name: "cgroup", options: [("cgroup", double)]),
    Module(
      name: "devgroup", place: "filter FORWARD", options: [("src-group", "0x17|0x17/0xff|0"), ("dst-group", "0x17")]),
    Module(
      name: "cluster", place: "mangle PREROUTING", base: "--cluster-total-nodes 2 --cluster-hash-seed 1",
      options: [("cluster-local-node", "1|2|3|0"), ("cluster-local-nodemask", "0x1|0x3|0x4|0")]),
    Module(
      name: "ipv6header", families: "6",
      options: [("header", "hop-by-hop|dst|ipv6-route|frag|auth|esp|none|proto|x|60|hop,esp|99"), ("soft", "")]),
    Module(
      name: "rt", families: "6",
      options: [
        ("rt-type", "0|1|4294967296"), ("rt-segsleft", range), ("rt-len", "0|24"), ("rt-0-res", ""),
        ("rt-0-addrs", "::1|::1,::2|x"),
        ("rt-0-not-strict", ""),
      ]),
    Module(
      name: "frag", families: "6",
      options: [
        ("fragid", range), ("fraglen", "1"), ("fragres", ""), ("fragfirst", ""), ("fragmore", ""), ("fraglast", ""),
      ]),
    Module(name: "dst", families: "6", options: [("dst-len", "0|8|x"), ("dst-opts", "1|149:92|149:92,12:12|:|x")]),
    Module(name: "hbh", families: "6", options: [("hbh-len", "0|8|x"), ("hbh-opts", "1|149:92,12:12|x")]),
    Module(
      name: "mh", families: "6", head: "-p mobility-header",
      options: [("mh-type", "0|255|256|1:3|binding-update|bu|cot|x|3:1")]),
    Module(
      name: "srh", families: "6",
      options: [
        ("srh-next-hdr", "17|256"), ("srh-hdr-len-eq", "8|256"), ("srh-segs-left-gt", "1|x"), ("srh-tag", "0|65536"),
        ("srh-psid", "a::/64|x"),
      ]),
    Module(name: "AUDIT", isTarget: true, options: [("type", "accept|drop|reject|x")]),
    Module(name: "CHECKSUM", isTarget: true, place: "mangle OUTPUT", options: [("checksum-fill", "")]),
    Module(
      name: "CLASSIFY", isTarget: true, place: "mangle POSTROUTING",
      options: [("set-class", "0000:ffff|1:2|x|0001:00ff")]),
    Module(
      name: "CONNMARK", isTarget: true, place: "mangle PREROUTING",
      options: [
        ("set-xmark", mark), ("set-mark", mark), ("and-mark", "1|0xff"), ("or-mark", "1"), ("xor-mark", "1"),
        ("save-mark", ""),
        ("restore-mark", ""), ("mask", "0xff"),
      ]),
    Module(
      name: "CT", isTarget: true, place: "raw PREROUTING",
      options: [
        ("notrack", ""), ("ctevents", "new|new,related,destroy|x"), ("expevents", "new|x"),
        ("zone", "0|1|65536|mark|x"),
        ("zone-orig", "1|mark"),
      ]),
    Module(
      name: "DSCP", isTarget: true, place: "mangle OUTPUT",
      options: [("set-dscp", "0|0x3f|0x40|x"), ("set-dscp-class", "EF|cs8")]),
    Module(
      name: "TTL", isTarget: true, families: "4", place: "mangle OUTPUT",
      options: [("ttl-set", byte), ("ttl-dec", byte), ("ttl-inc", byte)]),
    Module(
      name: "HL", isTarget: true, families: "6", place: "mangle OUTPUT",
      options: [("hl-set", byte), ("hl-dec", byte), ("hl-inc", byte)]),
    Module(
      name: "HMARK", isTarget: true, place: "mangle PREROUTING", base: "--hmark-mod 10 --hmark-rnd 1",
      options: [
        ("hmark-tuple", "src,dst|ct,src|x"), ("hmark-offset", "0|10000"), ("hmark-src-prefix", "24"),
        ("hmark-sport-mask", "0xffff|65536"),
      ]),
    Module(
      name: "LOG", isTarget: true,
      options: [
        ("log-prefix", "foo|\"a b: \"|\"\"|\"it's\""), ("log-level", "0|7|8|debug|warning|warn|emerg|x"),
        ("log-tcp-sequence", ""),
        ("log-ip-options", ""), ("log-uid", ""),
      ]),
    Module(
      name: "MARK", isTarget: true, place: "mangle OUTPUT",
      options: [("set-xmark", mark), ("set-mark", mark), ("and-mark", "1|x"), ("or-mark", "1"), ("xor-mark", "1")]),
    Module(
      name: "NFLOG", isTarget: true,
      options: [
        ("nflog-group", "0|1|65535|65536"), ("nflog-prefix", "foo|\"a b\""), ("nflog-size", "0|1"),
        ("nflog-threshold", "0|1|65536"),
      ]),
    Module(
      name: "NFQUEUE", isTarget: true,
      options: [
        ("queue-num", word), ("queue-balance", "0:5|5:0|0:65536|x|5"), ("queue-bypass", ""), ("queue-cpu-fanout", ""),
      ]),
    Module(
      name: "REJECT", isTarget: true, families: "4",
      options: [
        ("reject-with", "icmp-net-unreachable|icmp-port-unreachable|net-unreach|tcp-reset|x|icmp6-no-route|echo-reply")
      ]),
    Module(
      name: "REJECT", isTarget: true, families: "6",
      options: [
        (
          "reject-with",
          "icmp6-no-route|icmp6-adm-prohibited|adm-prohibited|icmp6-policy-fail|tcp-reset|x|icmp-net-unreachable"
        )
      ]),
    Module(
      name: "SYNPROXY", isTarget: true, head: "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN",
      options: [("sack-perm", ""), ("timestamp", ""), ("wscale", "0|7|14"), ("mss", "0|1460")]),
    Module(
      name: "TCPMSS", isTarget: true, place: "mangle FORWARD", head: "-p tcp -m tcp --tcp-flags SYN,RST SYN",
      options: [("set-mss", "0|1|65536|x"), ("clamp-mss-to-pmtu", "")]),
    Module(
      name: "TCPOPTSTRIP", isTarget: true, place: "mangle PREROUTING", head: "-p tcp",
      options: [("strip-options", "2,3,4|mss,sack,wscale|md5|x|255|256|0")]),
    Module(
      name: "TEE", isTarget: true, families: "4", place: "mangle PREROUTING",
      options: [("gateway", "1.1.1.1|x"), ("oif", "lo")]),
    Module(
      name: "TOS", isTarget: true, place: "mangle OUTPUT",
      options: [
        ("set-tos", "0x1f|0x1f/0x1f|Minimize-Delay|256|x"), ("and-tos", "0x0c|256"), ("or-tos", "0x12"),
        ("xor-tos", "0x14"),
      ]),
    Module(
      name: "TPROXY", isTarget: true, families: "4", place: "mangle PREROUTING", head: "-p tcp",
      base: "--on-port 12345",
      options: [("on-ip", "1.2.3.4|x"), ("tproxy-mark", "0x1/0x1|1|x")]),
    Module(
      name: "SNAT", isTarget: true, families: "4", place: "nat POSTROUTING", head: "-p tcp",
      options: [
        (
          "to-source",
          "1.1.1.1|1.1.1.1-1.1.1.10|1.1.1.1:1025|1.1.1.1:1025-65535|1.1.1.1:65536|1.1.1.1:5-1|:80|x|1.1.1.1:|::1"
        ),
        ("random", ""), ("random-fully", ""), ("persistent", ""),
      ]),
    Module(
      name: "DNAT", isTarget: true, families: "4", place: "nat PREROUTING", head: "-p tcp",
      options: [
        ("to-destination", "1.1.1.1|1.1.1.1-1.1.1.10|1.1.1.1:1025|1.1.1.1:5-1|1.1.1.1:1000-2000/1000|:80|x"),
        ("random", ""),
        ("persistent", ""),
      ]),
    Module(
      name: "DNAT", isTarget: true, families: "6", place: "nat PREROUTING", head: "-p tcp",
      options: [
        (
          "to-destination",
          "2001:db8::1|[2001:db8::1]:80|[2001:db8::1-2001:db8::9]:80-90|[2001:db8::1]:65536|[2001:db8::1|1.1.1.1|x"
        )
      ]),
    Module(
      name: "MASQUERADE", isTarget: true, place: "nat POSTROUTING", head: "-p tcp",
      options: [("to-ports", "42|42-43|43-42|65536|x|1/2"), ("random", ""), ("random-fully", "")]),
    Module(
      name: "REDIRECT", isTarget: true, place: "nat PREROUTING", head: "-p tcp",
      options: [("to-ports", "42|42-43|43-42|65536|x|1/2"), ("random", "")]),
    Module(
      name: "NETMAP", isTarget: true, families: "4", place: "nat PREROUTING", options: [("to", "1.2.3.0/24|1.2.3.4|x")]),
    Module(
      name: "DNPT", isTarget: true, families: "6", place: "mangle PREROUTING",
      options: [("src-pfx", "dead::/64|dead::/65|x"), ("dst-pfx", "1c3::/48")]),
  ]

  struct Case {
    var isIPv6: Bool
    var table: String
    var rule: String
  }

  static func cases() -> [Case] {
    var result: [Case] = []
    for module in all {
      let words = module.place.split(separator: " ").map(String.init)
      for family in module.families {
        var bodies = [module.base]
        func option(_ name: String, _ value: Substring) -> String { "--\(name)" + (value.isEmpty ? "" : " \(value)") }
        for (name, values) in module.options {
          for value in values.split(separator: "|", omittingEmptySubsequences: false) {
            // The bars of a hexadecimal string part no values.
            guard name != "hex-string" else { continue }
            bodies.append(module.base + " " + option(name, value))
            bodies.append(module.base + " ! " + option(name, value))
          }
        }
        for (index, first) in module.options.enumerated() {
          for second in module.options[(index + 1)...] {
            let values = [first, second].map { $0.1.split(separator: "|").first ?? "" }
            bodies.append(module.base + " " + option(first.0, values[0]) + " " + option(second.0, values[1]))
          }
        }
        for body in bodies {
          let head = module.head.isEmpty ? "" : module.head + " "
          result.append(
            Case(
              isIPv6: family == "6", table: words[0],
              rule: "-A \(words[1]) \(head)\(module.isTarget ? "-j" : "-m") \(module.name) \(body)"))
        }
      }
    }
    return result
  }
}
