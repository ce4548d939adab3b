extension FactTable {
  /// Destination ports from 100 to 1023 that the FAQ speaks of.
  static let portsBelow1024: [Fact] = [
    Fact(
      ["P019"], "port 109/tcp (pop2)",
      [.port(109, .tcp)],
      means: "A forgotten way to fetch mail, with the same faults as POP3.",
      advice: "Do not offer it.",
      today: "Dated: nothing uses POP2."),
    Fact(
      ["P020"], "port 110/tcp (pop3)",
      [.port(110, .tcp)],
      means: "Fetches mail with the password in the clear; its servers had many holes that needed no login.",
      advice: "Offer 995 (POP3 over TLS) instead, or limit who may connect.",
      today: "Holds: RFC 8314 asks for TLS from the first byte.",
      see: ["EXPOSE003"]),
    Fact(
      ["P021"], "port 111 (portmapper, rpcbind)",
      [.port(111, .both)],
      means: """
        The portmapper tells at which ports RPC services (NFS, statd, mountd, cmsd, ttdbserverd) listen; asking \
        it is the first step of an RPC attack.
        """,
      advice: "Never let it be reached from outside the LAN.",
      today: "Holds; over UDP it is also a reflector.",
      see: ["EXPOSE002", "BCAST005"]),
    Fact(
      ["P022"], "port 113/tcp (ident)",
      [.port(113, .tcp)],
      means: """
        A server that you have just contacted (IRC, mail, FTP) connects back to ask which user it is talking to. \
        If the question is dropped it waits, and so do you.
        """,
      advice: """
        Answer with a TCP reset: `reject with tcp reset`, `-j REJECT --reject-with tcp-reset`. Neither drop nor \
        accept.
        """,
      today: "Holds for IRC and some mail and FTP servers; most mail servers have stopped asking.",
      see: ["REJ001"]),
    Fact(
      ["RC003"], "113/tcp dropped",
      [.port(113, .tcp), .word("ident")],
      means: """
        A silent drop of ident makes each login at such a server wait until its timer ends, often 30 seconds or \
        more.
        """,
      advice: "Reject with a TCP reset; the asker gives up at once.",
      today: "Holds: measured with real packets, a drop costs the whole timeout and a reset nothing.",
      see: ["REJ001"]),
    Fact(
      ["P023"], "port 119/tcp (nntp)",
      [.port(119, .tcp)],
      means: "Someone looks for a news server that lets strangers read or post.",
      advice: "Drop it.",
      today: "Dated: Usenet is a small world now."),
    Fact(
      ["LE006"], "119/tcp from your own provider",
      [.port(119, .tcp), .word("isp-audit")],
      means: "Some providers scanned their customers for open news servers to stop spam at its source.",
      advice: "Harmless; answer the provider if it writes.",
      today: "Dated: the provider named is gone, though others still audit customers, at other ports."),
    Fact(
      ["P024"], "port 135/udp (Windows Messenger)",
      [.port(135, .udp)],
      means: "Advertising that pops up as a window: spam for the Windows Messenger service.",
      advice: "Drop it.",
      today: "Dated: the service is off since Windows XP SP2.",
      see: ["EXPOSE001"]),
    Fact(
      ["P025"], "port 135/tcp (DCE endpoint mapper)",
      [.port(135, .tcp)],
      means: """
        Windows' counterpart of the portmapper: it lists the RPC services of a machine, and has had holes \
        itself.
        """,
      advice: "Never let it be reached from outside.",
      today: """
        Holds: Blaster (MS03-026) came through it in 2003, and it is still the first step from one Windows host \
        to the next.
        """,
      see: ["EXPOSE001"]),
    Fact(
      ["P026"], "port 137/udp (NetBIOS names)",
      [.port(137, .udp)],
      means: "Windows asks for a machine's name. For years the most frequent line of any reject log.",
      advice: "Drop it without logging; `explain netbios` tells the cases apart.",
      today: "Dated in volume; inside a LAN it is still common.",
      see: ["EXPOSE001"]),
    Fact(
      ["P027"], "port 139/tcp (SMB over NetBIOS)",
      [.port(139, .tcp)],
      means: "File sharing: somebody tries open shares, or a worm does.",
      advice: "Never let it be reached from outside.",
      today: "Holds.",
      see: ["EXPOSE001"]),
    Fact(
      ["LE007"], "which worm made the 139/tcp noise",
      [.port(139, .tcp), .word("worms"), .word("share-worms")],
      means: """
        VBS worms came in 1999 and 2000, hunters for the C$ share after Nimda in 2001 and 2002, Alevir (Opaserv) \
        in 2002.
        """,
      advice: "Use the date of the line to name it; the defence is the same.",
      today: "Dated: history only."),
    Fact(
      ["LE008"], "Windows 9x share passwords",
      [.port(139, .tcp), .word("share-worms")],
      means: """
        Windows 95, 98 and ME let a client decide how many characters of a share's password were compared, so \
        one correct first letter was enough; that is why share worms spread so well.
        """,
      advice: "Nothing today.",
      today: "Dated: Windows 9x only."),
    Fact(
      ["P028"], "port 143/tcp (imap)",
      [.port(143, .tcp)],
      means: "Mail servers had overflows that needed no login; a worm for Red Hat Linux used one.",
      advice: "Offer 993 (IMAP over TLS), or limit who may connect.",
      today: "Dated exploits; the advice holds (RFC 8314).",
      see: ["EXPOSE003"]),
    Fact(
      ["SP001"], "tcp source port 0 to 143",
      [.sourcePort(0, .tcp), .port(143, .tcp)],
      means: "The mark of one script that attacked IMAP servers: it forgot to choose a source port.",
      advice: "Drop source port 0; no stack uses it.",
      today: "The script is dated; a source port of 0 is still always forged."),
    Fact(
      ["P029"], "port 161/udp (snmp)",
      [.port(161, .udp)],
      means: """
        Somebody guesses community strings such as `public`, or tries the malformed packets of the PROTOS suite.
        """,
      advice: "Never let it be reached from outside; use SNMPv3 only.",
      today: "Holds; open agents also reflect floods.",
      see: ["EXPOSE006"]),
    Fact(
      ["LE009"], "SNMP broadcasts on the LAN",
      [.port(161, .udp), .word("printer-manager")],
      means: """
        Printer managers (HP JetDirect) broadcast SNMP queries, and Windows 98 asked for `sysName` to find out \
        about its neighbours.
        """,
      advice: "Set the printer software right on the machine that sends it.",
      today: "Holds for printer software; the Windows 98 part is dated."),
    Fact(
      ["P030"], "port 162/udp (snmptrap)",
      [.port(162, .udp)],
      means: "An agent reports an event to the wrong address.",
      advice: "Tell its owner to correct the trap target.",
      today: "Holds."),
    Fact(
      ["P031"], "port 177/udp (xdmcp)",
      [.port(177, .udp)],
      means: "Asks for a graphical login from afar; the screen itself then uses 6000/tcp.",
      advice: "Never let it be reached from outside; forward X over SSH.",
      today: "Dated as a service; the advice holds.",
      see: ["EXPOSE003"]),
    Fact(
      ["P032"], "port 445/tcp (SMB)",
      [.port(445, .tcp)],
      means: "File sharing without NetBIOS: everything said of 139 holds here.",
      advice: "Never let it be reached from outside, and do not let it out either.",
      today: "Holds: EternalBlue and WannaCry (2017) came in by it, and login hashes leak out by it.",
      see: ["EXPOSE001"]),
    Fact(
      ["P033"], "port 513/udp (rwho)",
      [.port(513, .udp)],
      means: "Unix neighbours broadcast who is logged in.",
      advice: "Drop it without logging.",
      today: "Dated."),
    Fact(
      ["P034"], "port 515/tcp (lpd)",
      [.port(515, .tcp)],
      means: "The line-printer daemon; the Ramen worm used a hole in it.",
      advice: "Never let a printer be reached from outside.",
      today: "Holds as advice; today's printer port is 631 (CUPS, with CVE-2024-47176)."),
    Fact(
      ["P035"], "port 535/udp (CORBA IIOP)",
      [.port(535, .udp)],
      means: "Programs look for CORBA services by broadcast on the segment.",
      advice: "Drop it without logging.",
      today: "Dated."),
    Fact(
      ["P036"], "port 600/tcp (pcserver)",
      [.port(600, .tcp)],
      means: "A back door that is the ingreslock shell (see 1524) at another port.",
      advice: "If your own host answers with SYN+ACK from here it has been broken into: take it off the net.",
      today: "Dated."),
    Fact(
      ["P037"], "port 635 (mountd)",
      [.port(635, .both)],
      means: "Where Linux's mountd used to listen; an overflow in it was searched for.",
      advice: "Never let NFS be reached from outside.",
      today: "Dated port; the principle holds. Modern mountd takes any port that rpcbind tells.",
      see: ["EXPOSE002"]),
  ]
}
