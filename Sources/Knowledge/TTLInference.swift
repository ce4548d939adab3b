/// What the TTL of a received packet tells of its sender.
package struct TTLInference: Sendable, Hashable {
  /// The value that the sender most likely started with: 32, 64, 128 or 255.
  package let initial: UInt8
  /// Routers passed, when the line was logged before this host took its own one (input, prerouting).
  package let hops: Int
  /// The systems that start so.
  package let senders: String

  /// The nearest usual start at or above the value.
  package init(_ ttl: UInt8) {
    switch ttl {
    case ...32: (initial, senders) = (32, "Windows 95 and 98, some devices, or a traceroute")
    case ...64: (initial, senders) = (64, "Linux, Android, macOS, iOS or a BSD")
    case ...128: (initial, senders) = (128, "Windows")
    default: (initial, senders) = (255, "routers, Solaris, and ICMP or neighbour discovery of many systems")
    }
    hops = Int(initial) - Int(ttl)
  }

  var topic: Topic {
    let ids: [UInt8: String] = [128: "TI008", 64: "TI009"]
    let routers = hops == 1 ? "1 router" : "\(hops) routers"
    let ttl = Int(initial) - hops
    return Topic(
      id: ids[initial] ?? "ttl-\(initial)", subject: "ttl \(ttl)",
      meaning: """
        The next usual start above \(ttl) is \(initial) (\(senders)), so the packet has probably passed \(routers).
        """,
      advice: """
        Take it as an estimate. In a line logged in FORWARD this host has already taken one, so the sender is one \
        router nearer.
        """,
      today: """
        Holds: Linux, macOS and phones start at 64, Windows at 128, routers at 255. A sender may choose any value, so \
        it proves nothing.
        """)
  }
}
