import FirewallModel

/// Names that both languages give to numbers, as `nft describe` and `iptables -p icmp -h` list them.
enum ProtocolNames {
  static func transport(_ number: UInt8) -> String? {
    switch number {
    case 1: "icmp"
    case 2: "igmp"
    case 6: "tcp"
    case 17: "udp"
    case 33: "dccp"
    case 47: "gre"
    case 50: "esp"
    case 51: "ah"
    case 58: "ipv6-icmp"
    case 132: "sctp"
    case 136: "udplite"
    default: nil
    }
  }

  static func nftICMPType(_ type: UInt8) -> String {
    switch type {
    case 0: "echo-reply"
    case 3: "destination-unreachable"
    case 4: "source-quench"
    case 5: "redirect"
    case 8: "echo-request"
    case 9: "router-advertisement"
    case 10: "router-solicitation"
    case 11: "time-exceeded"
    case 12: "parameter-problem"
    case 13: "timestamp-request"
    case 14: "timestamp-reply"
    case 15: "info-request"
    case 16: "info-reply"
    case 17: "address-mask-request"
    case 18: "address-mask-reply"
    default: "\(type)"
    }
  }

  /// nft's code names are those of destination-unreachable, so other types get the number.
  static func nftICMPCode(_ code: UInt8, type: UInt8) -> String {
    guard type == 3 else { return "\(code)" }
    if code == 4 { return "frag-needed" }
    return nftUnreachable(code) ?? "\(code)"
  }

  static func nftICMPv6Type(_ type: UInt8) -> String {
    switch type {
    case 1: "destination-unreachable"
    case 2: "packet-too-big"
    case 3: "time-exceeded"
    case 4: "parameter-problem"
    case 128: "echo-request"
    case 129: "echo-reply"
    case 130: "mld-listener-query"
    case 131: "mld-listener-report"
    case 132: "mld-listener-done"
    case 133: "nd-router-solicit"
    case 134: "nd-router-advert"
    case 135: "nd-neighbor-solicit"
    case 136: "nd-neighbor-advert"
    case 137: "nd-redirect"
    case 138: "router-renumbering"
    case 141: "ind-neighbor-solicit"
    case 142: "ind-neighbor-advert"
    case 143: "mld2-listener-report"
    default: "\(type)"
    }
  }

  /// Codes of ICMP type 3 that `reject with icmp type` takes.
  static func nftUnreachable(_ code: UInt8) -> String? {
    switch code {
    case 0: "net-unreachable"
    case 1: "host-unreachable"
    case 2: "prot-unreachable"
    case 3: "port-unreachable"
    case 9: "net-prohibited"
    case 10: "host-prohibited"
    case 13: "admin-prohibited"
    default: nil
    }
  }

  /// Codes of ICMPv6 type 1 that `reject with icmpv6 type` takes.
  static func nftUnreachableV6(_ code: UInt8) -> String? {
    switch code {
    case 0: "no-route"
    case 1: "admin-prohibited"
    case 3: "addr-unreachable"
    case 4: "port-unreachable"
    case 5: "policy-fail"
    case 6: "reject-route"
    default: nil
    }
  }

  static func nftUnreachableX(_ code: UInt8) -> String? {
    switch code {
    case 0: "no-route"
    case 1: "port-unreachable"
    case 2: "host-unreachable"
    case 3: "admin-prohibited"
    default: nil
    }
  }

  static func iptablesReject(_ code: UInt8) -> String? {
    switch code {
    case 0: "icmp-net-unreachable"
    case 1: "icmp-host-unreachable"
    case 2: "icmp-proto-unreachable"
    case 3: "icmp-port-unreachable"
    case 9: "icmp-net-prohibited"
    case 10: "icmp-host-prohibited"
    case 13: "icmp-admin-prohibited"
    default: nil
    }
  }

  static func ip6tablesReject(_ code: UInt8) -> String? {
    switch code {
    case 0: "icmp6-no-route"
    case 1: "icmp6-adm-prohibited"
    case 3: "icmp6-addr-unreachable"
    case 4: "icmp6-port-unreachable"
    case 5: "icmp6-policy-fail"
    case 6: "icmp6-reject-route"
    default: nil
    }
  }

  /// What an ICMPv4 unreachable code is called in ICMPv6; only the codes that say the same.
  static func v6Code(ofV4 code: UInt8) -> UInt8? {
    switch code {
    case 0: 0
    case 1: 3
    case 3: 4
    case 9, 10, 13: 1
    default: nil
    }
  }

  static func v4Code(ofV6 code: UInt8) -> UInt8? {
    switch code {
    case 0: 0
    case 1: 13
    case 3: 1
    case 4: 3
    default: nil
    }
  }

  /// `icmpx` codes in each family, as net/netfilter/nft_reject.c maps them.
  static func v4Code(ofX code: UInt8) -> UInt8? {
    switch code {
    case 0: 0
    case 1: 3
    case 2: 1
    case 3: 13
    default: nil
    }
  }

  static func v6Code(ofX code: UInt8) -> UInt8? {
    switch code {
    case 0: 0
    case 1: 4
    case 2: 3
    case 3: 1
    default: nil
    }
  }
}
