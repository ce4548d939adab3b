import FirewallModel
import PacketSets
import Packets

extension PacketQuestion: CustomStringConvertible {
  /// The question in one canonical form: numbers for ports, names for ICMP types without a code, sorted lists. Reading it
  /// gives the same question again.
  package var description: String {
    var text = "\(quantifier.rawValue) \(source) -> \(destination)"
    if let via { text += " via \(via.name)" }
    for term in terms { text += " \(term.kind)" }
    return text + " is \(outcome)"
  }
}

extension PacketQuestion.Endpoint: CustomStringConvertible {
  package var description: String {
    switch kind {
    case .internet: "internet"
    case .host: "host"
    case .any: "any"
    case .name(let name): name
    case .set(let name): "@\(name)"
    case .addresses(let ranges, let isNegated): (isNegated ? "not " : "") + Self.text(ranges)
    }
  }

  private static func text(_ ranges: [ClosedRange<Address>]) -> String {
    let parts = ranges.map { AddressRanges.text($0) }
    return parts.count == 1 ? parts[0] : "{\(parts.joined(separator: ","))}"
  }
}

/// Ranges of addresses as people write them.
enum AddressRanges {
  /// A single address, a prefix where the range is one, else `lower-upper`.
  static func text(_ range: ClosedRange<Address>) -> String {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    if lower == upper { return lower.description }
    if let length = prefixLength(range) { return "\(lower)/\(length)" }
    return "\(lower)-\(upper)"
  }

  static func prefixLength(_ range: ClosedRange<Address>) -> Int? {
    let difference = range.lowerBound.value ^ range.upperBound.value
    let isPrefix =
      difference & (difference &+ 1) == 0 && range.lowerBound.value & difference == 0
      && range.upperBound.value & difference == difference
    return isPrefix ? range.lowerBound.width - difference.nonzeroBitCount : nil
  }
}

extension PacketQuestion.Term.Kind: CustomStringConvertible {
  package var description: String {
    switch self {
    case .transport(let number, let ports):
      let name = QuestionNames.name(ofProtocol: number) ?? "proto \(number)"
      return ports.map { "\(name)/\(NumberLists.text($0))" } ?? name
    case .icmp(let isV6, let types, let code): return Self.icmp(isV6, types, code)
    case .sourcePort(let ports): return "sport \(NumberLists.text(ports))"
    case .destinationPort(let ports): return "dport \(NumberLists.text(ports))"
    case .states(let states):
      let order: [ConntrackState] = [.new, .established, .related, .invalid, .untracked]
      return "state \(order.filter { states.contains($0) }.map(\.name).joined(separator: ","))"
    case .flags(let values, let mask): return Self.flags(values, mask)
    case .option(let option): return "option \(option.rawValue)"
    case .fragment: return "fragment"
    case .to(let kind): return "to \(kind.rawValue)"
    case .family(let isV4): return "family \(isV4 ? "ip" : "ip6")"
    case .inInterface(let names): return "in \(Self.interfaces(names))"
    case .outInterface(let names): return "out \(Self.interfaces(names))"
    case .mark(let value, let mask):
      let text = "mark 0x\(String(value, radix: 16))"
      return mask == .max ? text : "\(text)/0x\(String(mask, radix: 16))"
    case .field(let field, let values): return "\(field.rawValue) \(NumberLists.text(values))"
    case .not(let inner): return "not \(inner)"
    }
  }

  private static func icmp(_ isV6: Bool, _ types: ValueSet?, _ code: UInt8?) -> String {
    let name = isV6 ? "icmpv6" : "icmp"
    guard let types else { return name }
    if let code, let type = types.single { return "\(name) \(type)/\(code)" }
    let parts = types.intervals.map { interval -> String in
      guard interval.lower == interval.upper else { return "\(interval.lower)-\(interval.upper)" }
      let number = UInt8(truncatingIfNeeded: interval.lower)
      return ICMPType.name(number, isV6: isV6) ?? "\(number)"
    }
    return parts.count == 1 ? "\(name) \(parts[0])" : "\(name) {\(parts.joined(separator: ","))}"
  }

  private static func flags(_ values: Set<UInt8>, _ mask: UInt8) -> String {
    func names(_ value: UInt8, _ separator: String) -> String {
      if value == 0 { return "none" }
      return QuestionNames.flagNames.filter { TCPFlag.bit(named: $0).map { value & $0 != 0 } ?? false }
        .joined(separator: separator)
    }
    let sorted = values.sorted()
    let text =
      sorted.count == 1 ? names(sorted[0], ",") : "{\(sorted.map { names($0, "+") }.joined(separator: ","))}"
    return "flags \(text)" + (mask == .max ? "" : "/\(names(mask, ","))")
  }

  private static func interfaces(_ names: [PacketQuestion.InterfacePattern]) -> String {
    let parts = names.map { $0.name + ($0.isPrefix ? "*" : "") }
    return parts.count == 1 ? parts[0] : "{\(parts.joined(separator: ","))}"
  }
}

/// Sets of numbers as port lists are written.
enum NumberLists {
  static func text(_ values: ValueSet) -> String {
    let parts = values.intervals.map { $0.lower == $0.upper ? "\($0.lower)" : "\($0.lower)-\($0.upper)" }
    return parts.count == 1 ? parts[0] : "{\(parts.joined(separator: ","))}"
  }
}

extension PacketQuestion.WantedOutcome: CustomStringConvertible {
  package var description: String {
    switch self {
    case .accepted: "accepted"
    case .dropped: "dropped"
    case .rejected(let answer): answer.map { "rejected with \($0.name)" } ?? "rejected"
    case .answered: "answered"
    case .silent: "silent"
    case .translated(let address, let port):
      "translated to " + (port.map { address.isV4 ? "\(address):\($0)" : "[\(address)]:\($0)" } ?? "\(address)")
    case .logged: "logged"
    }
  }
}
