extension FactTable {
  /// What TTL and IP ID tell of a sender.
  static let ttlFacts: [Fact] = [
    Fact(
      ["TI002"], "does Windows start at 127 or 128?",
      [.ttl],
      means: "The FAQ gives both numbers.",
      advice: "Count from 128.",
      today: "Corrected: 128 is right; a line with 127 is one hop away."),
    Fact(
      ["TI003"], "routers that take more than one",
      [.ttl],
      means: "A router on a slow line was allowed to lower the TTL by several.",
      advice: "Take a count of hops as an estimate.",
      today: "Dated: RFC 1812 allows it, but every router takes one."),
    Fact(
      ["TI010"], "one steady TTL among random ones",
      [.ttl, .word("decoy")],
      means: "The sender with the steady TTL is the true scanner; the decoys' were drawn at random.",
      advice: "Take it as a hint.",
      today: "Dated: nmap has mended that."),
    Fact(
      ["TI005"], "IP IDs that count by one",
      [.ipID],
      means: """
        A stack that numbers its packets in sequence shows which packets come from one host, whatever their \
        source says.
        """,
      advice: "Put the lines in order and compare.",
      today: """
        Dated: Linux, the BSDs and Windows count for each peer or at random, and send 0 with DF (RFC 6864, RFC \
        7739).
        """),
    Fact(
      ["TI006"], "IP IDs that step by 256",
      [.ipID],
      means: "The sender counts by one but wrote the number with its bytes swapped: 0x01FD appears as 0xFD01.",
      advice: "Swap the bytes, then look for steps of one.",
      today: "Holds for old systems."),
    Fact(
      ["TI007"], "IP IDs printed in decimal",
      [.ipID],
      means: "509 and 64769 are the same two bytes in two orders; in decimal nobody sees it.",
      advice: "Know your logger: netfilter prints the number in network order.",
      today: "Holds (nf_log_syslog.c)."),
  ]
}
