/// Codes that are given to a check which this version does not have. A code is never reused, so its name holds already;
/// nothing is reported under it, and it can be neither selected nor ignored: a run that seems to check something and does
/// not would be worse than an error.
enum ReservedCodes {
  /// The name of the check that a code, in any case, is kept for; nil when it is not reserved.
  static func name(of code: String) -> String? { names[code.uppercased()] }

  /// The code that a check's name is kept for.
  static func code(named name: String) -> String? { names.first { $0.value == name }?.key }

  /// What `fwlint explain` says of it.
  static func page(of code: String) -> String? {
    name(of: code).map {
      """
      \(code.uppercased()): \($0)

      This check is planned and not built: this version reports nothing under the code, and says nothing
      about what the name describes. A rule set without findings is therefore no answer to it.
      `fwlint rules` lists the checks that run.

      """
    }
  }

  static let names: [String: String] = Dictionary(
    table.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 2 else { return nil }
      return (String(words[0]), String(words[1]))
    }, uniquingKeysWith: { first, _ in first })

  private static let table = """
    ICMP003 icmp4-frag-needed-invalid-order
    ICMP013 icmp-error-rate-limit-too-low
    ICMP016 icmp4-echo-unlimited
    ICMP021 mss-clamp-as-substitute
    ICMP022 pmtud-sysctl
    IP6003 icmp6-nd-in-forward
    IP6005 icmp6-local-feature-set
    IP6006 icmp6-ra-accepted-untrusted
    IP6007 icmp6-redirect-policy
    IP6008 icmp6-node-info-accepted
    IP6009 icmp6-router-renumbering-transit
    IP6010 icmp6-mobile-types
    IP6011 icmp6-experimental-unassigned
    IP6012 dhcpv6-client-blocked
    REJ002 ident-113-wrong-chain
    REJ003 ident-113-accepted
    REJ004 reject-tcp-with-wrong-type
    REJ006 reject-of-broadcast
    OPT003 ipv4-options-blanket-drop
    OPT004 ipv4-obsolete-options
    OPT005 ipv6-rh0-forwarded
    OPT006 ipv6-ext-headers-overblocked
    OPT008 ipv6-hbh-policy
    OPT010 fragment-tiny-stateless
    OPT011 fragments-blocked
    SRC004 dns-fixed-source-port
    SRC006 dns-length-block
    SRC007 open-resolver-exposed
    BCAST003 network-address-broadcast
    SPOOF002 egress-spoof
    SPOOF004 ipv6-no-rpf
    SPOOF005 bogon-source-ingress
    SPOOF006 bogon-overblock
    SPOOF009 link-local-forwarded
    SPOOF010 tunnels-unfiltered
    SPOOF011 martians-not-logged
    STATE003 established-late
    STATE004 invalid-not-dropped
    STATE005 new-not-syn
    STATE006 tcp-flag-junk
    STATE007 helper-too-wide
    STATE008 notrack-without-return
    STATE012 nat-icmp-errors-lost
    STATE013 nat-hairpin-missing
    STATE014 conntrack-max-small
    STATE016 send-redirects-host
    EXPOSE007 ssh-unlimited
    EXPOSE008 egress-unrestricted
    EXPOSE009 dhcp-blocked
    EXPOSE010 ntp-blocked
    EXPOSE011 igmp-blocked
    EXPOSE012 traceroute-udp-policy
    EXPOSE013 ipsec-blocked
    HYG001 drop-not-logged
    HYG005 log-unreachable
    HYG006 log-ipopt-off
    HYG007 netns-log-silent
    HYG011 bridge-nf-surprise
    HYG014 trust-by-source-only
    RULE014 equal-priority-base-chains
    FAM002 ip-match-only-in-inet-chain
    COEX001 docker-published-port-bypasses-input
    COEX002 docker-user-matches-translated-port
    COEX003 flush-ruleset-beside-other-tools
    COEX004 reload-doubles-rules
    COEX005 legacy-and-nft-mixed
    COEX006 two-firewall-managers
    COEX007 xtables-compat-leftovers
    NFT001 iif-on-changing-interface
    NFT002 host-name-in-rule
    NFT003 unbounded-dynamic-set
    NFT004 many-anonymous-sets
    NFT005 host-bits-in-prefix
    NFT006 zero-length-prefix
    NFT007 needs-newer-nft
    IPT001 shared-hashlimit-name
    IPT003 owner-match-on-input
    IPT004 reversed-range
    OPS003 dns-not-split
    OPS004 listener-without-rule
    OPS005 rule-without-listener
    OPS006 expired-rule
    OPS007 rule-without-comment
    OPS008 unused-by-counters
    SUP006 suppression-not-allowed
    """
}
