package import HostFacts

/// How long Linux waits before it gives up, worked out from sysctls; what is not given has the kernel's default. Times
/// are in seconds. Sources: ip-sysctl in the kernel's documentation, tcp_timer.c, resolv.conf(5).
package struct WaitModel: Sendable {
  /// `net.ipv4.tcp_syn_retries`.
  package var synRetries = 6
  /// `net.ipv4.tcp_syn_linear_timeouts`: attempts one second apart before the distances double (0 before Linux 6.5).
  package var linearTimeouts = 4
  /// `net.ipv4.tcp_retries2`.
  package var dataRetries = 15
  /// `net.ipv4.tcp_mtu_probing`: 0 off, 1 after a black hole was noticed, 2 always.
  package var mtuProbing = 0
  /// `net.ipv6.neigh.default.mcast_solicit` and `retrans_time_ms`.
  package var neighbourTries = 3
  package var neighbourSeconds = 1.0
  /// `net.netfilter.nf_conntrack_udp_timeout`.
  package var udpTimeout = 30.0
  /// `net.netfilter.nf_conntrack_max`; nil: not given.
  package var connectionLimit: Int?
  /// `options timeout:` and `attempts:` of resolv.conf(5).
  package var resolverSeconds = 5.0
  package var resolverAttempts = 2
  /// True when the values come from the sysctls given.
  package private(set) var isGiven = false

  package init(_ sysctls: Sysctls? = nil) {
    guard let sysctls else { return }
    func number(_ key: String, _ range: ClosedRange<Int>) -> Int? {
      guard let value = sysctls[key].flatMap({ Int($0.value) }), range.contains(value) else { return nil }
      return value
    }
    if let value = number("net.ipv4.tcp_syn_retries", 1...127) { (synRetries, isGiven) = (value, true) }
    if let value = number("net.ipv4.tcp_syn_linear_timeouts", 0...127) {
      linearTimeouts = value
    } else if sysctls.entries.count > 200 {
      // A whole `sysctl -a` without the key is of a kernel before 6.5.
      linearTimeouts = 0
    }
    dataRetries = number("net.ipv4.tcp_retries2", 0...255) ?? dataRetries
    mtuProbing = number("net.ipv4.tcp_mtu_probing", 0...2) ?? mtuProbing
    neighbourTries = number("net.ipv6.neigh.default.mcast_solicit", 1...1000) ?? neighbourTries
    if let value = number("net.ipv6.neigh.default.retrans_time_ms", 1...3_600_000) {
      neighbourSeconds = Double(value) / 1000
    }
    connectionLimit = number("net.netfilter.nf_conntrack_max", 1...1_000_000_000)
    if let value = number("net.netfilter.nf_conntrack_udp_timeout", 1...1_000_000) { udpTimeout = Double(value) }
  }

  /// When an unanswered SYN is sent again, counted from the first, and when connect(2) fails.
  package var synSchedule: (again: [Double], end: Double) {
    var again: [Double] = []
    var time = 0.0
    var interval = 1.0
    for index in 1...max(1, synRetries + linearTimeouts) {
      time += interval
      again.append(time)
      if index > linearTimeouts { interval = min(interval * 2, 120) }
    }
    return (again, time + interval)
  }

  /// How long an established connection sends unacknowledged data again before it is given up (`tcp_retries2`), when
  /// retransmissions start at the least time of 200 ms. They start at three round trips of the handshake where that is
  /// more, and end with the first one that is due behind the same time: before twice as much and three first waits.
  package var dataTimeout: Double {
    let (base, most) = (0.2, 120.0)
    let doublings = 9
    if dataRetries <= doublings { return (Double(2 << dataRetries) - 1) * base }
    return (Double(2 << doublings) - 1) * base + Double(dataRetries - doublings) * most
  }

  /// What becomes of such a connection; a clause without a full stop.
  package var dataEnd: String {
    "the sender gives up at the first retransmission due after \(Delay.words(dataTimeout)) (tcp_retries2 \(dataRetries); "
      + "later where round trips exceed 70 ms, or did when the destination was last reached)"
  }

  /// Until an IPv6 neighbour that does not answer makes connect(2) fail with "No route to host".
  package var neighbourTimeout: Double { Double(neighbourTries) * neighbourSeconds }

  /// Until a resolver library has given up one server.
  package var resolverTimeout: Double { resolverSeconds * Double(resolverAttempts) }
}

/// What a client or a user waits.
package struct Delay: Sendable {
  /// The best estimate; for an endless stall the time until the sender gives up.
  package var seconds: Double
  /// What the log shows: at least, and less than.
  package var bounds: ClosedRange<Double>?
  /// Nothing arrives however long one waits.
  package var isEndless = false
  /// Told by the times in the log, not only by the rules of TCP.
  package var isMeasured = false
  /// A clause that says where the time comes from; lower-case start, no full stop.
  package var reason: String

  package init(
    _ seconds: Double, bounds: ClosedRange<Double>? = nil, isEndless: Bool = false, isMeasured: Bool = false,
    _ reason: String
  ) {
    self.seconds = seconds
    self.bounds = bounds
    self.isEndless = isEndless
    self.isMeasured = isMeasured
    self.reason = reason
  }

  /// `3 s`, `2 min 11 s`, `15 min`; tenths below ten seconds.
  package static func words(_ seconds: Double) -> String {
    if seconds < 10 {
      let tenths = Int((max(seconds, 0) * 10).rounded())
      return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
    let whole = Int(min(seconds, 1e9).rounded())
    return whole < 100 ? "\(whole) s" : "\(whole) s (\(whole / 60) min\(whole % 60 == 0 ? "" : " \(whole % 60) s"))"
  }
}
