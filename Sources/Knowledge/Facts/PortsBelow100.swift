extension FactTable {
  /// Destination ports below 100 that the FAQ speaks of.
  static let portsBelow100: [Fact] = portsBelow1001 + portsBelow1002

  /// Part 1 of `portsBelow100`; a part stays small for the type checker.
  private static let portsBelow1001: [Fact] = [
    Fact(
      ["P001"], "port ranges",
      [
        .portRange(0...1023), .portRange(1024...49151), .portRange(49152...65535), .word("port-ranges"), .word("ports"),
      ],
      means: """
        Ports up to 1023 (system ports) are tied closely to one service; 1024 to 49151 (user ports) are \
        registered but used freely; 49152 to 65535 (dynamic ports) belong to no service.
        """,
      advice: """
        Trust the name of a port below 1024, take one above it as a guess, and look at the other end's port \
        before naming a high one.
        """,
      today: """
        Holds (RFC 6335). The range from which clients choose differs by system: Linux takes 32768 to 60999, \
        Windows, macOS and the BSDs 49152 to 65535.
        """),
    Fact(
      ["P002"], "port 0",
      [.port(0, .both)],
      means: """
        No service can listen on port 0. A packet for it is made by hand, usually to see how a system's stack \
        answers such nonsense (fingerprinting).
        """,
      advice: "Drop it. Nothing legitimate is lost.",
      today: """
        Holds. Some log readers print 0 where a packet has no ports at all, above all for fragments after the \
        first: look for `FRAG:` before calling it a scan.
        """),
    Fact(
      ["LS001"], "ACK to address 0.0.0.0, port 0",
      [.port(0, .tcp), .prefix("0.0.0.0/32"), .word("zero-address-scan")],
      means: """
        A TCP segment with ACK set for 0.0.0.0 port 0 in a broadcast Ethernet frame was the mark of one \
        particular fingerprinting tool.
        """,
      advice: """
        Ignore it, unless the sender's MAC address belongs to a machine on your own segment: then look at that \
        machine.
        """,
      today: """
        Dated: the tool is gone, and Linux discards a packet for 0.0.0.0 before the input hook, so a rule there \
        never sees it.
        """),
    Fact(
      ["P003"], "port 1/tcp (tcpmux)",
      [.port(1, .tcp)],
      means: """
        The TCP port multiplexer. Scanners asked for it because SGI Irix switched it on by default and shipped \
        accounts without passwords.
        """,
      advice: "Drop it; nobody needs it.",
      today: "Dated: Irix is gone. The port still turns up in scans that simply start at 1."),
    Fact(
      ["P004"], "port 7/udp (echo)",
      [.port(7, .udp), .port(7, .tcp)],
      means: """
        The echo service sends back what it receives. With a forged source it becomes an amplifier (fraggle), or \
        an endless loop with chargen.
        """,
      advice: "Keep the service off, and drop the port.",
      today: "Holds as a principle; the service itself has almost died out.",
      see: ["BCAST005"]),
    Fact(
      ["LS002"], "7/udp to a subnet's .0 or .255",
      [.port(7, .udp), .word("fraggle"), .word("amplifier-search")],
      means: """
        Someone looks for networks that answer UDP echo sent to their broadcast address, to use them as fraggle \
        amplifiers.
        """,
      advice: "Do not forward directed broadcasts, and switch the echo service off.",
      today: """
        Superseded: routers have refused directed broadcasts by default since RFC 2644, and Linux keeps \
        `bc_forwarding` off.
        """,
      see: ["BCAST001"]),
    Fact(
      ["LE001"], "7/tcp towards name servers",
      [.port(7, .tcp), .word("load-balancer")],
      means: """
        An advertising network timed the way to a client's DNS server by opening TCP echo, so as to choose the \
        nearest mirror.
        """,
      advice: "Nothing to do; the prober meant no harm.",
      today: """
        Dated: that load balancer is no longer sold. Today's latency probes use ports 53, 80, 443 or ping.
        """),
    Fact(
      ["LE002"], "udp 3130 to 7",
      [.port(7, .udp), .sourcePort(3130, .udp), .word("source-ping")],
      means: """
        A Harvest or Squid cache with `source_ping` pings the origin server by UDP echo from its ICP port, 3130.
        """,
      advice: "Harmless. If the cache is yours, switch `source_ping` off.",
      today: "Dated: the option was removed from Squid long ago."),
    Fact(
      ["P005"], "port 11/tcp (systat)",
      [.port(11, .tcp), .port(11, .udp)],
      means: """
        The systat service lists the processes of a machine, with their arguments, to anybody who connects.
        """,
      advice: "It must not be reachable; remove it from inetd.",
      today: "Dated: hardly any system still has it."),
    Fact(
      ["LE003"], "\"ICMP port 11\" in a log",
      [.port(11, .tcp), .icmp(11), .word("icmp-port")],
      means: """
        Some loggers write the ICMP type where others write a port. "Port 11" of ICMP is type 11, time exceeded, \
        not systat.
        """,
      advice: "Read the number as the ICMP type.",
      today: """
        Holds for every log format without type and code of its own; netfilter prints `TYPE=` and `CODE=`.
        """),
    Fact(
      ["P006"], "port 19 (chargen)",
      [.port(19, .both)],
      means: """
        Chargen sends an endless stream of characters: over UDP it answers a small forged packet with a large \
        one, and paired with echo it never stops.
        """,
      advice: "Never let it be reached from outside.",
      today: """
        Holds: it is still abused as a reflector; US-CERT TA14-017A puts its amplification near 358 times.
        """,
      see: ["BCAST005"]),
    Fact(
      ["LS003"], "19/udp to a broadcast address",
      [.port(19, .udp), .word("fraggle"), .word("amplifier-search")],
      means: "The chargen form of fraggle: every host of the subnet is asked to flood the forged source.",
      advice: "As for echo: no directed broadcasts, no chargen.",
      today: "Holds as a principle, though such hosts are rare now.",
      see: ["BCAST001"]),
    Fact(
      ["P007"], "port 21/tcp (ftp)",
      [.port(21, .tcp)],
      means: """
        Searches for FTP servers that let anonymous users write, to store pirated files there; later also for \
        holes in the servers.
        """,
      advice: """
        Do not offer plain FTP. Where it must be, allow the data connections through conntrack's ftp helper \
        bound to that server, not by a port range.
        """,
      today: """
        Holds as advice; the motive has changed, since password theft and server holes replaced the file \
        swappers.
        """,
      see: ["EXPOSE003", "STATE007"]),
    Fact(
      ["P008"], "port 22/tcp (ssh)",
      [.port(22, .tcp)],
      means: "Secure Shell. Scanners look for old versions and, above all, try passwords without end.",
      advice: """
        Accept it from known addresses only where you can, use keys instead of passwords, and limit new \
        connections.
        """,
      today: "Holds: guessing passwords has taken the place of most exploits.",
      see: ["EXPOSE007"]),
    Fact(
      ["LE004"], "one host collects keys at 22/tcp",
      [.port(22, .tcp), .word("ssh-keyscan")],
      means: """
        A sweep of port 22 through your domain from a friendly network may only be a collector of SSH host keys.
        """,
      advice: "Harmless.",
      today: """
        Dated: the script `make-ssh-known-hosts` gave way to `ssh-keyscan` and SSHFP records, which look the \
        same in a log.
        """),
    Fact(
      ["P009"], "port 22/udp (pcAnywhere)",
      [.port(22, .udp)],
      means: """
        SSH has no UDP. Old pcAnywhere looked for hosts at port 22 as well as 5632: both are the number 0x1600, \
        with the bytes swapped.
        """,
      advice: "Call it pcAnywhere and drop it.",
      today: "Dated: the product ended in 2014."),
    Fact(
      ["P010"], "port 23/tcp (telnet)",
      [.port(23, .tcp)],
      means: """
        Telnet carries passwords in the clear. It is probed for banners and for default passwords, mostly those \
        of network devices.
        """,
      advice: "Never let it be reached from outside; use SSH.",
      today: """
        Holds, and worse than before: since the Mirai family of 2016, 23 and 2323 are among the most probed \
        ports of all.
        """,
      see: ["EXPOSE003"]),
    Fact(
      ["P011"], "port 25/tcp (smtp)",
      [.port(25, .tcp)],
      means: "Spammers look for open relays, and attackers for holes in mail servers.",
      advice: """
        Let it be reached only on real mail exchangers, and test that they refuse to relay for strangers.
        """,
      today: "Holds."),
    Fact(
      ["P012"], "port 53/udp (dns)",
      [.port(53, .udp)],
      means: """
        Queries for `version.bind` and exploit packets try what a name server is and whether it can be broken.
        """,
      advice: """
        Accept it only on servers that answer for your zones; a resolver must answer your own clients alone.
        """,
      today: "Holds; today the usual motive is amplification through open resolvers.",
      see: ["SRC007", "BCAST005"]),
    Fact(
      ["P013"], "port 53/tcp (dns)",
      [.port(53, .tcp)],
      means: "Connections to TCP 53 were read as attempts to transfer whole zones.",
      advice: """
        Restrict transfers in the server (by key or address), and let TCP 53 through to every name server.
        """,
      today: """
        Superseded: RFC 7766 makes TCP mandatory for DNS, and large answers fail without it, so blocking it is a \
        fault of its own.
        """,
      see: ["SRC005"]),
    Fact(
      ["RC001"], "port 53 opened wide",
      [.port(53, .both), .word("dns-tunnel")],
      means: """
        An accept for port 53 wider than the name service needs is a ready tunnel: attackers send anything they \
        like through it.
        """,
      advice: "Name the servers in the rule and let conntrack accept the answers.",
      today: "Holds.",
      see: ["SRC001"]),
    Fact(
      ["RC002"], "trust in source port 53",
      [.sourcePort(53, .udp), .sourcePort(53, .tcp), .port(53, .udp), .word("source-port-53")],
      means: """
        A rule that accepts whatever comes from port 53 takes every packet for an answer to a query. The sender \
        chooses its source port, so this opens all UDP ports to everybody.
        """,
      advice: "Delete the rule; `ct state established` accepts true answers.",
      today: "Holds; it is among the oldest faults and still found.",
      see: ["SRC001"]),
    Fact(
      ["P014"], "ports 67/udp and 68/udp (dhcp)",
      [.port(67, .udp), .port(68, .udp)],
      means: """
        Machines on the same segment ask for addresses by broadcast: 67 is the server's port (bootps), 68 the \
        client's (bootpc).
        """,
      advice: "Let your own client and server talk, and drop the neighbours' requests without logging them.",
      today: "Corrected: the FAQ exchanges the two names. Otherwise it holds.",
      see: ["EXPOSE009"]),
    Fact(
      ["AD001"], "255.255.255.255 port 67/udp",
      [.port(67, .udp), .prefix("255.255.255.255/32")],
      means: """
        A neighbour without an address asks for one. Such a broadcast never crosses a router, so the sender is \
        on your segment.
        """,
      advice: "Drop it before the rule that logs.",
      today: "Holds."),
    Fact(
      ["LE005"], "holes in DHCP servers",
      [.port(67, .udp)],
      means: """
        Overflows in ISC dhcpd (advisory CA-2003-01) could draw probes to the server's port from outside.
        """,
      advice: "Accept port 67 on the inside interface only.",
      today: "Dated: fixed in 2003; the advice costs nothing and stays right."),
  ]

  /// Part 2 of `portsBelow100`; a part stays small for the type checker.
  private static let portsBelow1002: [Fact] = [
    Fact(
      ["P015"], "port 69/udp (tftp)",
      [.port(69, .udp)],
      means: "A boot-file server without any login: many hand out, or accept, whatever file is named.",
      advice: "Never let it be reached from outside.",
      today: "Holds: router configurations are stolen over it, and it reflects floods.",
      see: ["EXPOSE003"]),
    Fact(
      ["P016"], "port 79/tcp (finger)",
      [.port(79, .tcp)],
      means: """
        Finger tells who has an account and who is logged in, betrays the system, and can relay a question to \
        another host.
        """,
      advice: "Do not offer it.",
      today: "Dated: few systems still run it."),
    Fact(
      ["P017"], "port 80/tcp (http)",
      [.port(80, .tcp)],
      means: "On a web server this is its work. Elsewhere it is worms and crawlers looking for one.",
      advice: "Expect it at a web server; treat it as background noise anywhere else.",
      today: "Holds: botnets do today what Code Red and Nimda did."),
    Fact(
      ["P018"], "port 98/tcp (linuxconf)",
      [.port(98, .tcp)],
      means: "A web page to administer Linux, full of holes in its day.",
      advice: "Never let an administration page be reached from outside.",
      today: "Dated: linuxconf is gone. Read the advice for Webmin at 10000 and Cockpit at 9090.",
      see: ["EXPOSE003"]),
  ]
}
