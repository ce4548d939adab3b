import JSONText

/// A packet as people write it, after tcpdump's fashion:
///
///     tcp 203.0.113.5:40000 > 192.0.2.10:113 in eth0 syn
///     udp [2001:db8::1]:53 > [2001:db8::2]:40000 in eth0 reply
///     icmp 192.0.2.1 > 198.51.100.7 3/4 quoting tcp 198.51.100.7:40000 > 203.0.113.9:443
///
/// Words may stand in any order; `key=value` gives any member of the JSON schema. fwlint-trace(1) has the grammar.
package struct PacketText {
  private var words: [Substring]
  private var at = 0
  private var members: [(key: String, value: JSONValue)] = []
  private var state: ConntrackState?
  private var flags: UInt8?
  private var options: [String] = []
  private var extensions: [JSONValue] = []
  private var mark: UInt32?

  /// Reads the words of one packet. Problems name the word.
  package static func parse(_ text: some StringProtocol) throws(PacketProblem) -> PacketRequest {
    let words = text.split { $0.isWhitespace || $0 == "," }.map { Substring($0) }
    guard !words.isEmpty else { throw PacketProblem("an empty packet") }
    var reader = PacketText(words: words)
    return try reader.request(isQuoted: false)
  }

  private init(words: [Substring]) { self.words = words }

  private mutating func next() -> Substring? {
    guard at < words.count else { return nil }
    at += 1
    return words[at - 1]
  }

  private mutating func value(of word: Substring) throws(PacketProblem) -> Substring {
    guard let value = next() else { throw PacketProblem("`\(word)` needs a value after it") }
    return value
  }

  private mutating func add(_ key: String, _ value: JSONValue) throws(PacketProblem) {
    if members.contains(where: { $0.key == key }) { throw PacketProblem("`\(key)` is said twice") }
    members.append((key, value))
  }

  private func has(_ key: String) -> Bool { members.contains { $0.key == key } }

  private mutating func request(isQuoted: Bool) throws(PacketProblem) -> PacketRequest {
    while let word = next() { try read(word) }
    return try finish(isQuoted: isQuoted)
  }

  // MARK: Words

  private mutating func read(_ word: Substring) throws(PacketProblem) {
    if let parts = Self.pair(word) { return try readPair(parts.key, parts.value) }
    if [">", "->", "to"].contains(word) { return try readDestination(value(of: word)) }
    if word.hasPrefix(">"), word.count > 1 { return try readDestination(word.dropFirst(word.hasPrefix("->") ? 2 : 1)) }
    if let split = word.firstIndex(of: ">"), split != word.startIndex {
      try readEndpoint(word[..<split], "src", "sport")
      return try readDestination(word[word.index(after: split)...])
    }
    if try readKeyword(word) { return }
    if ProtocolName.number(String(word)) != nil, !has("proto") { return try add("proto", .string(String(word))) }
    if word.contains(".") || word.contains(":") || word.hasPrefix("[") { return try readEndpoint(word, "src", "sport") }
    if readFlags(word) { return }
    if try readICMP(word) { return }
    throw PacketProblem(
      "`\(word)` in the packet: expected words such as `tcp 203.0.113.5:40000 > 192.0.2.10:22 in eth0 syn`, or key=value"
    )
  }

  private static func pair(_ word: Substring) -> (key: String, value: String)? {
    guard let split = word.firstIndex(of: "="), split != word.startIndex else { return nil }
    return (String(word[..<split]), String(word[word.index(after: split)...]))
  }

  private mutating func readPair(_ key: String, _ text: String) throws(PacketProblem) {
    guard Self.schema.contains(key) else {
      throw PacketProblem("`\(key)` is no member of a packet; the members are \(Self.schema.joined(separator: " "))")
    }
    switch key {
    case "ext": extensions += text.split(separator: "+").map { .string(String($0)) }
    case "mark": mark = try Self.number(text, key, UInt32.self)
    case "ip_options" where !text.isEmpty: options.append(text)
    default: try add(key, Self.json(text))
    }
  }

  /// The members that can be written as `key=value`.
  private static let schema = [
    "id", "hook", "dir", "iif", "oif", "src", "dst", "proto", "sport", "dport", "flags", "seq", "ack", "window", "mss",
    "tcp_options", "urgptr", "icmp_type", "icmp_code", "icmp_id", "icmp_seq", "mtu", "gw", "target", "ttl", "tos",
    "dscp", "ecn", "ip_id", "df", "flow", "mf", "frag_off", "frag_len", "frag_data", "ip_options", "ext", "payload",
    "payload_len", "l4", "badcsum", "pkttype", "dmac", "smac", "mark", "skuid", "skgid", "ct", "ct_mark", "prelude",
    "keep", "raw",
  ]

  private static func json(_ text: String) -> JSONValue {
    if text == "true" { return .bool(true) }
    if text == "false" { return .bool(false) }
    if let number = Int(text) { return .int(number) }
    if text.hasPrefix("0x"), let number = Int(text.dropFirst(2), radix: 16) { return .int(number) }
    return .string(text)
  }

  private static func number<Number: FixedWidthInteger>(
    _ text: some StringProtocol, _ what: String, _ type: Number.Type
  ) throws(PacketProblem) -> Number {
    let isHex = text.hasPrefix("0x")
    guard let number = isHex ? Number(text.dropFirst(2), radix: 16) : Number(text) else {
      throw PacketProblem("`\(what)` needs a number from 0 to \(Number.max), not `\(text)`")
    }
    return number
  }

  /// Words with a meaning of their own. False: the word is none of them.
  private mutating func readKeyword(_ word: Substring) throws(PacketProblem) -> Bool {
    switch word {
    case "input", "forward", "output": try add("hook", .string(String(word)))
    case "in", "iif", "iifname": try add("iif", .string(String(value(of: word))))
    case "out", "oif", "oifname": try add("oif", .string(String(value(of: word))))
    case "from": try readEndpoint(value(of: word), "src", "sport")
    case "new": state = .new
    case "invalid": state = .invalid
    case "untracked": state = .untracked
    case "established", "reply", "related", "seen": try add("ct", .string(String(word)))
    case "proto": try add("proto", Self.json(String(value(of: word))))
    case "sport", "dport", "seq", "window", "mss", "urgptr", "mtu", "dscp", "ecn", "tos":
      try add(String(word), .int(Self.number(value(of: word), String(word), UInt32.self)))
    case "ttl", "hoplimit": try add("ttl", .int(Self.number(value(of: word), String(word), UInt8.self)))
    case "ackseq": try add("ack", .int(Self.number(value(of: word), "ackseq", UInt32.self)))
    case "type": try readType(value(of: word))
    case "code": try add("icmp_code", .int(Self.number(value(of: word), "code", UInt8.self)))
    case "id": try add("icmp_id", .int(Self.number(value(of: word), "id", UInt16.self)))
    case "mark": mark = try Self.number(value(of: word), "mark", UInt32.self)
    case "ctmark": try add("ct_mark", .int(Self.number(value(of: word), "ctmark", UInt32.self)))
    case "uid": try add("skuid", .int(Self.number(value(of: word), "uid", UInt32.self)))
    case "gid": try add("skgid", .int(Self.number(value(of: word), "gid", UInt32.self)))
    case "length", "payload": try add("payload_len", .int(Self.number(value(of: word), String(word), UInt16.self)))
    case "option": options.append(String(try value(of: word)))
    case "ext": extensions.append(.string(String(try value(of: word))))
    case "broadcast", "multicast": try add("pkttype", .string(String(word)))
    case "smac", "dmac", "pkttype": try add(String(word), .string(String(value(of: word))))
    case "df": try add("df", .bool(true))
    case "badcsum": try add("badcsum", .bool(true))
    case "mf", "first-fragment": try add("mf", .bool(true))
    case "fragment": try readFragment()
    case "flags": flags = (flags ?? 0) | TCPFlag.bits(String(try value(of: word)).uppercased())
    case "quoting": try readQuoted()
    case "after": try add("prelude", .string(String(value(of: word))))
    default: return false
    }
    return true
  }

  /// `fragment`, `fragment OFFSET`: a later fragment, at 8 bytes or where it says.
  private mutating func readFragment() throws(PacketProblem) {
    var offset: UInt16 = 64
    if at < words.count, words[at].utf8.allSatisfy({ (48...57).contains($0) }) {
      offset = try Self.number(words[at], "fragment", UInt16.self)
      at += 1
    }
    if offset == 0 { try add("mf", .bool(true)) } else { try add("frag_off", .int(offset)) }
  }

  private mutating func readQuoted() throws(PacketProblem) {
    let rest = Array(words[at...])
    at = words.count
    guard !rest.isEmpty else { throw PacketProblem("`quoting` needs the packet that the error is about") }
    var reader = PacketText(words: rest)
    while let word = reader.next() { try reader.read(word) }
    try add("inner", reader.object())
  }

  // MARK: Addresses, flags, types

  private mutating func readDestination(_ word: Substring) throws(PacketProblem) {
    try readEndpoint(word, "dst", "dport")
  }

  /// `address`, `address:port`, `[v6]:port`.
  private mutating func readEndpoint(_ word: Substring, _ address: String, _ port: String) throws(PacketProblem) {
    var text = word
    var number: Substring?
    if word.hasPrefix("["), let end = word.firstIndex(of: "]") {
      text = word[word.index(after: word.startIndex)..<end]
      let rest = word[word.index(after: end)...]
      if rest.hasPrefix(":") { number = rest.dropFirst() } else if !rest.isEmpty { number = rest }
    } else if word.contains("."), let split = word.lastIndex(of: ":"), Address(word) == nil {
      text = word[..<split]
      number = word[word.index(after: split)...]
    }
    guard Address(text) != nil else {
      throw PacketProblem("`\(word)` is no address; write 192.0.2.1:80 or [2001:db8::1]:80")
    }
    try add(address, .string(String(text)))
    if let number { try add(port, .int(Self.number(number, "port of \(word)", UInt16.self))) }
  }

  private mutating func readFlags(_ word: Substring) -> Bool {
    if word == "none" || word == "null" {
      flags = flags ?? 0
      return true
    }
    if word == "xmas" {
      flags = TCPFlag.fin | TCPFlag.psh | TCPFlag.urg
      return true
    }
    var bits: UInt8 = 0
    for name in word.lowercased().split(whereSeparator: { $0 == "-" || $0 == "+" || $0 == "|" || $0 == "/" }) {
      guard let bit = TCPFlag.bit(named: String(name)) else { return false }
      bits |= bit
    }
    guard bits != 0 else { return false }
    flags = (flags ?? 0) | bits
    return true
  }

  /// `3/4`, a type's name, or a type's number behind the addresses.
  private mutating func readICMP(_ word: Substring) throws(PacketProblem) -> Bool {
    let parts = word.split(separator: "/", maxSplits: 1)
    guard let first = parts.first else { return false }
    let isNumber = first.utf8.allSatisfy { (48...57).contains($0) }
    let isName = ICMPType.number(String(first), isV6: false) != nil || ICMPType.number(String(first), isV6: true) != nil
    guard isNumber || isName, !has("icmp_type") else { return false }
    try readType(first)
    if parts.count == 2 { try add("icmp_code", .int(Self.number(parts[1], "ICMP code", UInt8.self))) }
    return true
  }

  private mutating func readType(_ word: Substring) throws(PacketProblem) {
    if word.utf8.allSatisfy({ (48...57).contains($0) }) {
      try add("icmp_type", .int(Self.number(word, "ICMP type", UInt8.self)))
    } else {
      try add("icmp_type", .string(String(word)))
    }
  }

  // MARK: The whole

  private mutating func object() throws(PacketProblem) -> JSONValue {
    if !has("raw") {
      guard has("src") || has("dst") else {
        throw PacketProblem("the packet has no addresses; write `SOURCE > DESTINATION`")
      }
      guard has("src") else { throw PacketProblem("the packet has no source; write `SOURCE > DESTINATION`") }
      guard has("dst") else { throw PacketProblem("the packet has no destination; write `SOURCE > DESTINATION`") }
    }
    if has("icmp_type"), !has("proto") {
      let isV6 = members.first { $0.key == "src" }?.value.stringValue?.contains(":") ?? false
      try add("proto", .string(isV6 ? "icmpv6" : "icmp"))
    }
    // `icmp` between IPv6 addresses means ICMPv6.
    if let index = members.firstIndex(where: { $0.key == "proto" && $0.value == .string("icmp") }),
      members.contains(where: { $0.key == "src" && ($0.value.stringValue?.contains(":") ?? false) })
    {
      members[index].value = .string("icmpv6")
    }
    if let flags { try add("flags", .int(flags)) }
    if let option = options.first {
      guard options.count == 1 else { throw PacketProblem("one `option` only") }
      try add("ip_options", .string(option))
    }
    if !extensions.isEmpty { try add("ext", .array(extensions)) }
    return .object(members)
  }

  private mutating func finish(isQuoted: Bool) throws(PacketProblem) -> PacketRequest {
    if !has("hook"), !has("raw") || has("iif") || has("oif") {
      if has("iif"), has("oif") { try add("hook", .string("forward")) }
      if !has("iif"), has("oif") { try add("hook", .string("output")) }
    }
    // A later packet of a flow carries no SYN of its own.
    if flags == nil, !has("flags"), has("ct"), members.first(where: { $0.key == "proto" })?.value ?? "tcp" == "tcp" {
      flags = TCPFlag.ack
    }
    var request = try PacketRequest(json: object())
    if !has("iif") { request.packet.inInterface = nil }
    if !has("oif") { request.packet.outInterface = nil }
    if let mark { request.packet.mark = mark }
    if let state, request.packet.state == nil { request.packet.state = state }
    if !has("skuid") { request.packet.socketUID = nil }
    if !has("skgid") { request.packet.socketGID = nil }
    return request
  }
}
