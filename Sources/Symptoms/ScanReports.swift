import CheckKit
import Packets

/// Names what the sources that passed a threshold did.
enum ScanReports {
  static func reports(_ scanners: [Prober], probes: ProbeTable, options: SymptomOptions) -> [SymptomReport] {
    var groups: [(name: String, words: String, members: [Prober])] = []
    for prober in scanners {
      for (name, words) in names(prober, options) {
        if let index = groups.firstIndex(where: { $0.name == name }) {
          groups[index].members.append(prober)
        } else {
          groups.append((name, words, [prober]))
        }
      }
    }
    return groups.map { group in
      let count = group.members.reduce(0) { $0 + $1.count }
      let shown = group.members.prefix(3).map { member in
        var text = Evidence.text(member.source)
        if member.source.value == 0 { text += " (forged)" }
        if group.name.hasSuffix("port-scan") { text += " (at least \(member.mostPorts) ports in a minute)" }
        return text
      }
      let rest = group.members.count + probes.forgottenScanners - shown.count
      var report = SymptomReport(
        name: group.name, level: .note, count: count, first: group.members.map(\.first).min(),
        last: group.members.map(\.last).max(),
        sources: group.members.prefix(16).map { (address: Evidence.text($0.source), count: $0.count) },
        explanation: "\(group.words) from \(shown.joined(separator: ", "))\(rest > 0 ? " and \(rest) more" : "")")
      report.timeBase = probes.timeBase
      report.needsAction = false
      return report
    }
  }

  /// The most telling names first; a source may have several.
  private static func names(_ prober: Prober, _ options: SymptomOptions) -> [(String, String)] {
    var names: [(String, String)] = []
    if prober.nullProbes >= options.scanOddFlags { names.append(("null-scan", "a NULL scan (TCP without flags)")) }
    if prober.xmasProbes >= options.scanOddFlags { names.append(("xmas-scan", "an XMAS scan (FIN, PSH, URG)")) }
    if prober.finProbes >= options.scanOddFlags { names.append(("fin-scan", "a FIN scan")) }
    if prober.synFinProbes >= options.scanOddFlags { names.append(("syn-fin-scan", "a SYN+FIN scan")) }
    if prober.sscanProbes >= options.scanOddFlags {
      names.append(("sscan", "TCP probes from ports 1 to 5 or from the port they go to, the habit of sscan,"))
    }
    if prober.isMirai {
      names.append(("telnet-worm", "telnet probes on ports 23 and 2323, the habit of Mirai and its kin,"))
    }
    if prober.mostSweep >= options.sweepDestinations { names.append(("ping-sweep", "a ping sweep")) }
    if prober.proxyPorts >= 4 { names.append(("proxy-check", "a hunt for open proxies")) }
    if prober.mostPorts >= options.scanPorts {
      if prober.synProbes * 2 > prober.count {
        names.append(("syn-port-scan", "a TCP port scan"))
      } else if prober.udpProbes * 2 > prober.count {
        names.append(("udp-port-scan", "a UDP port scan"))
      } else if names.isEmpty {
        names.append(("port-scan", "a port scan"))
      }
    }
    if prober.mostDestinations >= options.scanDestinations {
      names.append(("network-scan", "a scan over many addresses"))
    }
    return names
  }
}
