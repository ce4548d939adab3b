import SourceText

extension RuleWriter {
  /// The canonical text of a value; nil when iptables-save leaves the option away.
  func value(_ option: RuleSyntax.OptionUse, _ spec: OptionSpec) -> String? {
    switch spec.kind {
    case .text: return savedText(option, spec)
    case .uint8, .uint16, .uint32, .uint64: return number(option, spec)
    case .uint8Range, .uint16Range, .uint32Range, .uint64Range, .ctExpire: return savedRange(option, spec)
    case .port: return "\(option.first)"
    case .portRange:
      if option.first == 0, option.second == 65535, !option.isNegated, spec.module != .conntrack { return nil }
      return range(option)
    case .portList:
      return stride(from: option.list.lowerBound, to: option.list.upperBound - 1, by: 2).map { index in
        let (lower, upper) = (rule.pool[index], rule.pool[index + 1])
        return lower == upper ? "\(lower)" : "\(lower):\(upper)"
      }.joined(separator: ",")
    case .devgroup where option.first == 0 && option.second == 0xffff_ffff: return "default"
    case .mark, .realm, .devgroup:
      return option.first == .max ? text(option.value) : hexMasked(option.first, option.second)
    case .tos: return hex(option.first, digits: 2) + "/" + hex(option.second, digits: 2)
    case .host: return AddressText.plain(option.first, isIPv6: isIPv6)
    case .hostMask, .hostMaskList: return maskedAddress(option, spec)
    case .protocolNumber: return protocolText(option, spec)
    case .mac: return macText(option.first, isUpper: spec.module == .CLUSTERIP)
    case .addressTypes: return names(option.first, AddressTypeNames.all)
    case .addressRange:
      return AddressText.plain(option.first, isIPv6: isIPv6) + "-" + AddressText.plain(option.second, isIPv6: isIPv6)
    case .tcpFlags:
      return TCPFlagNames.text(UInt8(truncatingIfNeeded: option.first)) + " "
        + TCPFlagNames.text(UInt8(truncatingIfNeeded: option.second))
    case .ctState: return names(option.first, StateNames.all)
    case .ctStatus: return option.first == 0 ? "NONE" : names(option.first, StateNames.statuses)
    case .ctDirection: return option.first == 0 ? "ORIGINAL" : "REPLY"
    case .icmpType, .icmp6Type: return icmpText(option, spec)
    case .dscpClass: return hex(option.first, digits: 2)
    case .packetType: return ["unicast", "broadcast", "multicast", "otherhost"][Int(option.first & 3)]
    case .setReference: return text(option.value) + " " + text(option.secondValue)
    case .headerNames:
      return HeaderNames.all.filter { UInt64(option.first) & $0.bit != 0 }.map(\.name).joined(separator: ",")
    case .rejectType: return (isIPv6 ? RejectNames.v6 : RejectNames.v4)[Int(option.first)].name
    case .classID: return fourDigits(option.first >> 16) + ":" + fourDigits(option.first & 0xffff)
    default: return rareValue(option, spec)
    }
  }

  private func fourDigits(_ value: UInt128) -> String { String(hex(value, digits: 4).dropFirst(2)) }

  private func savedText(_ option: RuleSyntax.OptionUse, _ spec: OptionSpec) -> String {
    var bytes = WordScanner.text(of: option.value, in: bytes)
    if let limit = spec.key.textLimit { bytes = bytes.prefix(limit) }
    switch spec.key {
    case .string: return QuotedText.always(bytes, escapesApostrophe: false)
    case .comment, .logPrefix, .nflogPrefix, .ulogPrefix, .helper, .path: return QuotedText.saved(bytes)
    case .ledTriggerId: return QuotedText.always(bytes)
    default: return Read.string(bytes)
    }
  }

  private func number(_ option: RuleSyntax.OptionUse, _ spec: OptionSpec) -> String {
    switch spec.key {
    case .dscp, .setDscp: hex(option.first, digits: 2)
    case .spi: hex(option.first)
    case .clusterHashSeed, .hmarkRnd, .hmarkSpiMask, .hmarkSpi: hex(option.first, digits: 8)
    default: "\(option.first)"
    }
  }

  private func savedRange(_ option: RuleSyntax.OptionUse, _ spec: OptionSpec) -> String? {
    let isWhole = option.first == 0 && option.second == (spec.kind == .uint16Range ? 0xffff : 0xffff_ffff)
    if isWhole, !option.isNegated, [.ahspi, .espspi, .ipcompspi, .rtSegsleft, .fragid].contains(spec.key) {
      return nil
    }
    if spec.key == .connbytes {
      // To the kernel no upper bound is 0.
      return option.second == UInt128(UInt64.max) || option.second == 0
        ? "\(option.first)" : "\(option.first):\(option.second)"
    }
    return range(option)
  }

  private func maskedAddress(_ option: RuleSyntax.OptionUse, _ spec: OptionSpec) -> String {
    AddressText.masked(
      option.first, option.second, isIPv6: isIPv6, printsFull: [.srhPsid, .srhNsid, .srhLsid].contains(spec.key))
  }

  private func protocolText(_ option: RuleSyntax.OptionUse, _ spec: OptionSpec) -> String {
    let number = UInt8(truncatingIfNeeded: option.first)
    guard spec.module == .policy else { return "\(number)" }
    return ProtocolNames.savedName(of: number) ?? "\(number)"
  }

  private func macText(_ value: UInt128, isUpper: Bool) -> String {
    (0..<6).map { index in
      let text = String(value >> UInt128(40 - 8 * index) & 255, radix: 16, uppercase: isUpper)
      return text.count < 2 ? "0" + text : text
    }.joined(separator: ":")
  }

  /// The names of the bits that are set, in order.
  func names(_ bits: UInt128, _ names: [String]) -> String {
    names.enumerated().filter { bits >> UInt128($0.offset) & 1 == 1 }.map(\.element).joined(separator: ",")
  }

  private func icmpText(_ option: RuleSyntax.OptionUse, _ spec: OptionSpec) -> String {
    if option.first == 255, spec.kind == .icmpType { return "any" }
    guard option.list.count == 2 else { return "\(option.first)" }
    let lower = rule.pool[option.list.lowerBound]
    return lower == 0 && rule.pool[option.list.lowerBound + 1] == 255 ? "\(option.first)" : "\(option.first)/\(lower)"
  }

  // MARK: Rare ones

  private func rareValue(_ option: RuleSyntax.OptionUse, _ spec: OptionSpec) -> String? {
    switch spec.kind {
    case .double: return fixed(option.first)
    case .limitRate: return rate(UInt64(truncatingIfNeeded: option.first), scale: 10_000)
    case .hashRate:
      return option.second == 1
        ? byteRate(option.first) + "/s" : rate(UInt64(truncatingIfNeeded: option.first), scale: 1_000_000)
    case .hashBurst: return option.second == 1 ? byteRate(option.first) : "\(option.first)"
    case .hashlimitMode:
      let modes = names(option.first & 15, ["srcip", "srcport", "dstip", "dstport"])
      return modes.isEmpty ? nil : modes
    case .logLevel: return option.first == 4 ? nil : "\(option.first)"
    case .auditType: return ["accept", "drop", "reject"][Int(min(option.first, 2))]
    case .statisticMode: return ["random", "nth"][Int(option.first & 1)]
    case .policyDirection: return ["in", "out"][Int(option.first & 1)]
    case .policyKind: return ["none", "ipsec"][Int(option.first & 1)]
    case .policyMode: return ["transport", "tunnel"][Int(option.first & 1)]
    case .ipvsMethod: return ["MASQ", "IPIP", "GATE"][Int(min(option.first, 2))]
    case .ctEvents: return names(option.first, ConntrackEventNames.all)
    case .expEvents: return "new"
    case .ctZone: return option.second == 1 ? "mark" : option.first == 0 ? nil : "\(option.first)"
    case .dccpTypes: return names(option.first, DCCPTypeNames.all)
    case .chunkTypes: return chunks(option)
    case .tcpOptionList: return rule.pool[option.list].map { "\($0)" }.joined(separator: ",")
    case .mhTypes:
      return option.first == 0 && option.second == 255 && !option.isNegated ? nil : range(option)
    case .queueRange: return range(option)
    case .rt0Addresses: return rule.pool[option.list].map { AddressText.plain($0, isIPv6: true) }.joined(separator: ",")
    case .timeOfDay: return CalendarDate.clock(UInt64(truncatingIfNeeded: option.first))
    case .dateTime: return CalendarDate.text(UInt64(truncatingIfNeeded: option.first))
    case .prefix6: return AddressText.plain(option.first, isIPv6: true) + "/\(option.second)"
    case .milliseconds: return option.second == 1 ? "inf" : "\(option.first)"
    case .clusterMask, .prefixText: return AddressText.length(option.first, isIPv6: isIPv6).map { "\($0)" }
    case .portMask: return hex(option.first, digits: 4)
    case .connlabel: return QuotedText.always(WordScanner.text(of: option.value, in: bytes))
    case .hexString: return hexPattern(option)
    case .u32: return "\"" + (U32Program(WordScanner.text(of: option.value, in: bytes))?.text ?? "") + "\""
    case .bpf: return "\"" + program(option) + "\""
    default: return text(option.value)
    }
  }

  /// 31 bits as a decimal fraction with eleven digits.
  private func fixed(_ value: UInt128) -> String {
    // value / 2^31, rounded half to even as printf does with the exact binary fraction.
    let scaled = value * 100_000_000_000
    var result = scaled >> 31
    let rest = scaled & 0x7fff_ffff
    if rest > 0x4000_0000 || rest == 0x4000_0000 && result & 1 == 1 { result += 1 }
    let whole = result / 100_000_000_000
    let digits = String(result % 100_000_000_000)
    return "\(whole)." + String(repeating: "0", count: 11 - digits.count) + digits
  }

  private func rate(_ period: UInt64, scale: UInt64) -> String {
    let units: [(String, UInt64)] = [
      ("day", scale * 86400), ("hour", scale * 3600), ("min", scale * 60), ("sec", scale),
    ]
    guard period > 0 else { return "" }
    var index = 1
    while index < units.count, period <= units[index].1, units[index].1 / period >= units[index].1 % period {
      index += 1
    }
    return "\(units[index - 1].1 / period)/\(units[index - 1].0)"
  }

  func byteRate(_ bytes: UInt128) -> String {
    if bytes > 0, bytes % (1 << 20) == 0 { return "\(bytes >> 20)mb" }
    if bytes > 0, bytes % 1024 == 0 { return "\(bytes >> 10)kb" }
    return "\(bytes)b"
  }

  private func chunks(_ option: RuleSyntax.OptionUse) -> String {
    let mode = ["all", "any", "only"][Int(min(option.first, 2))]
    if option.second == 1 << 63 { return mode + " ALL" }
    if option.second == 0 { return mode + " NONE" }
    var parts: [Int: String] = [:]
    for part in text(option.secondValue).split(separator: ",") {
      let name = part.prefix { $0 != ":" }
      if let index = NameTable.index(of: Array(name.utf8)[...], in: ChunkNames.all) {
        let chunk = ChunkNames.all[index]
        let given = part.dropFirst(name.count + 1)
        // The flags in their fixed order, a capital letter for one that must be set.
        let flags = ChunkNames.flags(of: chunk).compactMap { letter in
          given.utf8.first { Read.lower($0) == Read.lower(letter) }
        }
        parts[index] = chunk + (flags.isEmpty ? "" : ":" + String(decoding: flags, as: UTF8.self))
      }
    }
    return mode + " " + parts.sorted { $0.key < $1.key }.map(\.value).joined(separator: ",")
  }

  private func program(_ option: RuleSyntax.OptionUse) -> String {
    text(option.value).split(separator: ",").map { part in
      part.split(separator: " ").map { word in
        Read.number(Array(word.utf8)[...]).map { "\($0)" } ?? String(word)
      }.joined(separator: " ")
    }.joined(separator: ",")
  }

  private func hexPattern(_ option: RuleSyntax.OptionUse) -> String {
    let pattern = HexPattern.bytes(WordScanner.text(of: option.value, in: bytes)) ?? []
    // Text that could stand for itself is printed as text.
    guard pattern.contains(where: { $0 < 32 || $0 > 126 }) else {
      return QuotedText.always(pattern[...], escapesApostrophe: false)
    }
    let digits = pattern.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    return "\"|" + digits + "|\""
  }
}
