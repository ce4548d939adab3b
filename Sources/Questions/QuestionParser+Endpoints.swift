import FirewallModel
import PacketSets
import Packets

extension QuestionParser {
  /// Words that end an endpoint's place: nothing of a question's frame can be a zone.
  private static let reserved: Set<String> = ["->", "is", "via", "/", ",", "}", "every"]

  /// endpoint = "internet" | "host" | "any" | zone | interface | address | prefix | set | "not" addresses
  mutating func endpoint(_ what: String) throws(QuestionProblem) -> PacketQuestion.Endpoint {
    guard let word = current, !Self.reserved.contains(word.text) else { throw unexpected(what) }
    let start = word.place
    func made(_ kind: PacketQuestion.Endpoint.Kind) -> PacketQuestion.Endpoint {
      PacketQuestion.Endpoint(kind, at: place(from: start))
    }
    switch word.text {
    case "internet":
      index += 1
      return made(.internet)
    case "host":
      index += 1
      return made(.host)
    case "any":
      index += 1
      return made(.any)
    case "not":
      index += 1
      let ranges = try addressList()
      return made(.addresses(ranges, isNegated: true))
    default: break
    }
    if word.text.hasPrefix("@") {
      index += 1
      guard word.text.count > 1 else { throw QuestionProblem("the name of a set is missing after `@`", at: word.place) }
      return made(.set(String(word.text.dropFirst())))
    }
    if word.text == "{" || looksLikeAddress(word.text) {
      let ranges = try addressList()
      return made(.addresses(ranges, isNegated: false))
    }
    index += 1
    return made(.name(word.text))
  }

  /// Digits and dots, or colons: nobody names a zone like that.
  private func looksLikeAddress(_ text: String) -> Bool {
    if text.contains(":") { return true }
    guard let first = text.utf8.first, (48...57).contains(first) else { return false }
    return text.utf8.contains(46)
  }

  /// One address, prefix or range, or several of one family in braces.
  private mutating func addressList() throws(QuestionProblem) -> [ClosedRange<Address>] {
    guard take("{") else { return [try addressRange()] }
    var ranges: [ClosedRange<Address>] = []
    while true {
      let start = here
      let range = try addressRange()
      if let first = ranges.first, first.lowerBound.isV4 != range.lowerBound.isV4 {
        throw QuestionProblem("IPv4 and IPv6 addresses in one list", at: place(from: start))
      }
      ranges.append(range)
      if take("}") { return ranges }
      guard take(",") else { throw unexpected("`,` or `}` in the list of addresses") }
    }
  }

  private mutating func addressRange() throws(QuestionProblem) -> ClosedRange<Address> {
    let word = try next("an address")
    if let dash = word.text.firstIndex(of: "-") {
      let (low, high) = (word.text[..<dash], word.text[word.text.index(after: dash)...])
      guard let lower = Address(low), let upper = Address(high), lower.isV4 == upper.isV4 else {
        throw QuestionProblem("`\(word.text)` is no range of addresses", at: word.place)
      }
      guard lower <= upper else { throw QuestionProblem("`\(word.text)` ends before it starts", at: word.place) }
      return lower...upper
    }
    guard let address = Address(word.text) else {
      throw QuestionProblem("`\(word.text)` is no IPv4 or IPv6 address", at: word.place)
    }
    guard let slash = current, slash.text == "/", slash.isAttached else { return address...address }
    index += 1
    let length = try next("a prefix length")
    guard let bits = Int(length.text), (0...address.width).contains(bits) else {
      throw QuestionProblem(
        "`\(length.text)` is no prefix length from 0 to \(address.width)", at: length.place)
    }
    let free = UInt128(address.width - bits)
    let mask: UInt128 = free >= 128 ? .max : (UInt128(1) << free) - 1
    guard address.value & mask == 0 else {
      let network = Self.address(address.value & ~mask, isV4: address.isV4)
      throw QuestionProblem(
        "`\(word.text)/\(bits)` has bits beyond its prefix", at: place(from: word.place),
        hint: "did you mean `\(network)/\(bits)`?")
    }
    return address...Self.address(address.value | mask, isV4: address.isV4)
  }

  static func address(_ value: UInt128, isV4: Bool) -> Address {
    isV4 ? .v4(UInt32(truncatingIfNeeded: value)) : .v6(value)
  }
}
