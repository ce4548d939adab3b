extension FactTable {
  /// What other logs than the packet filter's say: name servers, web servers, mail servers.
  static let otherLogFacts: [Fact] = [
    Fact(
      ["OL001"], "named: response from unexpected source",
      [.word("named"), .word("unexpected-source"), .word("dns-errors")],
      means: """
        The answer came from another address than the one asked: a server with several addresses, a proxy, or a \
        forger.
        """,
      advice: "Let the server answer from the address it was asked at; look for NAT and for routes that differ.",
      today: "Holds."),
    Fact(
      ["OL002"], "127.0.0.1 in DNS errors",
      [.word("named"), .word("dns-errors"), .word("rebinding"), .prefix("127.0.0.0/8")],
      means: "A zone is set up wrongly, or a hostile one points names at your own network.",
      advice: "Let the resolver refuse private answers (`private-address`).",
      today: "Holds: DNS rebinding."),
    Fact(
      ["OL003"], "named: AXFR denied",
      [.word("named"), .word("axfr"), .word("zone-transfer"), .port(53, .tcp)],
      means: "Somebody wanted the whole zone, to draw your network.",
      advice: "Allow transfers by TSIG key only; keep inside names in an inside view.",
      today: "Holds."),
    Fact(
      ["OL004"], "named: unapproved query for VERSION.BIND",
      [.word("named"), .word("version.bind"), .word("version-bind"), .port(53, .udp)],
      means: "A CHAOS query for the version of your name server.",
      advice: "Set `version none;`.",
      today: "Holds."),
    Fact(
      ["RC019"], "one name server for inside and outside",
      [.word("split-dns"), .word("named"), .port(53, .both)],
      means: "Strangers learn the names of your inside.",
      advice: "Split it in two.",
      today: "Holds.",
      see: ["OPS003"]),
    Fact(
      ["OL005"], "web: 404 for /favicon.ico",
      [.url("/favicon.ico"), .word("favicon")],
      means: "A browser fetches the icon for its bookmark or tab.",
      advice: "Harmless; give it one.",
      today: "Holds: all browsers do."),
    Fact(
      ["OL006"], "web: /robots.txt",
      [.url("/robots.txt"), .word("robots")],
      means: "A crawler asks what it may read; an attacker reads what you would hide.",
      advice: "Do not list secrets in it.",
      today: "Holds."),
    Fact(
      ["OL007"], "web: GET http://another.host/",
      [.url("http://"), .url("https://"), .word("open-proxy")],
      means: """
        A test whether you are an open proxy. If the answer is 200 with the other site's page, you are one.
        """,
      advice: "Switch proxying off, and look at what was answered.",
      today: "Holds.",
      see: ["EXPOSE005"]),
    Fact(
      ["OL029"], "smtp: relaying denied",
      [.word("smtp"), .word("relay"), .word("relaying-denied")],
      means: "Your server refused to carry strangers' mail: it is set up well.",
      advice: "Nothing to do.",
      today: "Holds."),
    Fact(
      ["OL030"], "smtp: no relay denials at all",
      [.word("smtp"), .word("relay"), .word("open-relay")],
      means: "Every server on the Internet is tried; if yours never refuses, it may be an open relay.",
      advice: "Test it from outside.",
      today: "Holds."),
    Fact(
      ["OL031"], "smtp: relay tests by IMC, MAPS, ORBS",
      [.word("smtp"), .word("relay")],
      means: "Those who kept lists of open relays (IMC, MAPS, and ORBS from manawatu.co.nz) tested every server.",
      advice: "Harmless.",
      today: "Dated: those lists are gone."),
    Fact(
      ["OL032"], "smtp: VRFY or EXPN root, decode, uudecode, bbs, lp, demo, guest, debug",
      [.word("smtp"), .word("vrfy"), .word("expn"), .port(25, .tcp)],
      means: "Somebody wants to know your accounts and aliases.",
      advice: "Switch VRFY and EXPN off.",
      today: "Holds."),
    Fact(
      ["OL033"], "smtp: VRFY with a very long argument",
      [.word("smtp"), .word("vrfy")],
      means: "An attempt to overflow the server.",
      advice: "Keep it patched.",
      today: "Dated."),
    Fact(
      ["OL034"], "smtp: heaps of VRFY and EXPN",
      [.word("smtp"), .word("vrfy"), .word("expn")],
      means: "A vulnerability scanner at work (ISS, CyberCop, Nessus).",
      advice: "See what else the same source tried.",
      today: "Holds for Nessus."),
  ]
}
