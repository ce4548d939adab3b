import SourceText

extension OptionKey {
  /// The longest text in bytes that is kept; what is beyond is cut without a word.
  package var textLimit: Int? {
    switch self {
    case .comment: 255
    case .logPrefix, .helper: 29
    case .nflogPrefix: 63
    case .name: 199
    case .label: 27
    case .genre: 31
    default: nil
    }
  }
}

extension RuleParser {
  /// Values that few rule sets have.
  mutating func readRemaining(_ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    switch spec.kind {
    case .statisticMode: readChoice(&use, text, ["random", "nth"])
    case .policyDirection: readChoice(&use, text, ["in", "out"])
    case .policyKind: readChoice(&use, text, ["none", "ipsec"])
    case .policyMode: readChoice(&use, text, ["transport", "tunnel"])
    case .auditType: readChoice(&use, text, ["accept", "drop", "reject"], ignoresCase: true)
    case .stringAlgorithm: readChoice(&use, text, ["bm", "kmp"])
    case .connbytesDirection: readChoice(&use, text, ["original", "reply", "both"])
    case .connbytesMode: readChoice(&use, text, ["packets", "bytes", "avgpkt"])
    case .ipvsMethod: readChoice(&use, text, ["MASQ", "IPIP", "GATE"], ignoresCase: true)
    case .hashMode: readChoice(&use, text, ["sourceip", "sourceip-sourceport", "sourceip-sourceport-destport"])
    case .realm: readRealm(&use, text)
    case .logLevel: readLogLevel(&use, text)
    case .limitRate: readRate(&use, text, scale: 10_000)
    case .hashRate: if !readByteRate(spec, &use, text) { readRate(&use, text, scale: 1_000_000) }
    case .hashBurst: if !readByteRate(spec, &use, text) { readHashBurst(&use, text) }
    case .hashlimitMode: readBits(&use, text, ["srcip", "srcport", "dstip", "dstport", "none"], what: "mode")
    case .ctEvents: readBits(&use, text, ConntrackEventNames.all, what: "event type")
    case .expEvents: readBits(&use, text, ["new"], what: "event type")
    case .ctZone:
      if text.elementsEqual("mark".utf8) {
        use.second = 1
      } else if let zone = Read.number(text, upTo: 65535) {
        use.first = UInt128(zone)
      } else {
        refuse(&use, "invalid value for zone: `", text)
      }
    case .dccpTypes: readBits(&use, text, DCCPTypeNames.all, what: "DCCP type")
    case .chunkTypes: readChunks(&use)
    case .headerOptions: readHeaderOptions(&use, text)
    case .tcpOptionList: readTCPOptions(&use, text)
    case .mhTypes: readMobilityTypes(&use, text)
    case .queueRange: readQueueRange(&use, text)
    case .rt0Addresses: readAddressList(&use, text)
    case .timeOfDay: readTimeOfDay(&use, text)
    case .dateTime: readDate(&use, text)
    case .weekdays: readWeekdays(&use, text)
    case .monthDays: readMonthDays(&use, text)
    case .clusterMask: readPrefixOrMask(&use, text)
    case .prefix6: readPrefix(&use, text)
    case .milliseconds:
      if text.elementsEqual("inf".utf8) {
        use.second = 1
      } else if let value = Read.number(text, upTo: 0xffff_ffff) {
        use.first = UInt128(value)
      } else {
        refuse(&use, "delay value must be within range 0-4294967295: `", text)
      }
    case .prefixText: readPrefixOrMask(&use, text)
    case .portMask:
      if let value = Read.number(text, upTo: 0xffff) {
        use.first = UInt128(value)
      } else {
        refuse(&use, "bad value `", text)
      }
    case .connlabel: if text.isEmpty { refuse(&use, "empty label `", text) }
    case .hexString: readHexString(&use, text)
    case .u32: readU32(&use, text)
    case .bpf: readBPF(&use, text)
    default: break
    }
  }

  // MARK: Names as bits

  private mutating func readBits(
    _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>, _ names: [String], what: String
  ) {
    var bits: UInt64 = 0
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      // iptables passes over an empty name among types of DCCP packets.
      if part.isEmpty, names == DCCPTypeNames.all { continue }
      guard let index = NameTable.index(of: part, in: names) else {
        refuse(&use, "unknown \(what) `", part)
        return
      }
      bits |= 1 << UInt64(index)
    }
    use.first = UInt128(bits)
  }

  private mutating func readChunks(_ use: inout RuleSyntax.OptionUse) {
    readChoice(&use, text(use.value), ["all", "any", "only"], ignoresCase: true)
    guard use.isValid else { return }
    let list = text(use.secondValue)
    if list.elementsEqual("ALL".utf8, by: { Read.lower($0) == Read.lower($1) }) {
      use.second = 1 << 63
      return
    }
    if list.elementsEqual("NONE".utf8, by: { Read.lower($0) == Read.lower($1) }) { return }
    for part in list.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let name = part.prefix { $0 != UInt8(ascii: ":") }
      let flags = part.dropFirst(name.count + 1)
      guard let index = NameTable.index(of: name, in: ChunkNames.all) else {
        refuse(&use, "unknown sctp chunk type `", name)
        return
      }
      let valid = ChunkNames.flags(of: ChunkNames.all[index])
      guard flags.allSatisfy({ flag in valid.contains { Read.lower($0) == Read.lower(flag) } }) else {
        refuse(&use, "invalid flags for chunk type `", part)
        return
      }
      use.second |= 1 << UInt128(index)
    }
  }

  private mutating func readMobilityTypes(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let parts = text.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
    var values: [UInt64] = []
    for (index, part) in parts.enumerated() {
      if part.isEmpty, parts.count == 2 {
        values.append(index == 0 ? 0 : 255)
      } else if let value = MobilityNames.value(part) ?? Read.number(part, upTo: 255) {
        values.append(value)
      } else {
        refuse(&use, "invalid MH type `", part, after: "` specified")
        return
      }
    }
    guard let first = values.first, let last = values.last else { return }
    use.first = UInt128(first)
    use.second = UInt128(last)
    if first > last { refuseReversed(&use, text) }
  }

  private mutating func readLogLevel(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let names = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"]
    if let number = Read.number(text, upTo: 7) {
      use.first = UInt128(number)
    } else if let index = NameTable.index(of: text, in: names) {
      use.first = UInt128(index)
    } else if NameTable.index(of: text, in: ["panic"]) != nil {
      use.first = 0
    } else {
      refuse(&use, "log level `", text, after: "` unknown", hint: "a level is \(names.joined(separator: ", "))")
    }
  }

  private mutating func readRealm(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    if let (value, mask) = Read.valueAndMask(text, upTo: 0xffff_ffff) {
      use.first = UInt128(value)
      use.second = UInt128(mask)
    } else if let first = text.first, first < 48 || first > 57 {
      // A name of /etc/iproute2/rt_realms of that machine.
      use.first = .max
    } else {
      refuse(&use, "bad realm `", text)
    }
  }

  // MARK: Rates

  /// `n`, `n/second`, `n/min` …: `first` is the time for one packet, in parts of a second.
  private mutating func readRate(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>, scale: UInt64) {
    let parts = text.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
    var seconds: UInt64 = 1
    if parts.count > 1 {
      let units: [(String, UInt64)] = [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400)]
      guard let unit = units.first(where: { NameTable.isBeginning(parts[1], of: $0.0) }) else {
        refuse(&use, "bad rate `", text, hint: "a rate is a number, `/` and second, minute, hour or day")
        return
      }
      seconds = unit.1
    }
    // What stands between the digits and the unit is not looked at.
    var digits = parts[0]
    guard let number = Read.leadingNumber(&digits), number > 0, number <= 0xffff_ffff else {
      refuse(&use, "bad rate `", text)
      return
    }
    let period = scale * seconds / number
    if period == 0 { refuse(&use, "rate too fast `", text) }
    use.first = UInt128(period)
  }

  /// `512kb/s`, `1mb`: `second` is 1 and `first` the number of bytes.
  private mutating func readByteRate(
    _ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>
  ) -> Bool {
    var rest = text
    guard let number = Read.leadingNumber(&rest) else { return false }
    if rest.last == UInt8(ascii: "s"), rest.dropLast().last == UInt8(ascii: "/") {
      rest = rest.dropLast(2)
    } else if spec.kind == .hashRate {
      return false
    }
    let shift: UInt64
    switch Read.lowercased(rest) {
    case "b": shift = 0
    case "kb": shift = 10
    case "mb": shift = 20
    default: return false
    }
    if number == 0 { refuse(&use, "bad rate `", text) }
    use.first = UInt128(number) << UInt128(shift)
    use.second = 1
    return true
  }

  private mutating func readHashBurst(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    if let value = Read.number(text, upTo: 1_000_000), value > 0 {
      use.first = UInt128(value)
    } else {
      refuse(&use, "bad value for option `--hashlimit-burst`: `", text)
    }
  }

  mutating func readProbability(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    guard let value = Double(Read.string(text)), value >= 0, value <= 1 else {
      refuse(&use, "bad value for option `--probability`: `", text, after: "` is not a number from 0 to 1")
      return
    }
    // As the kernel keeps it: 31 bits.
    use.first = UInt128(UInt64((value * 2_147_483_648).rounded()))
  }

  // MARK: Lists and ranges

  private mutating func readHeaderOptions(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let parts = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    for part in parts {
      let fields = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard fields.count <= 2, fields.allSatisfy({ Read.number($0, upTo: 255) != nil }) else {
        refuse(&use, "invalid number in options `", part)
        return
      }
    }
    if parts.count > 16 { refuse(&use, "too many arguments specified: `", text) }
  }

  private mutating func readTCPOptions(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let names: [(String, UInt64)] = [
      ("wscale", 3), ("mss", 2), ("sack-permitted", 4), ("sack", 5), ("timestamp", 8), ("md5", 19),
    ]
    var values: [UInt64] = []
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      if let named = names.first(where: { part.elementsEqual($0.0.utf8) }) {
        values.append(named.1)
      } else if let value = Read.number(part, upTo: 255), value >= 2 {
        values.append(value)
      } else {
        refuse(&use, "bad TCP option value `", part)
        return
      }
    }
    let start = rule.pool.count
    for value in Set(values).sorted() { rule.pool.append(UInt128(value)) }
    use.list = start..<rule.pool.count
  }

  private mutating func readQueueRange(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    // The kernel counts the queues in 16 bits.
    guard let (lower, upper) = Read.range(text, upTo: 65535), lower < upper, upper - lower < 65535 else {
      refuse(&use, "bad range of queues `", text)
      return
    }
    use.first = UInt128(lower)
    use.second = UInt128(upper)
  }

  private mutating func readAddressList(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let start = rule.pool.count
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let value = Read.ipv6(part) else {
        refuse(&use, "bad address `", part)
        return
      }
      rule.pool.append(value)
    }
    use.list = start..<rule.pool.count
    if use.list.count > 16 { refuse(&use, "too many addresses specified: `", text) }
  }

  /// A prefix length or a mask; `first` is the mask.
  private mutating func readPrefixOrMask(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    if let mask = Read.netmask(text, isIPv6: isIPv6) {
      use.first = mask
    } else {
      refuse(&use, "invalid mask `", text)
    }
  }

  private mutating func readPrefix(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    guard let slash = text.lastIndex(of: UInt8(ascii: "/")), let address = Read.ipv6(text[..<slash]),
      let bits = Read.number(text[(slash + 1)...], upTo: 64)
    else {
      refuse(&use, "bad prefix `", text, hint: "write ADDRESS/LENGTH with a length of at most 64")
      return
    }
    use.first = address
    use.second = UInt128(bits)
  }
}

enum ConntrackEventNames {
  static let all = [
    "new", "related", "destroy", "reply", "assured", "protoinfo", "helper", "mark", "natseqinfo", "secmark",
  ]
}

enum DCCPTypeNames {
  static let all = [
    "REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC", "SYNCACK", "INVALID",
  ]
}

enum ChunkNames {
  /// In the order of their numbers, in which iptables-save prints them.
  static let all = [
    "DATA", "INIT", "INIT_ACK", "SACK", "HEARTBEAT", "HEARTBEAT_ACK", "ABORT", "SHUTDOWN", "SHUTDOWN_ACK", "ERROR",
    "COOKIE_ECHO", "COOKIE_ACK", "ECN_ECNE", "ECN_CWR", "SHUTDOWN_COMPLETE", "I_DATA", "ASCONF_ACK", "RE_CONFIG", "PAD",
    "FORWARD_TSN", "ASCONF", "I_FORWARD_TSN",
  ]

  /// The letters that may follow a chunk's name, in the order in which they are printed.
  static func flags(of chunk: String) -> String.UTF8View {
    switch chunk {
    case "DATA", "I_DATA": "IUBE".utf8
    case "ABORT", "SHUTDOWN_COMPLETE": "T".utf8
    default: "".utf8
    }
  }
}

enum MobilityNames {
  private static let names: [(String, UInt64)] = [
    ("binding-refresh-request", 0), ("brr", 0), ("home-test-init", 1), ("hoti", 1), ("careof-test-init", 2),
    ("coti", 2), ("home-test", 3), ("hot", 3), ("careof-test", 4), ("cot", 4), ("binding-update", 5), ("bu", 5),
    ("binding-acknowledgement", 6), ("ba", 6), ("binding-error", 7), ("be", 7),
  ]
  static func value(_ text: ArraySlice<UInt8>) -> UInt64? {
    if let exact = names.first(where: { text.elementsEqual($0.0.utf8) }) { return exact.1 }
    let found = names.filter { NameTable.isBeginning(text, of: $0.0) }
    return found.count == 1 ? found.first?.1 : nil
  }
}
