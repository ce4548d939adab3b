extension FactTable {
  /// What the sender's port tells.
  static let sourcePorts: [Fact] = [
    Fact(
      ["SP002"], "source ports 1 to 1023",
      [.sourcePorts(1...1023, .both)],
      means: """
        Low source ports come from servers that answer, from a few services that call from a fixed port, and \
        from NAT, which minds no convention.
        """,
      advice: "Do not filter by them.",
      today: "Holds.",
      see: ["SRC003"]),
    Fact(
      ["SP003"], "source ports 1024 to 5000",
      [.sourcePorts(1024...5000, .both)],
      means: "Where the clients of the time got their ports from: a plain client.",
      advice: "Nothing to do.",
      today: "Dated: Linux clients take 32768 to 60999, Windows, macOS and the BSDs 49152 to 65535.",
      see: ["SRC009"]),
    Fact(
      ["SP004"], "tcp source ports 1 to 5",
      [.sourcePorts(1...5, .tcp), .word("sscan")],
      means: "The part of an sscan run that tries to tell your operating system.",
      advice: "Drop it.",
      today: "Dated."),
    Fact(
      ["SP005"], "tcp source port 20 (ftp-data)",
      [.sourcePort(20, .tcp)],
      means: "A server opens the data connection of active FTP.",
      advice: """
        Let conntrack's ftp helper relate it. A rule that accepts source port 20 lets anybody in who chooses \
        that port.
        """,
      today: "Holds.",
      see: ["SRC008"]),
    Fact(
      ["SP006"], "source port 53",
      [.sourcePort(53, .udp), .sourcePort(53, .tcp)],
      means: "An answer to a DNS query; from 53 to 53, two name servers of the old kind.",
      advice: "Let conntrack accept it as established.",
      today: "Holds; 53 to 53 is dated, since RFC 5452 wants random source ports.",
      see: ["SRC001"]),
    Fact(
      ["SP007"], "udp source port 123 (ntp)",
      [.sourcePort(123, .udp)],
      means: "A time server answers, or broadcasts.",
      advice: "Let conntrack accept it.",
      today: "Holds; many large ones are a reflected flood.",
      see: ["SRC002"]),
    Fact(
      ["SP008"], "udp ports 27910 to 27961",
      [.sourcePorts(27910...27961, .udp), .ports(27910...27961, .udp)],
      means: "A game server of the Quake family.",
      advice: "Harmless.",
      today: "Dated."),
    Fact(
      ["SP009"], "source ports from 61000 up",
      [.sourcePorts(61000...65535, .both)],
      means: "The sender sat behind Linux IP masquerading (kernels 2.0 and 2.2 used 61000 to 65095).",
      advice: "A NAT client; nothing to do.",
      today: "Dated: NAT now keeps the client's own port where it can."),
    Fact(
      ["SP010"], "dns queries from below 1024",
      [.sourcePorts(1...1023, .udp), .port(53, .udp), .word("nat-source-port")],
      means: """
        NAT may give a client any port, low ones too: the old idea of reserved ports does not survive it.
        """,
      advice: "Accept it.",
      today: "Holds.",
      see: ["SRC003"]),
    Fact(
      ["RC005"], "source ports below 1024 dropped",
      [.sourcePorts(1...1023, .both), .word("source-port-filter")],
      means: """
        Such a rule cuts off clients behind NAT, of DNS above all, and protects nothing, since the sender picks \
        the port.
        """,
      advice: "Delete the rule.",
      today: "Holds.",
      see: ["SRC003"]),
    Fact(
      ["SP011"], "dns queries from port 53",
      [.sourcePort(53, .udp), .port(53, .udp)],
      means: "Many resolvers of the time asked from port 53 itself.",
      advice: "Accept answers by state, and queries by destination only.",
      today: "Superseded: RFC 5452 asks for random source ports; a fixed 53 is now a fault.",
      see: ["SRC004"]),
    Fact(
      ["RC006"], "dns forced out through port 53",
      [.sourcePort(53, .udp), .word("dns-source-port")],
      means: "The FAQ proposed to send all DNS through one proxy that asks from port 53.",
      advice: "Never fix the source port of queries.",
      today: """
        Superseded: after 2008 (Kaminsky) a fixed port is an invitation to poison the cache; see RFC 5452 and \
        RFC 6056.
        """,
      see: ["SRC004"]),
    Fact(
      ["SP012"], "source port above 1023 to 137/udp",
      [.port(137, .udp), .word("netbios")],
      means: """
        Not Windows itself, which asks from 137: Samba, a scanner, or the firewall BlackICE (which asked after \
        15, 30 and 60 seconds).
        """,
      advice: "Call it Samba or a scan.",
      today: "Holds."),
    Fact(
      ["SP013"], "udp source port 4000 (ICQ)",
      [.sourcePort(4000, .udp)],
      means: "An ICQ server answers a client; the port that means something is the sender's.",
      advice: "Judge by the end that names the service.",
      today: "Dated service; the rule of thumb holds."),
    Fact(
      ["LE039"], "which end names the service",
      [.word("significant-port"), .sourcePort(4000, .udp), .portRange(49152...65535)],
      means: "In each pair of ports one belongs to the service and the other, high and random, to the client.",
      advice: "Find the significant end first: it may be the source.",
      today: "Holds."),
  ]
}
