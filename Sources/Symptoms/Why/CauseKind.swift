/// What can make connections slow, hang or fail, by the fault and not by the sign of it.
package enum CauseKind: String, Sendable, CaseIterable {
  case loopbackBlocked = "loopback-blocked"
  case establishedMissing = "established-missing"
  case conntrackFull = "conntrack-full"
  case neighbourDiscoveryBlocked = "neighbour-discovery-blocked"
  case pathMTUv4 = "path-mtu-v4"
  case pathMTUv6 = "path-mtu-v6"
  case pathMTUOut = "path-mtu-errors-withheld"
  case untrackedAnswers = "untracked-answers-blocked"
  case asymmetricRoute = "asymmetric-route"
  case dnsBlocked = "dns-blocked"
  case dnsTCPBlocked = "dns-tcp-blocked"
  case natExhausted = "nat-exhausted"
  case neighbourTableFull = "neighbour-table-full"
  case stateTooEarly = "state-before-conntrack"
  case acceptOverridden = "accept-overridden"
  case sourcePortFilter = "source-port-filter"
  case reversePath = "reverse-path-filter"
  case synFlood = "syn-queue-full"
  case acceptLimited = "accept-rate-limited"
  case bogonOverblock = "bogon-overblock"
  case fragmentsBlocked = "fragments-blocked"
  case identDropped = "ident-dropped"
  case identAnswerLost = "ident-reset-lost"
  case rejectAnswerLost = "reject-answer-lost"
  case lateAnswers = "late-udp-answers"
  case unreachablesBlocked = "unreachables-blocked"
  case ecnBlocked = "ecn-blocked"
  case helperOff = "helper-missing"
  case serviceDropped = "service-dropped"
  case egressDropped = "egress-dropped"
  case containerBlocked = "container-blocked"
  case vpnBlocked = "vpn-blocked"
  case dhcpBlocked = "dhcp-blocked"
  case routerAdvertisementBlocked = "router-advertisement-blocked"
  case multicastListenerBlocked = "multicast-listener-blocked"
  case timeBlocked = "ntp-blocked"
  case shortTimeouts = "short-timeouts"
  case errorsLimited = "icmp-errors-rate-limited"

  /// How much is hurt: 100 everything, 80 transfers stall, 60 connections fail, 40 they are late, 20 some are.
  package var damage: Int {
    switch self {
    case .loopbackBlocked, .establishedMissing: 100
    case .conntrackFull: 98
    case .neighbourDiscoveryBlocked: 96
    case .natExhausted, .neighbourTableFull: 92
    case .stateTooEarly, .untrackedAnswers: 90
    case .asymmetricRoute: 88
    case .pathMTUv4, .pathMTUv6: 85
    case .dnsBlocked: 84
    case .pathMTUOut: 80
    case .acceptOverridden, .reversePath: 72
    case .sourcePortFilter: 70
    case .dnsTCPBlocked: 68
    case .synFlood: 66
    case .acceptLimited, .bogonOverblock: 64
    case .identAnswerLost: 58
    case .fragmentsBlocked: 57
    case .identDropped: 56
    case .lateAnswers: 54
    case .helperOff: 50
    case .containerBlocked, .vpnBlocked, .dhcpBlocked, .routerAdvertisementBlocked: 48
    case .rejectAnswerLost: 46
    case .unreachablesBlocked: 44
    case .egressDropped: 42
    case .serviceDropped: 40
    case .ecnBlocked: 38
    case .errorsLimited: 34
    case .multicastListenerBlocked: 30
    case .timeBlocked: 26
    case .shortTimeouts: 22
    }
  }

  /// The fault in one clause; lower-case start, no full stop.
  package var title: String {
    switch self {
    case .loopbackBlocked:
      "packets on the loopback interface are refused: programs of this host do not reach each other"
    case .establishedMissing:
      "answers to connections opened from here are refused: nothing accepts `ct state established`"
    case .conntrackFull: "the connection table is full: packets of new connections are dropped"
    case .neighbourDiscoveryBlocked: "IPv6 neighbour discovery is refused: IPv6 neighbours cannot be found"
    case .pathMTUv4: "path-MTU errors (ICMP fragmentation needed) are dropped: large transfers stall"
    case .pathMTUv6: "path-MTU errors (ICMPv6 packet too big) are dropped: large IPv6 transfers stall"
    case .pathMTUOut: "path-MTU errors do not get out: large transfers of others to us stall"
    case .untrackedAnswers: "packets without connection tracking have no way back"
    case .asymmetricRoute:
      "connections run through here one way only (asymmetric route), and what tracking calls invalid is dropped"
    case .dnsBlocked: "questions to name servers are refused"
    case .dnsTCPBlocked: "DNS over TCP is refused: long answers cannot be fetched"
    case .natExhausted: "address translation or helpers have no room for new connections"
    case .neighbourTableFull: "the neighbour table is full: hosts on the segment cannot be reached"
    case .stateTooEarly: "a rule asks for the connection state before tracking has run: it never matches"
    case .acceptOverridden: "packets accepted in one chain are dropped in a later one"
    case .sourcePortFilter: "a rule on source ports refuses clients with a low port"
    case .reversePath: "packets are dropped because the route back to their sender leaves by another interface"
    case .synFlood: "the queue of half-open connections is full"
    case .acceptLimited: "a rate limit stands on an accept: what is above it is refused"
    case .bogonOverblock: "a filter of reserved addresses refuses ones that are in use"
    case .fragmentsBlocked: "fragments are refused: large UDP packets are lost"
    case .identDropped: "ident queries (TCP 113) are dropped: servers that ask wait before they serve us"
    case .identAnswerLost: "the reset that answers ident queries is dropped on its way out: servers wait all the same"
    case .rejectAnswerLost: "what `reject` answers is dropped on its way out: clients wait as if nothing had been sent"
    case .lateAnswers: "UDP answers come after connection tracking has forgotten the question, and are dropped"
    case .unreachablesBlocked: "ICMP errors are dropped: what fails is waited for instead of failing at once"
    case .ecnBlocked: "connection attempts that ask for ECN are dropped"
    case .helperOff: "data connections of FTP, SIP or TFTP are refused: no tracking helper knows them"
    case .serviceDropped: "connection attempts are dropped and tried again and again"
    case .egressDropped: "packets on their way out are dropped without an answer"
    case .containerBlocked: "traffic of containers or virtual machines is refused"
    case .vpnBlocked: "packets of a tunnel are refused"
    case .dhcpBlocked: "DHCP is refused: addresses cannot be had or renewed"
    case .routerAdvertisementBlocked: "IPv6 router advertisements are refused: the default route expires"
    case .multicastListenerBlocked:
      "multicast listener messages are refused: behind snooping switches neighbours vanish"
    case .timeBlocked: "time queries or their answers are refused: the clock drifts"
    case .shortTimeouts: "connection tracking forgets idle connections early: they hang when they are used again"
    case .errorsLimited: "a rate limit eats ICMP errors, path-MTU errors among them"
    }
  }

  /// The codes of checks that find it in a rule set.
  static let codes: [String: CauseKind] = [
    "ICMP001": .pathMTUv4, "ICMP002": .pathMTUv4, "ICMP003": .pathMTUv4, "ICMP009": .pathMTUv4, "ICMP020": .pathMTUv4,
    "ICMP004": .pathMTUOut, "ICMP005": .pathMTUv6, "ICMP006": .pathMTUv6, "STATE012": .pathMTUv4,
    "ICMP008": .unreachablesBlocked, "ICMP013": .errorsLimited,
    "IP6001": .neighbourDiscoveryBlocked, "IP6002": .neighbourDiscoveryBlocked,
    "IP6004": .multicastListenerBlocked, "IP6012": .dhcpBlocked, "EXPOSE009": .dhcpBlocked,
    "REJ001": .identDropped, "REJ002": .identDropped, "REJ008": .ecnBlocked, "REJ007": .egressDropped,
    "OPT011": .fragmentsBlocked, "SRC003": .sourcePortFilter, "SRC005": .dnsTCPBlocked, "SRC006": .dnsTCPBlocked,
    "SPOOF006": .bogonOverblock, "STATE002": .establishedMissing, "STATE008": .untrackedAnswers,
    "STATE009": .shortTimeouts, "STATE010": .shortTimeouts, "STATE014": .conntrackFull, "STATE015": .synFlood,
    "STATE007": .helperOff, "EXPOSE010": .timeBlocked, "EXPOSE013": .vpnBlocked, "HYG003": .acceptLimited,
    "RULE009": .acceptOverridden, "RULE013": .stateTooEarly,
  ]
}
