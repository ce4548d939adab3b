package import SourceText

/// One `ipset save` dump: the sets that stand after all its commands.
package struct IpsetFile: Sendable {
  package let source: SourceFile
  package private(set) var problems: [Problem] = []
  package private(set) var sets: [Set] = []
  private var indices: [String: Int] = [:]

  package struct Set: Sendable {
    package var name: String
    /// `hash:ip,port` and so on.
    package var type: String
    package var dimensions: [Dimension]
    package var isIPv6: Bool
    /// Elements go away by themselves.
    package var hasTimeout: Bool
    /// Elements of `hash:ip` and `bitmap:ip` stand for networks of this length; nil: whole addresses.
    package var netmask: Int?
    package var elements: [Element] = []
    package var place: SourceRange
  }

  package enum Dimension: String, Sendable {
    case ip, net, port, mac, mark, iface, set
  }

  package struct Element: Sendable {
    package var parts: [Part]
    /// An exception: what it holds does not match.
    package var isException: Bool
    package var place: SourceRange
  }

  /// One dimension of an element.
  package enum Part: Hashable, Sendable {
    /// Inclusive bounds; an address, a mark or a MAC.
    case range(UInt128, UInt128)
    case port(protocol: UInt8?, lower: UInt16, upper: UInt16)
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

  private func text(_ word: Word) -> ArraySlice<UInt8> { WordScanner.text(of: word, in: source.bytes) }

  private mutating func report(_ kind: Problem.Kind, _ message: String, _ word: Word, hint: String? = nil) {
    guard problems.count < 1000 else { return }
    problems.append(Problem(kind, message, at: word.range(in: source.id), hint: hint))
  }

  // MARK: Commands

  private mutating func run(_ words: [Word]) {
    guard let first = words.first else { return }
    let command = Read.string(text(first))
    if command.hasPrefix("#") { return }
    let names = words.dropFirst().prefix(2).map { Read.string(text($0)) }
    switch command {
    case "create", "-N", "--create", "n": create(words)
    case "add", "-A", "--add": add(words, isRemoval: false)
    case "del", "-D", "--del": add(words, isRemoval: true)
    case "flush", "-F", "--flush":
      if let name = names.first {
        if let index = indices[name] { sets[index].elements = [] }
      } else {
        for index in sets.indices { sets[index].elements = [] }
      }
    case "destroy", "-X", "--destroy":
      sets = names.isEmpty ? [] : sets.filter { $0.name != names[0] }
      reindex()
    case "rename", "-E", "--rename":
      guard names.count == 2, let index = indices[names[0]] else { return }
      sets[index].name = names[1]
      reindex()
    case "swap", "-W", "--swap":
      guard names.count == 2, let a = indices[names[0]], let b = indices[names[1]] else { return }
      sets[a].name = names[1]
      sets[b].name = names[0]
      reindex()
    case "COMMIT", "quit": return
    default: report(.syntaxError, "unknown command `\(command.prefix(40))`", first)
    }
  }

  private mutating func reindex() {
    indices = [:]
    for (index, set) in sets.enumerated() { indices[set.name] = index }
  }

  private mutating func create(_ words: [Word]) {
    guard words.count >= 3 else {
      report(.syntaxError, "`create` needs a name and a type", words[0])
      return
    }
    let name = Read.string(text(words[1]))
    let type = Read.string(text(words[2]))
    let parts = type.split(separator: ":", maxSplits: 1)
    let dimensions =
      parts.count == 2 ? parts[1].split(separator: ",").compactMap { Dimension(rawValue: String($0)) } : []
    if dimensions.isEmpty || dimensions.count > 3 {
      report(.typeError, "unknown set type `\(type.prefix(40))`", words[2])
    }
    var set = Set(
      name: name, type: type, dimensions: dimensions, isIPv6: false, hasTimeout: false,
      place: words[0].range(in: source.id).joined(with: words[words.count - 1].range(in: source.id)))
    var index = 3
    while index < words.count {
      let option = Read.string(text(words[index]))
      let value = index + 1 < words.count ? text(words[index + 1]) : []
      switch option {
      case "family": set.isIPv6 = value.elementsEqual("inet6".utf8) || value.elementsEqual("-6".utf8)
      case "timeout": set.hasTimeout = true
      case "netmask": set.netmask = Read.number(value, upTo: 128).map { Int($0) }
      default: break
      }
      index += 1
    }
    indices[name] = sets.count
    sets.append(set)
  }

  private mutating func add(_ words: [Word], isRemoval: Bool) {
    guard words.count >= 3 else {
      report(.syntaxError, "`\(Read.string(text(words[0])))` needs a set and an element", words[0])
      return
    }
    let name = Read.string(text(words[1]))
    guard let index = indices[name] else {
      report(.undefinedReference, "the set `\(name.prefix(40))` does not exist", words[1])
      return
    }
    guard var parts = parts(of: text(words[2]), sets[index]) else {
      report(
        .typeError, "the element `\(Read.string(text(words[2]).prefix(60)))` cannot be read as \(sets[index].type)",
        words[2])
      return
    }
    while parts.count < sets[index].dimensions.count { parts.append(.any) }
    if isRemoval {
      sets[index].elements.removeAll { $0.parts == parts }
      return
    }
    let isException = words.dropFirst(3).contains { text($0).elementsEqual("nomatch".utf8) }
    let place = words[0].range(in: source.id).joined(with: words[words.count - 1].range(in: source.id))
    sets[index].elements.append(Element(parts: parts, isException: isException, place: place))
  }

  // MARK: Elements

  private func parts(of text: ArraySlice<UInt8>, _ set: Set) -> [Part]? {
    if set.dimensions == [.set] { return [.name(Read.string(text))] }
    var result: [Part] = []
    let fields = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard fields.count <= set.dimensions.count else { return nil }
    for (field, dimension) in zip(fields, set.dimensions) {
      guard let part = part(field, dimension, set) else { return nil }
      result.append(part)
    }
    return result
  }

  private func part(_ text: ArraySlice<UInt8>, _ dimension: Dimension, _ set: Set) -> Part? {
    switch dimension {
    case .ip, .net: return addresses(text, set)
    case .port: return ports(text)
    case .mac: return Read.mac(text).map { .range(UInt128($0), UInt128($0)) }
    case .mark: return Read.number(text, upTo: 0xffff_ffff).map { .range(UInt128($0), UInt128($0)) }
    case .iface, .set: return .name(Read.string(text))
    }
  }

  private func addresses(_ text: ArraySlice<UInt8>, _ set: Set) -> Part? {
    let whole = Read.allOnes(isIPv6: set.isIPv6)
    if let dash = text.firstIndex(of: UInt8(ascii: "-")) {
      guard let lower = Read.address(text[..<dash], isIPv6: set.isIPv6),
        let upper = Read.address(text[(dash + 1)...], isIPv6: set.isIPv6), lower <= upper
      else { return nil }
      return .range(lower, upper)
    }
    guard let (address, mask) = Read.addressAndMask(text, isIPv6: set.isIPv6) else { return nil }
    var effective = mask
    if let bits = set.netmask { effective &= Read.mask(prefix: bits, isIPv6: set.isIPv6) }
    let lower = address & effective
    return .range(lower, lower | (~effective & whole))
  }

  /// `80`, `80-90`, `tcp:80`, `icmp:8/0`: the bounds of an ICMP element are type and code together.
  private func ports(_ text: ArraySlice<UInt8>) -> Part? {
    var number: UInt8?
    var rest = text
    if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
      guard let named = Read.protocolNumber(text[..<colon]) else { return nil }
      number = named
      rest = text[(colon + 1)...]
    }
    if number == 1 || number == 58 { return .port(protocol: number, lower: 0, upper: 0) }
    guard let (lower, upper) = Read.portRange(rest, separator: UInt8(ascii: "-")), lower <= upper else { return nil }
    return .port(protocol: number, lower: UInt16(lower), upper: UInt16(upper))
  }
}
