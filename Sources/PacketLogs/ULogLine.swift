import JSONText

/// One object of ulogd2's JSON output (NFLOG), written again as the LOG line that the kernel would have printed, so that
/// it is read by the same reader. Names are those of ulogd2's keys, or of the common information model (`src_ip`).
enum ULogLine {
  /// nil when the object is no packet.
  static func message(_ entry: JSONValue) -> [UInt8]? {
    func text(_ keys: String...) -> String? {
      for key in keys {
        switch entry[key] {
        case .string(let value)?: return value
        case .number(let value)?: return value
        default: continue
        }
      }
      return nil
    }
    func number(_ keys: String...) -> UInt32? {
      for key in keys {
        switch entry[key] {
        case .string(let value)?, .number(let value)?: if let number = UInt32(value) { return number }
        default: continue
        }
      }
      return nil
    }
    guard let source = text("ip.saddr.str", "src_ip", "ip.saddr"),
      let destination = text("ip.daddr.str", "dest_ip", "ip.daddr"),
      let proto = number("ip.protocol", "ip6.nexthdr", "protocol")
    else { return nil }
    var line =
      (text("oob.prefix", "prefix") ?? "") + " IN=\(word(text("oob.in", "in"))) OUT=\(word(text("oob.out", "out"))) "
    if let mac = text("raw.mac", "mac.saddr.str"), mac.utf8.count == 41 { line += "MAC=\(word(mac)) " }
    line += "SRC=\(word(source)) DST=\(word(destination)) "
    let isV6 = source.utf8.contains(UInt8(ascii: ":"))
    if let length = number("ip.totlen", "ip6.payloadlen", "raw.pktlen") { line += "LEN=\(length) " }
    if isV6 {
      line += "TC=0 "
      if let hops = number("ip6.hoplimit") { line += "HOPLIMIT=\(hops) " }
    } else {
      let tos = number("ip.tos") ?? 0
      line += "TOS=0x\(hex(tos & 0x1e)) PREC=0x\(hex(tos & 0xe0)) "
      if let ttl = number("ip.ttl") { line += "TTL=\(ttl) " }
      if let id = number("ip.id") { line += "ID=\(id) " }
      let fragment = number("ip.fragoff") ?? 0
      if fragment & 0x4000 != 0 { line += "DF " }
      if fragment & 0x2000 != 0 { line += "MF " }
      if fragment & 0x1fff != 0 { line += "FRAG:\(fragment & 0x1fff) " }
    }
    switch proto {
    case 6:
      line += "PROTO=TCP "
      if let from = number("tcp.sport", "src_port"), let to = number("tcp.dport", "dest_port") {
        line += "SPT=\(from) DPT=\(to) WINDOW=\(number("tcp.window") ?? 0) RES=0x00 "
        for (key, flag) in [
          ("tcp.urg", "URG "), ("tcp.ack", "ACK "), ("tcp.psh", "PSH "), ("tcp.rst", "RST "), ("tcp.syn", "SYN "),
          ("tcp.fin", "FIN "),
        ] where isSet(entry[key]) { line += flag }
        line += "URGP=\(number("tcp.urgp") ?? 0) "
      }
    case 17:
      line += "PROTO=UDP "
      if let from = number("udp.sport", "src_port"), let to = number("udp.dport", "dest_port") {
        line += "SPT=\(from) DPT=\(to) "
        if let length = number("udp.len") { line += "LEN=\(length) " }
      }
    case 1, 58:
      line += proto == 1 ? "PROTO=ICMP " : "PROTO=ICMPv6 "
      if let type = number("icmp.type", "icmpv6.type") {
        line += "TYPE=\(type) CODE=\(number("icmp.code", "icmpv6.code") ?? 0) "
        if let id = number("icmp.echoid", "icmpv6.echoid") {
          line += "ID=\(id) SEQ=\(number("icmp.echoseq", "icmpv6.echoseq") ?? 0) "
        } else if proto == 1, type == 3, let mtu = number("icmp.fragmtu"), mtu > 0 {
          line += "MTU=\(mtu) "
        }
      }
    default: line += "PROTO=\(proto) "
    }
    if let uid = number("oob.uid") { line += "UID=\(uid) " }
    if let mark = number("oob.mark"), mark != 0 { line += "MARK=0x\(String(mark, radix: 16)) " }
    return Array(line.utf8)
  }

  /// `oob.time.sec` and `oob.time.usec`, or an ISO 8601 `timestamp`; nil: none.
  static func time(_ entry: JSONValue) -> Double? {
    if let seconds = entry["oob.time.sec"]?.intValue, seconds >= 0 {
      return Double(seconds) + Double(entry["oob.time.usec"]?.intValue ?? 0) / 1e6
    }
    guard let text = entry["timestamp"]?.stringValue else { return nil }
    let numbers = text.utf8.split { $0 < 0x30 || $0 > 0x39 }.prefix(7).map {
      Int(String(decoding: Array($0), as: UTF8.self))
    }
    guard numbers.count >= 6, let year = numbers[0], let month = numbers[1], let day = numbers[2],
      let hour = numbers[3],
      let minute = numbers[4], let second = numbers[5], hour < 24, minute < 60, second <= 60,
      (1...12).contains(month), let days = LogTime.days(year: year, month: month, day: day)
    else { return nil }
    return Double(days) * 86400 + Double(hour * 3600 + minute * 60 + second)
  }

  /// A word of a line: no blanks and no control characters.
  private static func word(_ text: String?) -> String {
    String(decoding: (text ?? "").utf8.map { $0 > 0x20 && $0 < 0x7f ? $0 : 0x3f }, as: UTF8.self)
  }

  private static func isSet(_ value: JSONValue?) -> Bool {
    switch value {
    case .bool(let flag)?: flag
    case .number(let text)?: text != "0"
    default: false
    }
  }

  private static func hex(_ value: UInt32) -> String {
    let text = String(value & 0xff, radix: 16, uppercase: true)
    return text.utf8.count < 2 ? "0" + text : text
  }
}
