package import FirewallModel

/// What a file holds, told from its bytes.
package enum Recognized: Hashable, Sendable {
  case ruleset(Dialect)
  /// An ipset-save dump: sets for the iptables rule sets of the run.
  case ipsetSave
  /// Text that is none of these, or empty.
  case unknown
  case binary
}

/// Tells the dialect of a text from its first lines, and by its name where they do not say. Looks at the first 64 KiB,
/// and for the IP version of an iptables dump at as much of it as is needed.
package func recognize(_ bytes: [UInt8], path: String) -> Recognized {
  let head = bytes.prefix(1 << 16)
  if head.prefix(8192).contains(0) { return .binary }
  for line in lines(of: head) {
    guard let first = line.first else { continue }
    switch first {
    case UInt8(ascii: "#"):
      if line.starts(with: "#!".utf8), contains(line, "nft") { return .ruleset(.nft) }
    case UInt8(ascii: "{"): return contains(head, "\"nftables\"") ? .ruleset(.nftJSON) : .unknown
    case UInt8(ascii: "*"):
      let name = line.dropFirst()
      guard !name.isEmpty, name.allSatisfy(isWordByte) else { return .unknown }
      return .ruleset(isIPv6Dump(bytes, path: path) ? .ip6tablesSave : .iptablesSave)
    default:
      let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3).map { String(decoding: $0, as: UTF8.self) }
      return recognizeStatement(words, line, path: path, bytes)
    }
  }
  return byName(path) ?? .unknown
}

private func recognizeStatement(
  _ words: [String], _ line: ArraySlice<UInt8>, path: String, _ bytes: [UInt8]
) -> Recognized {
  switch words.first?.lowercased() ?? "" {
  case "create"
  where words.count > 2
    && (words[2].hasPrefix("hash:") || words[2].hasPrefix("bitmap:") || words[2].hasPrefix("list:")):
    return .ipsetSave
  case "table", "add", "define", "include", "flush", "create", "insert", "delete", "destroy", "redefine", "undefine",
    "replace", "list", "reset", "rename", "import", "chain", "rule", "element", "set", "map", "counter", "quota":
    let isAlone = words.count == 1
    return isAlone && byName(path) == nil ? .unknown : .ruleset(.nft)
  case ":input", ":forward", ":output", "-a", "-p", "-n":
    return .ruleset(isIPv6Dump(bytes, path: path) ? .ip6tablesSave : .iptablesSave)
  default: return byName(path) ?? .unknown
  }
}

/// By the name alone; for files whose first lines do not tell.
private func byName(_ path: String) -> Recognized? {
  let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
  if name.hasSuffix(".nft") || name.hasSuffix(".nftables") || name == "nftables.conf" { return .ruleset(.nft) }
  if name.hasPrefix("ip6tables") || name.hasSuffix(".v6") { return .ruleset(.ip6tablesSave) }
  if name.hasPrefix("iptables") || name.hasSuffix(".v4") { return .ruleset(.iptablesSave) }
  return nil
}

/// The name of a file that a search of a directory reads even when its contents are broken.
func hasRulesetName(_ path: String) -> Bool { byName(path) != nil }

/// Whether a dump in iptables-save form is of ip6tables: its own head comment, else its name, else the first address or
/// protocol that only one of them has.
private func isIPv6Dump(_ bytes: [UInt8], path: String) -> Bool {
  for line in lines(of: bytes.prefix(1 << 12)) where line.first == UInt8(ascii: "#") {
    if contains(line, "ip6tables-save") { return true }
    if contains(line, "iptables-save") { return false }
  }
  switch byName(path) {
  case .ruleset(.ip6tablesSave)?: return true
  case .ruleset(.iptablesSave)?: return false
  default: break
  }
  for line in lines(of: bytes.prefix(1 << 22)) where line.first == UInt8(ascii: "-") {
    for word in line.split(separator: UInt8(ascii: " ")) {
      if word.elementsEqual("ipv6-icmp".utf8) || word.elementsEqual("icmpv6".utf8) || word.elementsEqual("icmp6".utf8)
        || word.elementsEqual("icmp6-port-unreachable".utf8) || word.elementsEqual("icmp6-adm-prohibited".utf8)
      {
        return true
      }
      if word.elementsEqual("icmp".utf8) || isDottedQuad(word) { return false }
      let colons = word.reduce(0) { $0 + ($1 == UInt8(ascii: ":") ? 1 : 0) }
      if colons >= 2, word.allSatisfy({ isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") }) {
        return true
      }
    }
  }
  return false
}

private func isDottedQuad(_ word: ArraySlice<UInt8>) -> Bool {
  var dots = 0
  for byte in word {
    if byte == UInt8(ascii: ".") { dots += 1 } else if byte == UInt8(ascii: "/") { break }
    guard byte == UInt8(ascii: ".") || (byte >= 48 && byte <= 57) else { return false }
  }
  return dots == 3
}

private func isHexDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case 48...57, 65...70, 97...102: true
  default: false
  }
}

private func isWordByte(_ byte: UInt8) -> Bool {
  switch byte {
  case 97...122, 65...90, 48...57, UInt8(ascii: "_"), UInt8(ascii: "-"): true
  default: false
  }
}

/// Lines without white space at their ends; a byte order mark is left out.
private func lines(of bytes: ArraySlice<UInt8>) -> some Sequence<ArraySlice<UInt8>> {
  let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes
  return text.lazy.split(separator: UInt8(ascii: "\n")).lazy.map { line in
    func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
    var line = line
    while let first = line.first, isSpace(first) { line = line.dropFirst() }
    while let last = line.last, isSpace(last) { line = line.dropLast() }
    return line
  }
}

private func contains(_ bytes: ArraySlice<UInt8>, _ word: String) -> Bool {
  let word = Array(word.utf8)
  guard let first = word.first, bytes.count >= word.count else { return false }
  var index = bytes.startIndex
  let last = bytes.endIndex - word.count
  while index <= last {
    if bytes[index] == first, bytes[index..<index + word.count].elementsEqual(word) { return true }
    index += 1
  }
  return false
}
