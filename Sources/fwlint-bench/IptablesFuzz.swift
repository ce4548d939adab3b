import Driver

/// What iptables-save and ipset-save texts are mutated with.
enum IptablesFuzz {
  static var run: FuzzRun {
    FuzzRun(
      language: "iptables", builtIn: dumps, fragments: fragments,
      nesting: ["! ", "1,", "-m tcp ", "\n-A INPUT ", "\\", "&&0=0"], takes: { isDump($0) },
      read: IptablesProbe.read)
  }

  static var ipset: FuzzRun {
    FuzzRun(
      language: "ipset", builtIn: sets, fragments: setFragments, nesting: ["1,", "\nadd s 10.0.0.", " nomatch", "-"],
      takes: { $0.contains("ipset") }, read: IptablesProbe.ipset)
  }

  private static func isDump(_ path: String) -> Bool {
    !path.contains("ipset")
      && [".v4", ".v6", ".txt", "-save", ".rules", ".iptables", ".dump", ".save"].contains { path.hasSuffix($0) }
  }

  private static let fragments = [
    "\n", "*filter\n", "*nat\n", "*mangle\n", "*raw\n", ":INPUT DROP [0:0]\n", ":c - [0:0]\n", "COMMIT\n",
    "[3:4] -A INPUT ", "-A INPUT ", "-A c ", "-I INPUT 1 ", "-D INPUT 1\n", "-R INPUT 1 ", "-X c\n", "-F\n", "-E c d\n",
    "-P INPUT DROP\n", "-N c\n", "-t nat ", "! ", "\"", "\\", "'", "#", "\r\n", "\u{0}", "\u{feff}", "é", ",", ":", "/",
    "-", "+", "=", "::1", "2001:db8::/32", "255.0.255.0", "0x", "-4 ", "-6 ", "-p tcp ", "-p udp ", "-p icmp ", "! -p ",
    "-s 10.0.0.0/8 ", "-d 1.2.3.4,5.6.7.8 ", "! -s ", "-i eth+ ", "-o lo ", "-f ", "-j ACCEPT", "-j ", "-g c",
    "-m tcp --dport 1:2 ", "-m multiport --dports 22,80:90 ", "-m conntrack --ctstate NEW ", "-m state --state ",
    "-m set --match-set s src,dst ", "-m limit --limit 3/sec ",
    "-m hashlimit --hashlimit-upto 5/min --hashlimit-name h ", "-m recent --set --name r --rsource ",
    "-m time --timestart 10:00 ", "-m string --string \"a\" --algo bm ", "-m string --hex-string \"|41|\" --algo kmp ",
    "-m u32 --u32 \"0=0\" ", "-m bpf --bytecode \"1,6 0 0 1\" ", "-m comment --comment \"a \\\" b\" ",
    "-m mark --mark 0x1/0xff ", "-m iprange --src-range 1.1.1.1-2.2.2.2 ", "-m addrtype --dst-type LOCAL ",
    "-m statistic --mode random --probability 0.5 ", "-m statistic --mode nth --every 3 ",
    "-m policy --dir in --pol ipsec ", "-m rt --rt-type 0 ", "-m frag --fragid 1 ", "-m ipv6header --header esp ",
    "-m dccp --dccp-types DATA ", "-m sctp --chunk-types any DATA:Be ", "-m icmp --icmp-type 3/1 ",
    "-m icmp6 --icmpv6-type 128 ", "-m dscp --dscp-class EF ", "-m tos --tos 0x10 ",
    "-m connlimit --connlimit-above 3 ", "-m connbytes --connbytes 1:2 --connbytes-dir both --connbytes-mode packets ",
    "-m owner --uid-owner 0 ", "-m mac --mac-source 00:11:22:33:44:55 ", "-m osf --genre Linux ",
    "-m nfacct --nfacct-name x ", "-m rpfilter --loose ", "-m tcp --tcp-flags SYN,ACK SYN ", "--tcp-option 5 ",
    "-j REJECT --reject-with tcp-reset", "-j LOG --log-prefix \"x\" ", "-j NFLOG --nflog-group 1 ",
    "-j DNAT --to-destination 1.2.3.4:80-90 ", "-j SNAT --to-source 1.2.3.4-1.2.3.9 --random ",
    "-j MASQUERADE --to-ports 1-2", "-j REDIRECT --to-ports 80", "-j NETMAP --to 10.0.0.0/8",
    "-j MARK --set-xmark 0x1/0xff", "-j CONNMARK --save-mark ", "-j CT --notrack", "-j CT --ctevents new ",
    "-j TCPMSS --clamp-mss-to-pmtu", "-j TTL --ttl-set 3", "-j SYNPROXY --mss 1 ", "-j TEE --gateway 1.2.3.4",
    "-j NFQUEUE --queue-balance 0:3", "-j TPROXY --on-port 1 ", "-j SET --add-set s src --exist",
    "-j CLASSIFY --set-class 1:2", "-j HMARK --hmark-tuple src --hmark-mod 1 ", "-j DSCP --set-dscp 1",
    "-j TOS --set-tos 0x1/0x2", "-j IDLETIMER --timeout 1 --label x", "-j AUDIT --type accept", "-j SECMARK --selctx a",
    "-m cgroup --path /a ", "-m cluster --cluster-total-nodes 2 ", "-m devgroup --src-group 1 ",
    "-m physdev --physdev-in a ", "-m socket --transparent ", "-m quota --quota 1 ", "-m ecn --ecn-ip-ect 1 ",
    "-m helper --helper ftp ", "-m ttl --ttl-lt 1 ", "-m length --length 1:2 ", "-m esp --espspi 1 ",
    "-m ah --ahspi 1 ", "-m realm --realm 1/2 ", "-c 1 2 ", "--",
  ]

  private static let setFragments = [
    "\n", "create s ", "create t hash:net,port,net family inet6\n", "create u list:set size 8\n", "add s ", "add t ",
    "del s ", "-exist", "flush s\n", "destroy s\n", "rename s t\n", "swap s t\n", "hash:ip", "hash:net", "hash:mac",
    "hash:ip,mac", "hash:net,net", "hash:ip,port", "hash:net,port", "hash:ip,port,ip", "hash:ip,port,net",
    "hash:ip,mark", "hash:net,iface", "bitmap:ip range 10.0.0.0/16", "bitmap:port range 0-1024",
    "bitmap:ip,mac range 10.0.0.0/24", "list:set", " family inet6", " netmask 24", " bitmask 255.255.0.0",
    " markmask 0xff", " timeout 0", " nomatch", " comment \"a b\"", " counters", " packets 1 bytes 2", " wildcard",
    "physdev:eth0", "10.0.0.0/8", "10.0.0.1-10.0.0.9", "2001:db8::/32", "tcp:80", "udp:1-9", "icmp:echo-request",
    "vrrp:0", "00:11:22:33:44:55", ",", "/", "-", "#", "\"", "\r\n", "\u{0}", "\u{feff}", "é", "/0", "/33", " before s",
    " after s",
  ]

  private static let dumps = [
    """
    *nat
    :PREROUTING ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    -A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8080
    -A POSTROUTING -s 10.0.0.0/8 ! -o lo -j MASQUERADE
    COMMIT
    *filter
    :INPUT DROP [0:0]
    :FORWARD ACCEPT [0:0]
    :c - [0:0]
    -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    [5:300] -A INPUT -s 10.0.0.0/8 ! -i eth+ -p tcp -m multiport --dports 22,80:90 -m comment --comment "a \\" b" -g c
    -A c -m limit --limit 5/min -j LOG --log-prefix "drop: "
    -A c -p icmp -m icmp --icmp-type 8 -j RETURN
    -A c -j REJECT --reject-with icmp-port-unreachable
    COMMIT

    """,
    "-P INPUT DROP\n-N c\n-A INPUT -p udp --dport 53 -j c\n-A c -s 1.2.3.4,5.6.7.0/255.0.255.0 -j ACCEPT\n",
    "*filter\n:INPUT DROP [0:0]\n-A INPUT -s fe80::/10 -p ipv6-icmp -m icmp6 --icmpv6-type 135 -m hl --hl-eq 255 -j ACCEPT\nCOMMIT\n",
  ]

  private static let sets = [
    """
    create s hash:net family inet hashsize 1024 maxelem 65536
    add s 10.0.0.0/8
    add s 10.1.0.0/16 nomatch
    create t hash:ip,port,ip family inet hashsize 1024 maxelem 65536 timeout 300
    add t 10.0.0.1,tcp:80,10.0.0.2 timeout 100
    create u hash:net,iface family inet hashsize 64 maxelem 65536
    add u 0.0.0.0/0,physdev:eth0

    """,
    "create s bitmap:port range 0-1024\nadd s 22-80\ndel s 23\ncreate u hash:ip,mark family inet6\nadd u ::1,0xff\n",
    "create a hash:ip\nadd a 10.0.0.1-10.0.0.9\ncreate s list:set size 8\nadd s a\n",
  ]
}
