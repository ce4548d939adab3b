import Symptoms
import Testing

/// The symptoms that were asked for, each by the name it is reported under.
@Suite struct SymptomCatalogueTests {
  static let names = [
    // Path MTU and ICMP
    "pmtu-blackhole-v4", "pmtu-blackhole-v6", "pmtu-egress-lost", "unreachables-dropped", "time-exceeded-dropped",
    "backscatter", "redirect-seen", "source-quench-seen", "ping-sweep", "unsolicited-echo-reply", "icmp-limited",
    // DNS and UDP timing
    "late-dns-answer", "dns-poison-or-reflection", "dns-tcp-refused", "ntp-replies-dropped", "low-source-port",
    "udp-late-quic",
    // Ident, TCP state, asymmetry
    "ident-dropped", "established-tail", "asymmetric-route", "conntrack-invalid-window", "new-without-syn",
    "syn-ack-unsolicited", "ecn-dropped", "null-scan",
    // IPv6 neighbour discovery and DHCP
    "nd-dropped", "ra-rs-dropped", "mld-dropped", "dhcpv6-dropped", "dhcpv4-noise", "apipa",
    // Local noise
    "broadcast-noise", "multicast-noise", "netbios-137", "traceroute-in", "proxy-check", "inherited-address",
    "game-stream", "adware-egress",
    // Addressing, spoofing, containers
    "own-source-outside", "private-source-outside", "private-source-leaving", "martian-source", "source-route-drop",
    "ip-options-drop", "fragment-drop", "docker-bridge", "vpn-not-accepted", "loopback-dropped", "output-dropped",
    "service-shut", "probes", "directed-broadcast",
    // The kernel's resources
    "conntrack-full", "syn-flood", "neighbour-overflow", "log-suppressed", "bogus-icmp", "helper-warning",
    "nat-exhausted", "rp-drop-silent", "nic-duplicate-address", "mtu-messages",
  ]

  @Test func `each of the sixty-three has a log that shows it and one that does not`() {
    #expect(Self.names.count == 63)
    let fixtures = Set((SymptomFixture.all + SymptomFixture.local + SymptomFixture.more).map(\.name))
    for name in Self.names { #expect(fixtures.contains(name), "\(name)") }
  }
}
