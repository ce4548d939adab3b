import Packets

/// The transport protocols that a port belongs to.
package enum Transport: String, Sendable, Hashable {
  case tcp, udp, sctp, dccp
  /// TCP and UDP alike.
  case both

  /// Whether something said of `self` answers a question about `asked`; nil asks about any.
  func covers(_ asked: Transport?) -> Bool {
    guard let asked, asked != .both else { return true }
    return self == asked || (self == .both && (asked == .tcp || asked == .udp))
  }
}

/// A topic with the questions that it answers.
struct Fact: Sendable {
  var ids: [String]
  var subject: String
  var triggers: [Trigger]
  var meaning: String
  var advice: String
  var today: String
  var checks: [String]

  init(
    _ ids: [String], _ subject: String, _ triggers: [Trigger], means meaning: String, advice: String, today: String,
    see checks: [String] = []
  ) {
    self.ids = ids
    self.subject = subject
    self.triggers = triggers
    self.meaning = meaning
    self.advice = advice
    self.today = today
    self.checks = checks
  }

  var topic: Topic {
    Topic(
      id: ids.first ?? "", otherIDs: Array(ids.dropFirst()), subject: subject, meaning: meaning, advice: advice,
      today: today, checks: checks)
  }
}

/// A question that a fact answers.
enum Trigger: Sendable {
  case ports(ClosedRange<UInt16>, Transport)
  /// A class of ports: an answer only when nothing better is known.
  case portRange(ClosedRange<UInt16>)
  case sourcePorts(ClosedRange<UInt16>, Transport)
  case icmpTypes(ClosedRange<UInt8>, code: UInt8?)
  case icmpv6Types(ClosedRange<UInt8>, code: UInt8?)
  /// An address prefix as text, `10.0.0.0/8`.
  case prefix(String)
  /// Any question about a TTL.
  case ttl
  /// Any question about the IP ID.
  case ipID
  case rpcProgram(UInt32)
  case rpcProcedure(UInt32)
  /// The start of what a web log shows as requested.
  case url(String)
  /// A word of the field, lower case, `-` between its parts.
  case word(String)

  static func port(_ port: UInt16, _ transport: Transport) -> Trigger { .ports(port...port, transport) }
  static func sourcePort(_ port: UInt16, _ transport: Transport) -> Trigger { .sourcePorts(port...port, transport) }
  static func icmp(_ type: UInt8, code: UInt8? = nil) -> Trigger { .icmpTypes(type...type, code: code) }
  static func icmpTypes(_ types: ClosedRange<UInt8>) -> Trigger { .icmpTypes(types, code: nil) }
  static func icmpv6(_ type: UInt8, code: UInt8? = nil) -> Trigger { .icmpv6Types(type...type, code: code) }
  static func icmpv6Types(_ types: ClosedRange<UInt8>) -> Trigger { .icmpv6Types(types, code: nil) }
}

extension Trigger {
  /// How closely this trigger fits a question: 0 is exact, more is wider; nil when it does not answer it.
  func distance(to question: Question) -> Int? {
    switch (self, question) {
    case (.ports(let range, let transport), .port(let port, let asked)),
      (.sourcePorts(let range, let transport), .sourcePort(let port, let asked)):
      guard range.contains(port), transport.covers(asked) else { return nil }
      return Int(range.upperBound - range.lowerBound)
    case (.icmpTypes(let types, let code), .icmp(let type, let asked)),
      (.icmpv6Types(let types, let code), .icmpv6(let type, let asked)):
      return Self.distance(types: types, code: code, type: type, asked: asked)
    case (.prefix(let text), .address(let address)):
      guard let prefix = AddressPrefix(text), prefix.contains(address) else { return nil }
      return address.width - prefix.length
    case (.ttl, .ttl), (.ipID, .ipID): return 0
    case (.rpcProgram(let program), .rpc(let asked)), (.rpcProcedure(let program), .rpcProcedure(let asked)):
      return program == asked ? 0 : nil
    case (.url(let start), .url(let path)):
      return path.lowercased().hasPrefix(start) ? 0 : nil
    case (.word(let word), .word(let asked)):
      return word == asked ? 0 : nil
    default: return nil
    }
  }

  /// A fact about a code answers a question about that code, or about the type as a whole; a fact about the type
  /// answers after those about the code.
  private static func distance(types: ClosedRange<UInt8>, code: UInt8?, type: UInt8, asked: UInt8?) -> Int? {
    guard types.contains(type) else { return nil }
    let width = Int(types.upperBound - types.lowerBound) * 300
    switch (code, asked) {
    case (nil, nil): return width
    case (nil, _): return width + 1
    case (let code?, let asked?): return code == asked ? 0 : nil
    case (let code?, nil): return 2 + Int(code)
    }
  }
}

/// An address and the number of its leading bits that count.
struct AddressPrefix: Sendable, Hashable {
  var address: Address
  var length: Int

  /// Reads `10.0.0.0/8`, `2001:db8::/32` or a plain address; nil for anything else, also when bits beyond the length
  /// are set.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = Address(first) else { return nil }
    var length = address.width
    if parts.count == 2 {
      guard let given = Int(parts[1]), given >= 0, given <= address.width else { return nil }
      length = given
    }
    self.address = address
    self.length = length
    guard Self.leading(length, of: address) == address.value else { return nil }
  }

  func contains(_ other: Address) -> Bool {
    other.isV4 == address.isV4 && Self.leading(length, of: other) == address.value
  }

  /// The value with all bits after the first `length` cleared.
  private static func leading(_ length: Int, of address: Address) -> UInt128 {
    let free = address.width - length
    guard free > 0 else { return address.value }
    guard free < 128 else { return 0 }
    return (address.value >> UInt128(free)) << UInt128(free)
  }
}
