/// The packs of the folder `Policies/` as texts, so that an installed program needs no files beside it; a test holds both
/// equal.
package enum ShippedPolicies {
  /// Name and text of each, in the order of the names.
  package static let all: [(name: String, text: String)] = [("faq", faq), ("rfc4890", rfc4890), ("strict", strict)]

  /// The bytes of a shipped pack; nil for a name that is none.
  package static func bytes(_ name: String) -> [UInt8]? {
    all.first { $0.name == name }.map { Array($0.text.utf8) }
  }

  private static let faq: String = #"""
    # The checks that follow from the FAQ "Firewall Forensics (What am I seeing?)", as it reads today: errors of path-MTU
    # discovery must pass, ident is answered with a reset, source ports are never trusted, source routes and directed
    # broadcasts are refused, and what the FAQ's port guide calls dangerous is not offered to the world.
    schema: 1
    name: faq
    title: What the FAQ "Firewall Forensics" asks of a rule set
    checks:
      # Section 2: ICMP. 3/4 is the least that must pass; its IPv6 counterpart goes with it.
      - { check: ICMP001, level: error }
      - { check: ICMP004, level: error }
      - { check: ICMP005, level: error }
      - { check: ICMP006, level: error }
      - { check: ICMP008, level: warning }
      - { check: ICMP009, level: error }
      - { check: ICMP011, level: warning }
      - { check: ICMP012, level: warning }
      - { check: ICMP015, level: note }
      - { check: ICMP017, level: warning }
      # Section 4: ident.
      - { check: REJ001, level: warning }
      # Section 1: what is forbidden on the way out is refused, not dropped.
      - { check: REJ007, level: note }
      # Section 3.1: source routing.
      - { check: OPT001, level: error }
      - { check: OPT002, level: warning }
      # Sections 1.1, 1.2 and 1.9: source ports prove nothing.
      - { check: SRC001, level: error }
      - { check: SRC002, level: error }
      - { check: SRC003, level: warning }
      - { check: SRC005, level: error }
      - { check: SRC008, level: error }
      - { check: SRC010, level: error }
      # Sections 3.7 and 5.4: smurf and fraggle.
      - { check: BCAST001, level: error }
      - { check: BCAST002, level: warning }
      - { check: BCAST004, level: warning }
      - { check: BCAST005, level: error }
      # Sections 3.3 and 3.4: addresses that cannot be right.
      - { check: SPOOF003, level: warning }
      - { check: SPOOF007, level: warning }
      - { check: SPOOF008, level: error }
      # Section 1.1: the port guide.
      - { check: EXPOSE001, level: error }
      - { check: EXPOSE002, level: error }
      - { check: EXPOSE003, level: error }
      - { check: EXPOSE004, level: error }
      - { check: EXPOSE005, level: warning }
      - { check: EXPOSE006, level: error }
      # The glossary: a firewall stops what it is told to stop.
      - { check: STATE001, level: error }
      - { check: STATE002, level: error }
      - { check: HYG013, level: error }

    """#

  private static let rfc4890: String = #"""
    # What RFC 4890 recommends for ICMPv6 in firewalls, with the neighbour discovery of RFC 4861 that it builds on.
    schema: 1
    name: rfc4890
    title: ICMPv6 in firewalls (RFC 4890)
    checks:
      # Must not be dropped, neither in transit nor locally.
      - { check: ICMP005, level: error }
      - { check: ICMP006, level: error }
      - { check: ICMP018, level: warning }
      # Should normally not be dropped.
      - { check: ICMP007, level: warning }
      # Must not be dropped on the link.
      - { check: IP6001, level: error }
      - { check: IP6002, level: error }
      - { check: IP6004, level: warning }
      # A filter that reads only the first header does not see ICMPv6 behind an extension header.
      - { check: OPT007, level: warning }

    """#

  private static let strict: String = #"""
    # Every check of fwlint, with notes about answers, logs and dead rules raised to warnings: for rule sets that are kept
    # tidy and gates that should stay green for a reason.
    schema: 1
    name: strict
    title: Every check, tidiness included
    checks:
      - all
      - { check: ICMP011, level: warning }
      - { check: ICMP014, level: warning }
      - { check: ICMP015, level: warning }
      - { check: ICMP019, level: warning }
      - { check: REJ007, level: warning }
      - { check: REJ008, level: warning }
      - { check: OPT009, level: warning }
      - { check: HYG004, level: warning }
      - { check: HYG015, level: warning }
      - { check: RULE007, level: warning }

    """#
}
