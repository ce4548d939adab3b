/// The chunks of SCTP (RFC 9260 section 3.3) and their fields as nft(8) names them.
package enum SCTPChunks {
  package static let common = ["type", "flags", "length"]

  package static let names = [
    "data", "init", "init-ack", "sack", "heartbeat", "heartbeat-ack", "abort", "shutdown", "shutdown-ack", "error",
    "cookie-echo", "cookie-ack", "ecne", "cwr", "shutdown-complete", "asconf-ack", "forward-tsn", "asconf",
  ]

  /// The fields that a chunk has beside the common ones; empty when there is no such chunk or it has none.
  package static func fields(of chunk: String) -> [String] {
    switch chunk {
    case "data": common + ["tsn", "stream", "ssn", "ppid"]
    case "init", "init-ack":
      common + ["init-tag", "a-rwnd", "num-outbound-streams", "num-inbound-streams", "initial-tsn"]
    case "sack": common + ["cum-tsn-ack", "a-rwnd", "num-gap-ack-blocks", "num-dup-tsns"]
    case "shutdown": common + ["cum-tsn-ack"]
    case "ecne", "cwr": common + ["lowest-tsn"]
    case "asconf-ack", "asconf": common + ["seqno"]
    case "forward-tsn": common + ["new-cum-tsn"]
    case "heartbeat", "heartbeat-ack", "abort", "error", "cookie-echo", "cookie-ack", "shutdown-ack",
      "shutdown-complete":
      common
    default: []
    }
  }

  static func isField(_ name: String) -> Bool {
    switch name {
    case "type", "flags", "length", "tsn", "stream", "ssn", "ppid", "init-tag", "a-rwnd", "num-outbound-streams",
      "num-inbound-streams", "initial-tsn", "cum-tsn-ack", "num-gap-ack-blocks", "num-dup-tsns", "lowest-tsn", "seqno",
      "new-cum-tsn":
      true
    default: false
    }
  }
}
