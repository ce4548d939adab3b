package import Packets

/// What the kernel (or the log daemon) says beside LOG lines that bears on a firewall.
package struct KernelMessage: Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case martianSource, martianDestination, sourceRouteOption, conntrackFull, expectationsFull
    case synFloodCookies, synFloodDropping, neighbourTableOverflow
    /// Lines that the kernel or the log daemon left out: counts are lower bounds.
    case suppressed
    case redirectIgnored, bogusICMP, helperAssignmentOff, duplicateAddress, conntrackInvalid, mtuBelowMinimum
    case natExhausted
    /// The counter IPReversePathFilter of `nstat`; its value is in `count`.
    case reversePathCounter
  }
  package var kind: Kind
  package var line: Int
  package var time: Double
  package var timeBase: TimeBase
  /// The sender of the packet spoken of.
  package var source: Address?
  package var destination: Address?
  package var interface = ""
  package var port: UInt16?
  /// Messages left out (`suppressed`), else 1.
  package var count = 1
  /// The message, cut to 200 bytes; as untrusted as the log.
  package var text: String

  /// Reads a message from its first byte on; nil for one that is not known.
  @inline(__always) static func read(_ cursor: LineCursor, _ record: LogRecord) -> KernelMessage? {
    guard mayBeKnown(cursor) else { return nil }
    return parse(cursor, record)
  }

  @inline(__always) private static func mayBeKnown(_ cursor: LineCursor) -> Bool {
    switch cursor.half() {
    case bytes4("I", "P", "v", "4"), bytes4("I", "P", "v", "6"), bytes4("n", "f", "_", "c"), bytes4("i", "p", "_", "c"),
      bytes4("n", "f", "_", "n"), bytes4("T", "C", "P", ":"), bytes4("n", "e", "i", "g"), bytes4("N", "e", "i", "g"),
      bytes4("n", "e", "t", "_"), bytes4("m", "a", "r", "t"), bytes4("i", "c", "m", "p"), bytes4("I", "C", "M", "P"),
      bytes4("h", "o", "s", "t"), bytes4("R", "e", "d", "i"), bytes4("p", "o", "s", "s"), bytes4("P", "o", "s", "s"),
      bytes4("r", "e", "q", "u"), bytes4("s", "o", "u", "r"), bytes4("a", "r", "p", "_"), bytes4("n", "d", "i", "s"),
      bytes4("_", "_", "r", "a"), bytes4("n", "f", "t", "_"), bytes4("x", "t", "_", "c"), bytes4("x", "t", "_", "L"),
      bytes4("T", "c", "p", "E"):
      return true
    default:
      return cursor.hasMTUMessage
    }
  }

  @inline(never) private static func parse(_ cursor: LineCursor, _ record: LogRecord) -> KernelMessage? {
    let text = cursor.messageText(200)
    var message = KernelMessage(
      kind: .suppressed, line: record.line, time: record.time, timeBase: record.timeBase, text: text)
    return message.fill(text) ? message : nil
  }

  /// The daemon's own notes about lines it left out.
  @inline(never) static func daemonNote(_ cursor: LineCursor, _ record: LogRecord) -> KernelMessage? {
    switch cursor.half() {
    case bytes4("r", "s", "y", "s"), bytes4("s", "y", "s", "t"), bytes4("j", "o", "u", "r"): break
    default: return nil
    }
    let text = cursor.messageText(200)
    guard text.hasPrefix("rsyslogd") || text.hasPrefix("systemd-journald") || text.hasPrefix("journal") else {
      return nil
    }
    return suppressionNote(cursor, record)
  }

  /// A note of a log daemon, from its message on.
  @inline(never) static func suppressionNote(_ cursor: LineCursor, _ record: LogRecord) -> KernelMessage? {
    let text = cursor.messageText(200)
    guard text.contains(part: "uppressed") || text.contains(part: "imuxsock") || text.contains(part: "begin to drop")
    else { return nil }
    var message = KernelMessage(
      kind: .suppressed, line: record.line, time: record.time, timeBase: record.timeBase, text: text)
    message.count = limited(text.numbers.last)
    return message
  }

  /// A number from a log, as untrusted as it is.
  private static func limited(_ number: Int?) -> Int { min(max(number ?? 1, 1), 1_000_000_000) }

  private mutating func fill(_ text: String) -> Bool {
    let words = text.split(separator: " ", maxSplits: 40).map(String.init)
    func address(_ word: String?) -> Address? {
      guard var word else { return nil }
      while let last = word.last, last == "," || last == "." || last == ";" { word.removeLast() }
      return Address(word)
    }
    func after(_ word: String) -> String? {
      guard let index = words.firstIndex(of: word), index + 1 < words.count else { return nil }
      return words[index + 1]
    }
    func device(_ word: String?) -> String {
      guard var word else { return "" }
      while let last = word.last, last == "," || last == ":" { word.removeLast() }
      return word
    }
    if text.contains(part: "martian source") {
      // The first address is the destination: `martian source 198.51.100.1 from 192.0.2.77, on dev wan`.
      (kind, destination, source) = (.martianSource, address(after("source")), address(after("from")))
      interface = device(after("dev"))
      return source != nil
    }
    if text.contains(part: "martian destination") {
      (kind, destination, source) = (.martianDestination, address(after("destination")), address(after("from")))
      interface = device(after("dev"))
      return destination != nil
    }
    if text.contains(part: "source route option") {
      (kind, source, destination) = (.sourceRouteOption, address(after("option")), address(after("->")))
      return source != nil
    }
    if text.contains(part: "table full"), text.contains(part: "conntrack") {
      kind = text.contains(part: "expectation table full") ? .expectationsFull : .conntrackFull
      return true
    }
    if text.contains(part: "expectation table full") {
      kind = .expectationsFull
      return true
    }
    if text.contains(part: "ossible SYN flooding on") {
      kind = text.contains(part: "ending cookies") ? .synFloodCookies : .synFloodDropping
      port = text.portBehind("port ")
      return true
    }
    if text.contains(part: "eighbo"), text.contains(part: "table overflow") {
      kind = .neighbourTableOverflow
      return true
    }
    if text.contains(part: "callbacks suppressed") {
      (kind, count) = (.suppressed, Self.limited(text.numbers.last))
      return true
    }
    if text.contains(part: "edirect"), text.contains(part: "ignore") {
      (kind, source) = (.redirectIgnored, address(after("from")))
      interface = device(after("on"))
      return true
    }
    if text.contains(part: "invalid ICMP type") {
      (kind, source) = (.bogusICMP, words.lazy.compactMap { address($0) }.first)
      return true
    }
    if text.contains(part: "automatic helper assignment") {
      kind = .helperAssignmentOff
      return true
    }
    if text.contains(part: "duplicate address") {
      kind = .duplicateAddress
      interface = words.count > 1 ? device(words[1]) : ""
      return true
    }
    if text.hasPrefix("nf_ct_") || text.hasPrefix("nf_conntrack_"), text.contains(part: "invalid") {
      kind = .conntrackInvalid
      return true
    }
    if text.contains(part: "mtu less than device minimum") {
      (kind, interface) = (.mtuBelowMinimum, device(words.first))
      return true
    }
    if text.hasPrefix("TcpExtIPReversePathFilter"), words.count > 1, let value = Int(words[1]), value > 0 {
      (kind, count) = (.reversePathCounter, Self.limited(value))
      return true
    }
    if text.hasPrefix("nf_nat"), text.contains(part: "exhaust") || text.contains(part: "no unique") {
      kind = .natExhausted
      return true
    }
    return false
  }
}

extension LineCursor {
  /// The rest of the line, cut to a number of bytes; control characters as `?`.
  func messageText(_ limit: Int) -> String {
    var bytes: [UInt8] = []
    var distance = 0
    while distance < limit, byte(distance) != 0x0a {
      let byte = byte(distance)
      bytes.append(byte < 0x20 || byte == 0x7f ? 0x3f : byte)
      distance += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `name: mtu less than …`.
  @inline(__always) fileprivate var hasMTUMessage: Bool {
    var index = 1
    while index < 16, byte(index) > 0x20 { index &+= 1 }
    var copy = self
    copy.at &+= index
    return copy.half() == bytes4(" ", "m", "t", "u") && byte(index &- 1) == 0x3a
  }
}

extension String {
  fileprivate func contains(part: StaticString) -> Bool {
    let wanted = Array("\(part)".utf8)
    let bytes = Array(utf8)
    guard wanted.count <= bytes.count, let first = wanted.first else { return false }
    for start in 0...(bytes.count - wanted.count) where bytes[start] == first {
      if bytes[start..<start + wanted.count].elementsEqual(wanted) { return true }
    }
    return false
  }

  /// All decimal numbers in it that fit.
  fileprivate var numbers: [Int] {
    split { !($0 >= "0" && $0 <= "9") }.compactMap { Int($0) }
  }

  /// The port behind a word: `port 80.`, `port 0.0.0.0:80.`, `port [::]:443.`.
  fileprivate func portBehind(_ word: String) -> UInt16? {
    let parts = split(separator: " ").map(String.init)
    guard let index = parts.firstIndex(of: "port"), index + 1 < parts.count else { return nil }
    var text = parts[index + 1][...]
    while text.last == "." || text.last == "," { text = text.dropLast() }
    if let colon = text.lastIndex(of: ":") { text = text[text.index(after: colon)...] }
    return UInt16(text)
  }
}
