package import SourceText

/// One `ipset save` dump: the sets that stand after all its commands.
package struct IpsetFile: Sendable {
  package let source: SourceFile
  package private(set) var problems: [Problem] = []
  package private(set) var sets: [Set] = []
  private var indices: [String: Int] = [:]
  /// Elements to take out, by set: those that were there when the command came.
  private var removals: [Int: [[Part]: Int]] = [:]
  private var destroyed: Swift.Set<Int> = []
  /// The set of the last line, since most lines name the same one as the line before.
  private var lastSet: (name: ArraySlice<UInt8>, index: Int)?

  package struct Set: Sendable {
    package var name: String
    /// `hash:ip,port` and so on, in today's spelling.
    package var type: String
    package var dimensions: [Dimension]
    package var isIPv6: Bool
    /// Elements go away by themselves, or are completed by the first packet.
    package var isChanging: Bool
    /// Elements of `hash:ip` and `bitmap:ip` stand for networks of this length; nil: whole addresses.
    package var netmask: Int?
    /// Elements are compared under a mask that is no prefix (`bitmask`, `markmask`).
    package var isMasked = false
    /// All elements one after the other, each with one part for each dimension.
    package var parts: [Part] = []
    /// Numbers of the elements that are exceptions (`nomatch`): what they hold does not match.
    package var exceptions: Swift.Set<Int> = []
    /// Parts taken out of a set of single values, and the number of elements that stood there before.
    package var removed: [(part: Part, before: Int)] = []
    package var place: SourceRange

    package var count: Int { dimensions.isEmpty ? 0 : parts.count / dimensions.count }
    package func element(_ index: Int) -> ArraySlice<Part> {
      parts[index * dimensions.count..<(index + 1) * dimensions.count]
    }
  }

  package enum Dimension: String, Sendable {
    case ip, net, port, mac, mark, iface, set
  }

  /// One dimension of an element.
  package enum Part: Hashable, Sendable {
    /// Inclusive bounds; an address, a mark or a MAC.
    case range(UInt128, UInt128)
    /// Inclusive bounds. Of ICMP the type is the high byte and the code the low one; protocols without ports have 0.
    case port(protocol: UInt8?, lower: UInt16, upper: UInt16)
    /// An interface; a wildcard holds all names that start with it.
    case interface(String, isWildcard: Bool)
    /// A set of sets.
    case name(String)
    /// Left away: any.
    case any
  }

  package init(reading source: SourceFile) {
    self.source = source
    var words: [Word] = []
    for number in 1...max(1, source.lineCount) {
      guard let range = source.rangeOfLine(number) else { break }
      words.removeAll(keepingCapacity: true)
      WordScanner.scan(source.bytes, from: range.lowerBound, to: range.upperBound, into: &words)
      run(words)
    }
    for (index, parts) in removals { remove(parts, from: index) }
    if !destroyed.isEmpty {
      sets = sets.enumerated().filter { !destroyed.contains($0.offset) }.map(\.element)
      indices = [:]
      for (index, set) in sets.enumerated() { indices[set.name] = index }
    }
  }

  private mutating func remove(_ removed: [[Part]: Int], from index: Int) {
    let set = sets[index]
    sets[index].parts = []
    sets[index].exceptions = []
    for position in 0..<set.count {
      let element = set.element(position)
      if position < removed[Array(element)] ?? 0 { continue }
      if set.exceptions.contains(position) { sets[index].exceptions.insert(sets[index].count) }
      sets[index].parts += element
    }
  }

  /// The text of all tokens and what stands between them.
  package func printed() -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(source.bytes.count)
    var words: [Word] = []
    var position = 0
    for number in 1...max(1, source.lineCount) {
      guard let range = source.rangeOfLine(number) else { break }
      words.removeAll(keepingCapacity: true)
      WordScanner.scan(source.bytes, from: range.lowerBound, to: range.upperBound, into: &words)
      for word in words {
        result.append(contentsOf: source.bytes[position..<Int(word.lower)])
        result.append(contentsOf: source.bytes[Int(word.lower)..<Int(word.upper)])
        position = Int(word.upper)
      }
    }
    result.append(contentsOf: source.bytes[position...])
    return result
  }

  /// The set of that name.
  package subscript(name: String) -> Set? { indices[name].map { sets[$0] } }

  func text(_ word: Word) -> ArraySlice<UInt8> { WordScanner.text(of: word, in: source.bytes) }

  mutating func report(_ kind: Problem.Kind, _ message: String, _ word: Word, hint: String? = nil) {
    guard problems.count < 1000 else { return }
    problems.append(Problem(kind, message, at: word.range(in: source.id), hint: hint))
  }

  // MARK: Commands

  private mutating func run(_ words: [Word]) {
    guard let first = words.first else { return }
    let head = text(first)
    if head.first == UInt8(ascii: "#") { return }
    if head.elementsEqual("add".utf8) { return add(words, isRemoval: false) }
    lastSet = nil
    let command = Read.string(head)
    let words = words.filter { !Self.isSwitch(text($0)) }
    let names = words.dropFirst().prefix(2).map { Read.string(text($0)) }
    switch command {
    case "create", "-N", "--create", "n": create(words)
    case "-A", "--add": add(words, isRemoval: false)
    case "del", "-D", "--del": add(words, isRemoval: true)
    case "flush", "-F", "--flush":
      if let name = names.first {
        if let index = indices[name] { flush(index) }
      } else {
        for index in sets.indices { flush(index) }
      }
    case "destroy", "-X", "--destroy":
      if let name = names.first {
        if let index = indices.removeValue(forKey: name) { destroyed.insert(index) }
      } else {
        indices = [:]
        destroyed = Swift.Set(sets.indices)
      }
    case "rename", "-E", "--rename":
      guard names.count == 2, let index = indices.removeValue(forKey: names[0]) else { return }
      sets[index].name = names[1]
      indices[names[1]] = index
    case "swap", "-W", "--swap":
      guard names.count == 2, let a = indices[names[0]], let b = indices[names[1]] else { return }
      sets[a].name = names[1]
      sets[b].name = names[0]
      indices[names[1]] = a
      indices[names[0]] = b
    case "COMMIT", "quit": return
    default: report(.syntaxError, "unknown command `\(command.prefix(40))`", first)
    }
  }

  /// `-exist` and `-quiet`, which may stand anywhere.
  private static func isSwitch(_ text: ArraySlice<UInt8>) -> Bool {
    text.first == UInt8(ascii: "-")
      && ["-exist", "-!", "-q", "-quiet"].contains {
        text.elementsEqual($0.utf8) || text.dropFirst().elementsEqual($0.utf8)
      }
  }

  private mutating func flush(_ index: Int) {
    sets[index].parts = []
    sets[index].exceptions = []
    sets[index].removed = []
    removals[index] = nil
  }

  /// Names of types before ipset 5.
  private static let oldTypes = [
    "iphash": "hash:ip", "nethash": "hash:net", "ipporthash": "hash:ip,port", "ipportiphash": "hash:ip,port,ip",
    "ipportnethash": "hash:ip,port,net", "ipmap": "bitmap:ip", "macipmap": "bitmap:ip,mac", "portmap": "bitmap:port",
    "setlist": "list:set", "iptree": "hash:ip", "iptreemap": "hash:ip",
  ]

  private static let types: Swift.Set<String> = [
    "bitmap:ip", "bitmap:ip,mac", "bitmap:port", "hash:ip", "hash:mac", "hash:ip,mac", "hash:net", "hash:net,net",
    "hash:ip,port", "hash:net,port", "hash:ip,port,ip", "hash:ip,port,net", "hash:net,port,net", "hash:ip,mark",
    "hash:net,iface", "list:set",
  ]

  private mutating func create(_ words: [Word]) {
    guard words.count >= 3 else {
      report(.syntaxError, "`create` needs a name and a type", words[0])
      return
    }
    let name = Read.string(text(words[1]))
    let written = Read.string(text(words[2]))
    let type = Self.oldTypes[written] ?? written
    let parts = type.split(separator: ":", maxSplits: 1)
    var dimensions: [Dimension] = []
    if Self.types.contains(type), parts.count == 2 {
      dimensions = parts[1].split(separator: ",").compactMap { Dimension(rawValue: String($0)) }
    } else {
      report(.typeError, "unknown set type `\(written.prefix(40))`", words[2])
    }
    if name.utf8.count > 31 {
      report(.typeError, "set name `\(name.prefix(40))` is longer than 31 characters", words[1])
    }
    var set = Set(
      name: name, type: type, dimensions: dimensions, isIPv6: false, isChanging: false,
      place: words[0].range(in: source.id).joined(with: words[words.count - 1].range(in: source.id)))
    for index in 3..<max(3, words.count) {
      let option = text(words[index])
      let value = index + 1 < words.count ? text(words[index + 1]) : []
      if option.elementsEqual("family".utf8) {
        set.isIPv6 = value.elementsEqual("inet6".utf8) || value.elementsEqual("-6".utf8)
      } else if option.elementsEqual("timeout".utf8) {
        set.isChanging = true
      } else if option.elementsEqual("netmask".utf8) {
        set.netmask = Read.number(value, upTo: 128).map { Int($0) }
      } else if option.elementsEqual("bitmask".utf8) {
        readBitmask(value, of: &set)
      } else if option.elementsEqual("markmask".utf8) {
        if Read.number(value, upTo: 0xffff_ffff) != 0xffff_ffff { set.isMasked = true }
      }
    }
    indices[name] = sets.count
    sets.append(set)
  }

  private func readBitmask(_ text: ArraySlice<UInt8>, of set: inout Set) {
    guard let mask = Read.address(text, isIPv6: set.isIPv6),
      let length = AddressText.length(mask, isIPv6: set.isIPv6)
    else {
      set.isMasked = true
      return
    }
    set.netmask = length
  }

  private mutating func index(ofSet word: Word) -> Int? {
    let name = text(word)
    if let last = lastSet, last.name == name { return last.index }
    guard let index = indices[Read.string(name)] else {
      report(.undefinedReference, "the set `\(Read.string(name.prefix(40)))` does not exist", word)
      return nil
    }
    lastSet = (name, index)
    return index
  }

  private mutating func add(_ all: [Word], isRemoval: Bool) {
    let words = all.contains { bytes(at: $0) == UInt8(ascii: "-") } ? all.filter { !Self.isSwitch(text($0)) } : all
    guard words.count >= 3 else {
      report(.syntaxError, "`\(Read.string(text(words[0])))` needs a set and an element", words[0])
      return
    }
    guard let index = index(ofSet: words[1]) else { return }
    var isException = false
    var isWildcard = false
    var skips = false
    for word in words.dropFirst(3) {
      // A comment may be any word.
      if skips {
        skips = false
        continue
      }
      let option = text(word)
      if option.elementsEqual("nomatch".utf8) {
        isException = true
      } else if option.elementsEqual("wildcard".utf8) {
        isWildcard = true
      } else {
        skips = true
      }
    }
    let start = sets[index].parts.count
    let isRead = Self.appendParts(of: text(words[2]), isWildcard: isWildcard, to: &sets[index])
    guard isRead else {
      sets[index].parts.removeSubrange(start...)
      report(
        .typeError, "the element `\(Read.string(text(words[2]).prefix(60)))` cannot be read as \(sets[index].type)",
        words[2])
      return
    }
    if isRemoval {
      let parts = Array(sets[index].parts[start...])
      sets[index].parts.removeSubrange(start...)
      // A range of single values may take out a part of another.
      if parts.count == 1, sets[index].dimensions != [.net] {
        sets[index].removed.append((parts[0], sets[index].count))
      } else {
        removals[index, default: [:]][parts] = sets[index].count
      }
    } else if isException {
      sets[index].exceptions.insert(sets[index].count - 1)
    }
  }

  private func bytes(at word: Word) -> UInt8 { source.bytes[Int(word.lower)] }
}
