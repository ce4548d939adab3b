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

extension TCPOptions {
  private static let kinds: [(name: String, kind: Int)] = [
    ("eol", 0), ("nop", 1), ("maxseg", 2), ("window", 3), ("sack-perm", 4), ("sack", 5), ("timestamp", 8),
    ("md5sig", 19), ("mptcp", 30), ("fastopen", 34),
  ]

  /// The kind number of an option that has a name.
  package static func kind(of name: String) -> Int? {
    let name = canonicalName(name)
    return kinds.first { $0.name == name }?.kind
  }

  /// The name that listings print: one for each kind, for aliases and for numbers that have one.
  package static func canonicalName(_ name: String) -> String {
    if let number = Int(name) { return kinds.first { $0.kind == number }?.name ?? String(number) }
    switch name {
    case "sack-permitted": return "sack-perm"
    case "sack0": return "sack"
    case "mss": return "maxseg"
    default: return name
    }
  }
}
