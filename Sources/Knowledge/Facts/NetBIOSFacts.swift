extension FactTable {
  /// NetBIOS and share worms.
  static let netbiosFacts: [Fact] = [
    Fact(
      ["LS030"], "137/udp from the Internet",
      [.port(137, .udp), .word("netbios")],
      means: "Background radiation: nearly all of it means no harm; in January 2003 it was mostly share worms.",
      advice: "Drop it without logging.",
      today: "Dated."),
    Fact(
      ["LE032"], "why Windows asks port 137",
      [.port(137, .udp), .word("netbios")],
      means: """
        To find the name of an address Windows asks DNS, WINS, the machine itself (node status) and the hosts \
        file; any program that wants a name sets it off.
        """,
      advice: "Nothing to do.",
      today: "Dated: since Vista it does so far less."),
    Fact(
      ["LE033"], "asked although no Windows is here",
      [.port(137, .udp), .word("netbios")],
      means: "The asker knows only your address, not your system.",
      advice: "Nothing to do.",
      today: "Holds."),
    Fact(
      ["LE034"], "who triggers it",
      [.port(137, .udp), .word("netbios")],
      means: """
        `ping -a`, `tracert`, a web server that logs names, a log analyser at night, IRC and ICQ, personal \
        firewalls.
        """,
      advice: "Look at the times: a nightly heap is a log analyser.",
      today: "Dated."),
    Fact(
      ["LS031"], "137 to 137, LEN=78, three times",
      [.port(137, .udp), .sourcePort(137, .udp), .word("netbios")],
      means: """
        A node status query of Windows, for the name `*` (written CKAAA…): 50 bytes of data, sent three times \
        1.5 seconds apart.
        """,
      advice: "Name it node status.",
      today: "Holds: the packet is the same today."),
    Fact(
      ["LE035"], "DNS first, then NetBIOS",
      [.port(137, .udp), .word("netbios")],
      means: "If DNS says no, the NetBIOS query comes at once; if DNS is silent, after 14 seconds.",
      advice: "The gap tells which it was.",
      today: "Dated."),
    Fact(
      ["LS032"], "more and more 137/udp from your visitors",
      [.port(137, .udp), .word("netbios"), .word("reverse-dns")],
      means: """
        Their machines look for your name: your reverse zone is slow, missing, or not delegated (RFC 2317).
        """,
      advice: "Mend reverse DNS, so that it answers well within 14 seconds.",
      today: "Holds as advice on DNS."),
    Fact(
      ["LS033"], "137/udp, then 139/tcp from one source",
      [.port(137, .udp), .port(139, .tcp), .word("netbios"), .word("share-worms")],
      means: """
        A search for open shares by a program such as Legion, or by a worm (ExploreZip, Network.VBS, 911, \
        Alevrius).
        """,
      advice: "Drop both.",
      today: "Dated.",
      see: ["EXPOSE001"]),
    Fact(
      ["LS034"], "137/udp and no 139 after it",
      [.port(137, .udp), .word("netbios"), .word("share-worms")],
      means: "A worm that goes on only when the name query is answered.",
      advice: "Name it a share worm and drop it.",
      today: "Dated."),
    Fact(
      ["LS035"], "139, 445 and 80 from one source",
      [.port(139, .tcp), .port(445, .tcp), .port(80, .tcp), .word("worms")],
      means: "A worm for Windows NT and later, which tries Administrator and the share C$.",
      advice: "Drop it, and block it on the way out too.",
      today: "Dated names; SMB worms are not over.",
      see: ["EXPOSE001"]),
    Fact(
      ["LE036"], "worms in the Network Neighbourhood",
      [.word("worms"), .word("share-worms"), .port(139, .tcp)],
      means: "A worm that asks Windows for its neighbours never crosses the border.",
      advice: "Look at the hosts' logs; the firewall sees nothing.",
      today: "Holds: today it is called lateral movement."),
  ]
}
