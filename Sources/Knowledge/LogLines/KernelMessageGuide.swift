import PacketLogs

/// What the kernel says beside LOG lines.
enum KernelMessageGuide {
  static func topic(_ message: KernelMessage) -> Topic {
    let (meaning, advice, checks) = texts(message.kind)
    return Topic(
      id: "kernel-\(message.kind.rawValue)", subject: message.text, meaning: meaning, advice: advice,
      today: "Holds; the words differ a little between kernels.", checks: checks)
  }

  private static func texts(_ kind: KernelMessage.Kind) -> (meaning: String, advice: String, checks: [String]) {
    switch kind {
    case .martianSource:
      (
        "A packet came with a source that cannot be right at that interface. The first address is the destination, the one after `from` the source.",
        "If the source belongs to another network of yours, the ways there and back differ: mend the routes or set rp_filter=2. Else somebody forges it.",
        ["SPOOF003", "SPOOF011"]
      )
    case .martianDestination:
      (
        "A packet was for an address that never stands on a wire.", "Look for the sender by its MAC address.",
        ["SPOOF007"]
      )
    case .sourceRouteOption:
      (
        "A source-routed packet came and was refused by the kernel.",
        "Nothing to mend: `accept_source_route` is off, as it should be.", ["OPT001", "OPT002"]
      )
    case .conntrackFull:
      (
        "The connection table is full: new connections die, old ones live.",
        "Raise nf_conntrack_max and look for what fills the table: a flood, DNS queries, long timeouts.", ["STATE014"]
      )
    case .expectationsFull:
      (
        "Too many connections that a helper expects.", "Look at the helper's traffic; raise nf_conntrack_expect_max.",
        ["STATE007"]
      )
    case .synFloodCookies:
      (
        "The queue of half-open connections of that port is full; SYN cookies keep it working.",
        "It may be plain load: raise the program's backlog and net.core.somaxconn first.", ["STATE015"]
      )
    case .synFloodDropping:
      (
        "The queue of half-open connections is full, and SYN cookies are off: connections are lost.",
        "Set net.ipv4.tcp_syncookies=1.", ["STATE015"]
      )
    case .neighbourTableOverflow:
      (
        "The table of neighbours (ARP or neighbour discovery) is full.",
        "A scan of the own network, or a very large one: raise gc_thresh1 to 3.", []
      )
    case .suppressed:
      ("Lines were left out: all counts are lower bounds.", "Limit the rate of the rules that log.", ["HYG002"])
    case .redirectIgnored:
      (
        "Another host sent redirects, and they were ignored.",
        "If it is your own gateway, add the route that it names.", ["ICMP012"]
      )
    case .bogusICMP:
      ("A host sent ICMP errors about a broadcast.", "Ignore it, or mend that host.", [])
    case .helperAssignmentOff:
      (
        "Helpers are no longer assigned by themselves, so data connections of FTP or SIP are refused.",
        "Assign the helper in a rule: `ct helper set`, or the CT target.", ["STATE007"]
      )
    case .duplicateAddress:
      (
        "Another host answered for the address that this one wanted.",
        "Two hosts have the same address, or a switch sends the probe back.", ["IP6001"]
      )
    case .conntrackInvalid:
      (
        "A packet does not fit its connection.",
        "Late packets of a closed connection are harmless; many of one flow mean that the ways there and back differ.",
        ["STATE004"]
      )
    case .mtuBelowMinimum:
      (
        "An interface got an MTU below its minimum.", "Set the MTU of the interface, and clamp the MSS for tunnels.",
        ["ICMP020"]
      )
    case .reversePathCounter:
      (
        "The kernel has dropped packets whose way back leaves by another interface (rp_filter).",
        "Set log_martians to see them; set rp_filter to 2, or mend the routes.", ["SPOOF003"]
      )
    case .natExhausted:
      (
        "NAT found no free port for a connection.",
        "Use more addresses for masquerading, or look for the host that opens so many.", []
      )
    }
  }
}
