extension FactTable {
  /// Scans and other patterns of several packets.
  static let scanFacts: [Fact] = [
    Fact(
      ["LS004"], "the same ports from many sources (decoy scan)",
      [.word("decoy"), .word("decoy-scan"), .word("scan")],
      means: "One scanner hides among forged senders that all seem to ask for the same ports.",
      advice: "Compare the TTLs, and look for a sender that came by earlier.",
      today: "Holds (`nmap -D`); a botnet that shares the work looks just the same."),
    Fact(
      ["TI001"], "ping the suspects",
      [.ttl, .word("decoy"), .word("decoy-scan")],
      means: """
        The reply of the true sender comes with about the TTL that was logged; a forged sender's does not.
        """,
      advice: "Take it as a hint only.",
      today: "Dated: scanners vary the TTL, and the ways there and back differ."),
    Fact(
      ["LE010"], "decoys are strangers",
      [.word("decoy"), .word("decoy-scan")],
      means: "A forged address has never spoken with you; the scanner has often looked around before.",
      advice: "Search the older logs for the same /24.",
      today: "Holds."),
    Fact(
      ["LE011"], "probes for trojans on a clean host",
      [.word("trojan"), .word("trojans"), .word("backdoor")],
      means: "The sender looks for machines that somebody else infected. The probe itself infects nobody.",
      advice: "Ignore it, unless something listens: `ss -ltnup`.",
      today: "Holds as a principle."),
    Fact(
      ["LS005"], "probes right after joining IRC",
      [.port(1080, .tcp), .port(3128, .tcp), .port(8080, .tcp), .port(23, .tcp), .word("irc"), .word("proxy-check")],
      means: "The chat network makes sure that you are no open proxy.",
      advice: "Reject them; they mean well.",
      today: "Holds: Libera and OFTC still check.",
      see: ["REJ007"]),
    Fact(
      ["LE012"], "a chat partner scans you",
      [.word("irc")],
      means: "Some users try to bounce through others, or to throw them out.",
      advice: "Ignore it.",
      today: "Holds."),
    Fact(
      ["LS024"], "equal source and destination ports 23, 25, 110, 143, 80",
      [.word("sscan"), .word("scan"), .port(23, .tcp), .port(25, .tcp), .port(110, .tcp), .port(143, .tcp)],
      means: "The scanner sscan asks with an ACK whether the host is up, from each port to the same port.",
      advice: "Name it sscan (or its ancestor mscan) and drop it.",
      today: "Dated."),
    Fact(
      ["LS025"], "23 25 110 143 80 111 6000 79 53 31337 139 21 1114 1 from one source",
      [.word("sscan"), .word("scan"), .port(1114, .tcp), .port(79, .tcp)],
      means: "The part of sscan that looks for services. The multiplexer, port 1, comes late.",
      advice: "With eight or more of the set, name it sscan.",
      today: "Dated."),
    Fact(
      ["LS026"], "source ports 1 to 5",
      [
        .sourcePort(1, .tcp), .sourcePort(2, .tcp), .sourcePort(3, .tcp), .sourcePort(4, .tcp), .sourcePort(5, .tcp),
        .word("sscan"), .word("scan"),
      ],
      means: "The part of sscan that wants to know the system.",
      advice: "Name it sscan.",
      today: "Dated."),
    Fact(
      ["LE028"], "reports that sort the ports",
      [.word("scan"), .word("alert-lists")],
      means: "A list of distinct ports in order hides in which order they came, and how often.",
      advice: "Keep the order of the log; it names the tool.",
      today: "Holds."),
    Fact(
      ["LS027"], "80, 8080 and 3128 within a minute (RingZero)",
      [.port(80, .tcp), .port(8080, .tcp), .port(3128, .tcp), .word("ringzero"), .word("proxy-scan")],
      means: "The RingZero trojan looked for proxies with these three probes.",
      advice: "Name it a proxy scan and refuse it.",
      today: "The trojan is dated; the scan is not.",
      see: ["EXPOSE005"]),
    Fact(
      ["LE025"], "scans with a business purpose",
      [.word("scan"), .word("researchers"), .word("doubleclick")],
      means: "DoubleClick timed networks, and Cyveillance searched for copies of its clients' works.",
      advice: "Keep a list of known senders.",
      today: "Dated names; today they are Censys, Shodan, Shadowserver and universities."),
    Fact(
      ["LE027"], "firewalk",
      [.word("firewalk"), .word("traceroute"), .word("scan")],
      means: "A traceroute that ends one hop behind your filter, and so shows which ports it lets pass.",
      advice: "Treat probes whose TTL ends here all alike.",
      today: "Holds."),
    Fact(
      ["LE031"], "passive fingerprinting",
      [.word("fingerprinting"), .word("p0f"), .ttl, .ipID],
      means: "TTL, window, options and IDs of a packet betray the system that sent it, without a question.",
      advice: "The tool p0f does it.",
      today: "Holds."),
    Fact(
      ["LE038"], "is it meant for me?",
      [.word("background"), .word("noise"), .word("scan")],
      means: "Nearly all of it goes to every address there is.",
      advice: "Don't panic; look at what is open instead.",
      today: "Holds."),
    Fact(
      ["LS038"], "a new address, and many sources want one port",
      [.word("inherited-address"), .word("noise")],
      means: "Partners of the address's last holder: file sharing, chat, games, or SubSeven at 6776.",
      advice: "Ignore it; within hours it gets less.",
      today: "Holds (DHCP and carrier NAT)."),
    Fact(
      ["LE040"], "what a firewall can do",
      [.word("firewall")],
      means: "It stops what it is told to stop. It protects nothing that it lets through.",
      advice: "Close what is not needed, and keep up to date what is open.",
      today: "Holds."),
    Fact(
      ["LE041"], "any program may use any port",
      [.word("firewall"), .word("port-names"), .portRange(1024...49151)],
      means: "The name of a port is a custom, not a fact.",
      advice: "Treat the label as a guess; the data decides.",
      today: "Holds."),
  ]
}
