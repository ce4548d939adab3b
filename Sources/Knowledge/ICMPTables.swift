/// Every ICMP and ICMPv6 type and code that IANA lists, with what a filter should do with it.
enum ICMPTables {
  /// How a filter should treat a type; gives the advice that many of them share.
  enum Handling: Sendable {
    /// Without it connections break.
    case mustPass
    /// An error about a packet of ours.
    case related
    /// The answer to a request.
    case reply
    case request
    /// Never crosses a router.
    case local
    /// Only for those who run the protocol.
    case policy
    case refuse

    var advice: String {
      switch self {
      case .mustPass: "Let it through wherever your flows go: accept `related` before any rule that drops ICMP."
      case .related: "Accept it when it belongs to a tracked flow (`ct state related`)."
      case .reply: "Accept it as the answer to a request (`ct state established`); nobody needs it unasked."
      case .request: "Your choice; where you accept it, a rate limit is enough."
      case .local:
        "Accept it on the link itself, from senders with hop limit 255 or a link-local address; never forward it."
      case .policy: "Accept it only where its protocol is in use."
      case .refuse: "Drop it; nothing needs it."
      }
    }
  }

  struct Entry: Sendable {
    var type: UInt8
    var code: UInt8?
    /// The first is the title; the others are names in nft(8), iptables-extensions(8) and everyday speech.
    var names: [String]
    var meaning: String
    var handling: Handling
    var today: String
    var checks: [String]

    init(
      _ type: UInt8, _ code: UInt8, _ names: [String], _ meaning: String, _ handling: Handling,
      _ today: String = "Holds.", see checks: [String] = []
    ) {
      self.init(type, names, meaning, handling, today, see: checks)
      self.code = code
    }

    init(
      _ type: UInt8, _ names: [String], _ meaning: String, _ handling: Handling, _ today: String = "Holds.",
      see checks: [String] = []
    ) {
      self.type = type
      self.names = names
      self.meaning = meaning
      self.handling = handling
      self.today = today
      self.checks = checks
    }
  }

  static func entries(isV6: Bool) -> [Entry] { isV6 ? ICMPv6Table.all : ICMPv4Table.all }

  static func names(isV6: Bool) -> [String] { entries(isV6: isV6).flatMap(\.names) }

  static func named(_ name: String, isV6: Bool) -> (type: UInt8, code: UInt8?)? {
    entries(isV6: isV6).first { $0.names.contains(name) }.map { ($0.type, $0.code) }
  }

  /// The title of a type or code; nil when IANA has none.
  static func title(type: UInt8, code: UInt8?, isV6: Bool) -> String? {
    entries(isV6: isV6).first { $0.type == type && $0.code == code }?.names.first
  }

  /// What the tables know of a type, and of a code when one is asked for.
  static func topics(type: UInt8, code: UInt8?, isV6: Bool) -> [Topic] {
    let all = entries(isV6: isV6).filter { $0.type == type }
    let kind = isV6 ? "icmpv6" : "icmp"
    var result: [Topic] = []
    if let code {
      if let entry = all.first(where: { $0.code == code }) {
        result.append(topic(entry, kind))
      } else if code != 0 || all.contains(where: { $0.code != nil }) {
        result.append(unknownCode(type, code, kind, codes: all.compactMap(\.code)))
      }
    }
    if let entry = all.first(where: { $0.code == nil }) {
      result.append(topic(entry, kind))
    } else {
      result.append(unassigned(type, isV6: isV6))
    }
    let codes = all.filter { $0.code != nil }
    if code == nil, !codes.isEmpty { result.append(overview(type, codes, kind)) }
    return result
  }

  private static func topic(_ entry: Entry, _ kind: String) -> Topic {
    let number = "\(entry.type)" + (entry.code.map { "/\($0)" } ?? "")
    return Topic(
      id: "\(kind)-\(number)", subject: "\(kind) \(number) (\(entry.names.first ?? "unnamed"))", meaning: entry.meaning,
      advice: entry.handling.advice, today: entry.today, checks: entry.checks)
  }

  private static func overview(_ type: UInt8, _ codes: [Entry], _ kind: String) -> Topic {
    let lines = codes.map { "\(kind) \(type)/\($0.code ?? 0) \($0.names.first ?? ""): \($0.meaning)" }
    return Topic(
      id: "\(kind)-\(type)-codes", subject: "codes of \(kind) \(type)", meaning: lines.joined(separator: "\n"),
      advice: "Ask for one of them to see what to do with it.", today: "Holds: IANA's list.")
  }

  private static func unknownCode(_ type: UInt8, _ code: UInt8, _ kind: String, codes: [UInt8]) -> Topic {
    let known =
      codes.isEmpty ? "this type has only code 0" : "its codes are " + codes.map { "\($0)" }.joined(separator: ", ")
    return Topic(
      id: "\(kind)-\(type)/\(code)", subject: "\(kind) \(type)/\(code)",
      meaning: "IANA lists no such code; \(known).",
      advice: "Treat the message by its type; a code that does not exist is a sign of a hand-made packet.",
      today: "Holds.")
  }

  private static func unassigned(_ type: UInt8, isV6: Bool) -> Topic {
    let kind = isV6 ? "icmpv6" : "icmp"
    let meaning: String
    if isV6 {
      meaning =
        type < 128
        ? "IANA has given this number to nothing. Types below 128 are errors."
        : "IANA has given this number to nothing. Types from 128 up are no errors."
    } else {
      meaning = "IANA has given this number to nothing."
    }
    return Topic(
      id: "\(kind)-\(type)", subject: "\(kind) \(type)", meaning: meaning,
      advice: isV6 ? "Drop it at the border, unless you know the protocol that sends it." : Handling.refuse.advice,
      today: "Holds: unassigned in IANA's list as known here.", checks: isV6 ? ["IP6011"] : ["ICMP014"])
  }
}
