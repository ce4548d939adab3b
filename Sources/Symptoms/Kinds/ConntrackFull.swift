import CheckKit
import PacketLogs
import Packets

/// The connection table is full: new connections die, old ones live.
enum ConntrackFull: SymptomKind {
  static let symptom = Symptom(
    name: "conntrack-full", level: .error, codes: ["STATE014"], messages: [.conntrackFull],
    conclude: { evidence in
      Conclusion(
        "the connection table is full: packets of new connections are dropped, and late answers and broken connections in "
          + "those minutes follow from it",
        advice:
          "raise net.netfilter.nf_conntrack_max (and nf_conntrack_buckets to a quarter of it or more), find what fills it "
          + "(`conntrack -S`, `conntrack -L`), shorten UDP timeouts",
        repair: .sysctl(key: "net.netfilter.nf_conntrack_max", value: "262144", title: "make room for more connections")
      )
    })
}
