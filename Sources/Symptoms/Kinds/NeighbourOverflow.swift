import CheckKit
import PacketLogs
import Packets

/// The neighbour table is full: hosts on the segment cannot be reached.
enum NeighbourOverflow: SymptomKind {
  static let symptom = Symptom(
    name: "neighbour-overflow", level: .error, codes: [], messages: [.neighbourTableOverflow],
    conclude: { evidence in
      Conclusion(
        "the neighbour table (ARP or ND) is full: hosts on the segment cannot be reached; a scan of a large network, or "
          + "simply many neighbours",
        advice:
          "raise net.ipv4.neigh.default.gc_thresh3 (and net.ipv6.neigh…), refuse scans of unused addresses (RFC 6583)",
        repair: .sysctl(key: "net.ipv4.neigh.default.gc_thresh3", value: "4096", title: "make room for more neighbours")
      )
    })
}
