import Reporting

/// What `fwlint why` without arguments reads on the machine it runs on: sysctls from /proc and the kernel's log. What
/// cannot be read is said, with the way to give it.
struct LiveHost {
  let world: World

  init(_ world: World) { self.world = world }

  private static let keys = [
    "net.ipv4.tcp_syn_retries", "net.ipv4.tcp_syn_linear_timeouts", "net.ipv4.tcp_retries2",
    "net.ipv4.tcp_mtu_probing", "net.ipv4.tcp_syncookies", "net.ipv4.ip_forward", "net.ipv4.ip_no_pmtu_disc",
    "net.ipv4.conf.all.rp_filter", "net.ipv4.conf.default.rp_filter", "net.ipv4.conf.all.log_martians",
    "net.ipv4.icmp_ratelimit", "net.ipv6.neigh.default.mcast_solicit", "net.ipv6.neigh.default.retrans_time_ms",
    "net.ipv6.conf.all.forwarding", "net.netfilter.nf_conntrack_max", "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_udp_timeout", "net.netfilter.nf_conntrack_udp_timeout_stream",
    "net.netfilter.nf_conntrack_tcp_timeout_established", "net.netfilter.nf_conntrack_tcp_be_liberal",
    "net.core.somaxconn",
  ]
  private static let logs = ["/var/log/kern.log", "/var/log/messages", "/var/log/syslog"]

  /// The options with what was found, and a world in which it can be read.
  func completed(_ options: CheckOptions, _ notes: inout [String]) -> (CheckOptions, World) {
    var options = options
    var result = world
    notes.append(
      "rules: not read; the kernel's rules can be given with: nft list ruleset | fwlint why --ruleset - (or iptables-save)"
    )
    if options.sysctl == nil {
      let text = sysctls
      if text.isEmpty {
        notes.append("sysctls: /proc/sys/net cannot be read; give them with --sysctl FILE (sysctl -a > FILE)")
      } else {
        let name = "/proc/sys"
        let read = world.read
        result.read = { (path: String, limit: Int) throws(FileError) in
          path == name ? Array(text.utf8) : try read(path, limit)
        }
        options.sysctl = name
        notes.append("sysctls: read from /proc/sys")
      }
    }
    if let path = Self.logs.first(where: { canBeRead($0) }) {
      options.logs = [path]
      notes.append("log: \(path)")
    } else if world.kind("/run/systemd/journal") == .directory, world.canRun("journalctl") {
      options.logs = [LogSource.journal]
      notes.append("log: the kernel's messages in the journal since the last boot")
    } else if world.canRun("dmesg") {
      options.logs = [LogSource.kernelRing]
      notes.append("log: the kernel's ring of messages (dmesg)")
    } else {
      notes.append(
        "log: none could be read; give one with --log FILE (dmesg > FILE, or journalctl -k -o short-iso > FILE)")
    }
    return (options, result)
  }

  private var sysctls: String {
    var text = ""
    for key in Self.keys {
      let path = "/proc/sys/" + key.split(separator: ".").joined(separator: "/")
      guard world.kind(path) == .file, let bytes = try? world.read(path, 4096) else { continue }
      let value = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
      text += "\(key) = \(value)\n"
    }
    return text
  }

  private func canBeRead(_ path: String) -> Bool {
    guard world.kind(path) == .file else { return false }
    guard let head = world.head, let bytes = try? head(path, 1) else { return false }
    return !bytes.isEmpty
  }
}
