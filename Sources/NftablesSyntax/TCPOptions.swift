/// TCP options (IANA "TCP Option Kind Numbers") and their fields as nft(8) names them.
package enum TCPOptions {
  package static let names = [
    "eol", "nop", "maxseg", "window", "sack-perm", "sack", "sack0", "sack1", "sack2", "sack3", "timestamp", "fastopen",
    "md5sig", "mptcp",
  ]

  /// The fields of an option; nil when there is no such option.
  package static func fields(of name: String) -> [Word]? {
    switch name {
    case "eol", "nop", "noop": [.kind]
    case "maxseg", "mss": [.kind, .length, .size]
    case "window": [.kind, .length, .count]
    case "sack-perm", "sack-permitted", "fastopen", "md5sig": [.kind, .length]
    case "sack", "sack0", "sack1", "sack2", "sack3": [.kind, .length, .left, .right]
    case "timestamp": [.kind, .length, .tsval, .tsecr]
    case "mptcp": [.kind, .length, .subtype]
    default: nil
    }
  }

  /// Width of a field in bits.
  package static func width(_ field: Word) -> Int {
    switch field {
    case .size: 16
    case .left, .right, .tsval, .tsecr: 32
    case .subtype: 4
    default: 8
    }
  }
}
