/// Names of values that single extensions use, from iptables-extensions(8).
package enum AddressTypeNames {
  package static let all = [
    "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT", "THROW",
    "NAT", "XRESOLVE",
  ]
  /// The first name that starts with the text.
  static func value(_ text: ArraySlice<UInt8>) -> UInt64? {
    all.firstIndex { NameTable.isBeginning(text, of: $0) }.map { 1 << UInt64($0) }
  }
}

package enum StateNames {
  /// Bits of `--ctstate`; SNAT and DNAT are no states but facts about the connection.
  package static let all = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT"]
  static func value(_ text: ArraySlice<UInt8>) -> UInt64? {
    NameTable.index(of: text, in: all).map { 1 << UInt64($0) }
  }

  /// `-m state` knows no SNAT and DNAT.
  static func plainValue(_ text: ArraySlice<UInt8>) -> UInt64? {
    value(text).flatMap { $0 < 1 << 5 ? $0 : nil }
  }

  /// IPS_EXPECTED, IPS_SEEN_REPLY, IPS_ASSURED, IPS_CONFIRMED of linux/netfilter/nf_conntrack_common.h.
  package static let statuses = ["EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"]
  static func status(_ text: ArraySlice<UInt8>) -> UInt64? {
    if NameTable.index(of: text, in: ["NONE"]) != nil { return 0 }
    return NameTable.index(of: text, in: statuses).map { 1 << UInt64($0) }
  }
}

enum NameTable {
  static func index(of text: ArraySlice<UInt8>, in names: [String]) -> Int? {
    for (index, name) in names.enumerated()
    where text.elementsEqual(name.utf8, by: { Read.lower($0) == Read.lower($1) }) {
      return index
    }
    return nil
  }
}

package enum TCPFlagNames {
  package static let all: [(name: String, bit: UInt8)] = [
    ("FIN", 1), ("SYN", 2), ("RST", 4), ("PSH", 8), ("ACK", 16), ("URG", 32),
  ]

  static func bits(_ text: ArraySlice<UInt8>) -> UInt8? {
    var result: UInt8 = 0
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      if part.elementsEqual("ALL".utf8, by: { Read.lower($0) == Read.lower($1) }) {
        result |= 0x3f
      } else if part.elementsEqual("NONE".utf8, by: { Read.lower($0) == Read.lower($1) }) {
        continue
      } else {
        guard
          let flag = all.first(where: { part.elementsEqual($0.name.utf8, by: { Read.lower($0) == Read.lower($1) }) })
        else { return nil }
        result |= flag.bit
      }
    }
    return result
  }

  /// As iptables-save prints them.
  package static func text(_ bits: UInt8) -> String {
    if bits == 0 { return "NONE" }
    return all.filter { bits & $0.bit != 0 }.map(\.name).joined(separator: ",")
  }
}

enum TOSNames {
  static let all: [(name: String, value: UInt8)] = [
    ("Minimize-Delay", 16), ("Maximize-Throughput", 8), ("Maximize-Reliability", 4), ("Minimize-Cost", 2),
    ("Normal-Service", 0),
  ]
  static func value(_ text: ArraySlice<UInt8>) -> UInt8? {
    all.first { text.elementsEqual($0.name.utf8, by: { Read.lower($0) == Read.lower($1) }) }?.value
  }
}

enum DSCPNames {
  static let all: [(name: String, value: UInt8)] = [
    ("CS0", 0), ("CS1", 8), ("CS2", 16), ("CS3", 24), ("CS4", 32), ("CS5", 40), ("CS6", 48), ("CS7", 56), ("BE", 0),
    ("AF11", 10), ("AF12", 12), ("AF13", 14), ("AF21", 18), ("AF22", 20), ("AF23", 22), ("AF31", 26), ("AF32", 28),
    ("AF33", 30), ("AF41", 34), ("AF42", 36), ("AF43", 38), ("EF", 46),
  ]
  static func value(_ text: ArraySlice<UInt8>) -> UInt8? {
    all.first { text.elementsEqual($0.name.utf8, by: { Read.lower($0) == Read.lower($1) }) }?.value
  }
}

package enum RejectNames {
  package struct Entry: Sendable {
    package var name: String
    package var alias: String
    /// ICMP code; nil: a TCP reset.
    package var code: UInt8?
  }
  package static let v4: [Entry] = [
    Entry(name: "icmp-net-unreachable", alias: "net-unreach", code: 0),
    Entry(name: "icmp-host-unreachable", alias: "host-unreach", code: 1),
    Entry(name: "icmp-proto-unreachable", alias: "proto-unreach", code: 2),
    Entry(name: "icmp-port-unreachable", alias: "port-unreach", code: 3),
    Entry(name: "icmp-net-prohibited", alias: "net-prohib", code: 9),
    Entry(name: "icmp-host-prohibited", alias: "host-prohib", code: 10),
    Entry(name: "tcp-reset", alias: "tcp-rst", code: nil),
    Entry(name: "icmp-admin-prohibited", alias: "admin-prohib", code: 13),
  ]
  package static let v6: [Entry] = [
    Entry(name: "icmp6-no-route", alias: "no-route", code: 0),
    Entry(name: "icmp6-adm-prohibited", alias: "adm-prohibited", code: 1),
    Entry(name: "icmp6-addr-unreachable", alias: "addr-unreach", code: 3),
    Entry(name: "icmp6-port-unreachable", alias: "port-unreach", code: 4),
    Entry(name: "tcp-reset", alias: "tcp-reset", code: nil),
    Entry(name: "icmp6-policy-fail", alias: "policy-fail", code: 5),
    Entry(name: "icmp6-reject-route", alias: "reject-route", code: 6),
  ]

  static func index(of text: ArraySlice<UInt8>, isIPv6: Bool) -> Int? {
    let entries = isIPv6 ? v6 : v4
    for (index, entry) in entries.enumerated() {
      let isName = NameTable.isBeginning(text, of: entry.name) || NameTable.isBeginning(text, of: entry.alias)
      if isName { return index }
    }
    if isIPv6, text.elementsEqual("icmp6-adm-prohib".utf8) { return 1 }
    return nil
  }
}

extension NameTable {
  /// iptables compares these names over the length of what was written.
  static func isBeginning(_ text: ArraySlice<UInt8>, of name: String) -> Bool {
    guard !text.isEmpty, text.count <= name.utf8.count else { return false }
    return text.elementsEqual(name.utf8.prefix(text.count), by: { Read.lower($0) == Read.lower($1) })
  }
}

/// Extension headers of `-m ipv6header`, as the bits that the kernel uses.
package enum HeaderNames {
  package static let all: [(name: String, long: String, number: Int, bit: UInt64)] = [
    ("hop-by-hop", "hop", 0, 128), ("ipv6-opts", "dst", 60, 64), ("ipv6-route", "route", 43, 32),
    ("ipv6-frag", "frag", 44, 16), ("ah", "auth", 51, 8), ("esp", "esp", 50, 4), ("ipv6-nonxt", "none", 59, 2),
    ("protocol", "prot", 255, 1),
  ]
  static func bit(_ text: ArraySlice<UInt8>) -> UInt64? {
    for entry in all {
      if text.elementsEqual(entry.name.utf8, by: { Read.lower($0) == $1 })
        || text.elementsEqual(entry.long.utf8, by: { Read.lower($0) == $1 })
      {
        return entry.bit
      }
    }
    guard let number = Read.number(text, upTo: 255) else { return nil }
    return all.first { $0.number == Int(number) }?.bit
  }
}

enum HexNumbers {
  /// Hexadecimal with or without `0x`.
  static func read(_ text: ArraySlice<UInt8>, upTo maximum: UInt64) -> UInt64? {
    var digits = text
    if digits.count > 2, digits.first == 48, digits[digits.startIndex + 1] | 0x20 == UInt8(ascii: "x") {
      digits = digits.dropFirst(2)
    }
    guard !digits.isEmpty, digits.count <= 15 else { return nil }
    var value: UInt64 = 0
    for byte in digits {
      let digit = Read.digit(byte)
      guard digit < 16 else { return nil }
      value = value << 4 | digit
    }
    return value <= maximum ? value : nil
  }
}

/// ICMP types by the names that iptables gives them.
package enum ICMPNames {
  package struct Entry: Sendable {
    package var name: String
    package var type: UInt8
    package var lower: UInt8
    package var upper: UInt8
  }

  private static func whole(_ name: String, _ type: UInt8) -> Entry {
    Entry(name: name, type: type, lower: 0, upper: 255)
  }
  private static func one(_ name: String, _ type: UInt8, _ code: UInt8) -> Entry {
    Entry(name: name, type: type, lower: code, upper: code)
  }

  package static let v4: [Entry] = [
    whole("any", 255), whole("echo-reply", 0), whole("pong", 0), whole("destination-unreachable", 3),
    one("network-unreachable", 3, 0), one("host-unreachable", 3, 1), one("protocol-unreachable", 3, 2),
    one("port-unreachable", 3, 3), one("fragmentation-needed", 3, 4), one("source-route-failed", 3, 5),
    one("network-unknown", 3, 6), one("host-unknown", 3, 7), one("network-prohibited", 3, 9),
    one("host-prohibited", 3, 10), one("TOS-network-unreachable", 3, 11), one("TOS-host-unreachable", 3, 12),
    one("communication-prohibited", 3, 13), one("host-precedence-violation", 3, 14), one("precedence-cutoff", 3, 15),
    whole("source-quench", 4), whole("redirect", 5), one("network-redirect", 5, 0), one("host-redirect", 5, 1),
    one("TOS-network-redirect", 5, 2), one("TOS-host-redirect", 5, 3), whole("echo-request", 8), whole("ping", 8),
    whole("router-advertisement", 9), whole("router-solicitation", 10), whole("time-exceeded", 11),
    whole("ttl-exceeded", 11), one("ttl-zero-during-transit", 11, 0), one("ttl-zero-during-reassembly", 11, 1),
    whole("parameter-problem", 12), one("ip-header-bad", 12, 0), one("required-option-missing", 12, 1),
    whole("timestamp-request", 13), whole("timestamp-reply", 14), whole("address-mask-request", 17),
    whole("address-mask-reply", 18),
  ]

  package static let v6: [Entry] = [
    whole("destination-unreachable", 1), one("no-route", 1, 0), one("communication-prohibited", 1, 1),
    one("beyond-scope", 1, 2), one("address-unreachable", 1, 3), one("port-unreachable", 1, 4),
    one("failed-policy", 1, 5), one("reject-route", 1, 6), whole("packet-too-big", 2), whole("time-exceeded", 3),
    whole("ttl-exceeded", 3), one("ttl-zero-during-transit", 3, 0), one("ttl-zero-during-reassembly", 3, 1),
    whole("parameter-problem", 4), one("bad-header", 4, 0), one("unknown-header-type", 4, 1),
    one("unknown-option", 4, 2), whole("echo-request", 128), whole("ping", 128), whole("echo-reply", 129),
    whole("pong", 129), whole("mld-listener-query", 130), whole("mld-listener-report", 131),
    whole("mld-listener-done", 132), whole("mld-listener-reduction", 132), whole("router-solicitation", 133),
    whole("router-advertisement", 134), whole("neighbour-solicitation", 135), whole("neighbor-solicitation", 135),
    whole("neighbour-advertisement", 136), whole("neighbor-advertisement", 136), whole("redirect", 137),
  ]

  /// The entry whose name is the text, or the only one that starts with it.
  static func find(_ text: ArraySlice<UInt8>, in entries: [Entry]) -> Entry? {
    guard let first = text.first, first < 48 || first > 57 else { return nil }
    var found: Entry?
    var count = 0
    for entry in entries where NameTable.isBeginning(text, of: entry.name) {
      if entry.name.utf8.count == text.count { return entry }
      found = found ?? entry
      count += 1
    }
    return count == 1 ? found : nil
  }
}
