import SourceText

extension RuleWriter {
  func mark(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    var result = ""
    var set: (UInt128, UInt128)?
    let full: UInt128 = 0xffff_ffff
    func xmark(_ value: UInt128, _ mask: UInt128) -> String { " --set-xmark " + hex(value) + "/" + hex(mask) }
    for position in use.options {
      let option = rule.options[position]
      switch option.key {
      case .setXmark: set = (option.first, option.second)
      case .setMark: set = (option.first, option.first | option.second)
      case .andMark: set = (0, ~option.first & full)
      case .orMark: set = (option.first, option.first)
      case .xorMark: set = (option.first, 0)
      case .mask, .ctmask:
        // Of a mark that is set, a mask given after it is the mask.
        if let (value, _) = set { set = (value, option.first) }
      case .saveMark, .restoreMark:
        let mask = rule.option(.mask, of: use)?.first
        let packet = mask ?? rule.option(.nfmask, of: use)?.first ?? full
        let connection = mask ?? rule.option(.ctmask, of: use)?.first ?? full
        result += " --\(option.key.rawValue) --nfmask " + hex(packet) + " --ctmask " + hex(connection)
      default: break
      }
    }
    if let (value, mask) = set { result = xmark(value, mask) + result }
    // The kernel keeps one shift.
    let right = flag(.rightShiftMark, use)
    return result + (right.isEmpty ? flag(.leftShiftMark, use) : right)
  }

  func tos(_ use: RuleSyntax.ModuleUse) -> String {
    guard let position = use.options.first else { return "" }
    let option = rule.options[position]
    func text(_ value: UInt128, _ mask: UInt128) -> String {
      " --set-tos " + hex(value, digits: 2) + "/" + hex(mask, digits: 2)
    }
    switch option.key {
    case .andTos: return text(0, ~option.first & 0xff)
    case .orTos: return text(option.first, option.first)
    case .xorTos: return text(option.first, 0)
    default: return text(option.first, option.second)
    }
  }

  func setDSCP(_ use: RuleSyntax.ModuleUse) -> String {
    guard let position = use.options.first else { return "" }
    return " --set-dscp " + hex(rule.options[position].first, digits: 2)
  }

  func log(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    let isEmpty = rule.option(.logPrefix, of: use).map { text($0.value).isEmpty } ?? true
    return plain(use, module, leaving: isEmpty ? [.logPrefix] : [])
  }

  func nflog(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    var out: [OptionKey] = [.nflogRange]
    if rule.option(.nflogGroup, of: use)?.first == 0 { out.append(.nflogGroup) }
    if rule.option(.nflogThreshold, of: use)?.first == 0 { out.append(.nflogThreshold) }
    return plain(use, module, leaving: out)
  }

  func reject(_ use: RuleSyntax.ModuleUse) -> String {
    let entries = isIPv6 ? RejectNames.v6 : RejectNames.v4
    guard let option = rule.option(.rejectWith, of: use), option.isValid, option.first < UInt128(entries.count) else {
      return " --reject-with " + (isIPv6 ? "icmp6-port-unreachable" : "icmp-port-unreachable")
    }
    return " --reject-with " + entries[Int(option.first)].name
  }

  func queue(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    let hasNumber = rule.option(.queueNum, of: use) != nil || rule.option(.queueBalance, of: use) != nil
    return (hasNumber ? "" : " --queue-num 0") + plain(use, module)
  }

  /// `list` holds hasAddress, lower, upper, hasPorts, lower, upper, base.
  func translation(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    var result = ""
    let keys: [OptionKey] = [.toSource, .toDestination, .toPorts]
    for position in use.options {
      let option = rule.options[position]
      guard keys.contains(option.key), option.list.count == 7 else { continue }
      let values = Array(rule.pool[option.list])
      result += " --\(option.key.rawValue) "
      var addresses = ""
      if values[0] == 1 {
        addresses = AddressText.plain(values[1], isIPv6: isIPv6)
        if values[1] != values[2] { addresses += "-" + AddressText.plain(values[2], isIPv6: isIPv6) }
        if isIPv6, values[3] == 1 { addresses = "[" + addresses + "]" }
      }
      result += addresses
      if values[3] == 1 {
        if option.key != .toPorts { result += ":" }
        result += "\(values[4])"
        if values[4] != values[5] { result += "-\(values[5])" }
        if values[6] != 0 { result += "/\(values[6])" }
      }
    }
    return result + plain(use, module, leaving: keys)
  }

  /// The two directions share one zone: with both given it is that of the connection.
  func connection(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    var zone: UInt128 = 0
    var isMark = false
    var sides: [OptionKey] = []
    for position in use.options {
      let option = rule.options[position]
      guard option.key == .zone || option.key == .zoneOrig || option.key == .zoneReply else { continue }
      if option.second == 1 { isMark = true } else { zone = option.first }
      if option.key != .zone, !sides.contains(option.key) { sides.append(option.key) }
    }
    let rest = plain(use, module, leaving: [.zone, .zoneOrig, .zoneReply])
    guard isMark || zone != 0 else { return rest }
    let name = sides.count == 1 ? sides[0].rawValue : OptionKey.zone.rawValue
    return rest + " --\(name) " + (isMark ? "mark" : "\(zone)")
  }

  /// `--ecn-tcp-remove` is both bits of TCP set to 0.
  func explicitCongestion(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    let echo = rule.option(.ecnTcpEce, of: use)
    let reduced = rule.option(.ecnTcpCwr, of: use)
    let isRemoval = rule.option(.ecnTcpRemove, of: use) != nil || echo?.first == 0 && reduced?.first == 0
    let codepoint = flag(.ecnIpEct, use)
    if isRemoval, codepoint.isEmpty { return " --ecn-tcp-remove" }
    if isRemoval { return " --ecn-tcp-ece 0 --ecn-tcp-cwr 0" + codepoint }
    return flag(.ecnTcpEce, use) + flag(.ecnTcpCwr, use) + codepoint
  }

  /// The last of the two ways to say it.
  func segmentSize(_ use: RuleSyntax.ModuleUse) -> String {
    var result = ""
    for position in use.options {
      let option = rule.options[position]
      result = one(option, registry.options[option.option])
    }
    return result
  }

  func netmap(_ use: RuleSyntax.ModuleUse) -> String {
    guard let option = rule.option(.to, of: use), option.isValid else { return "" }
    return " --to "
      + AddressText.masked(option.first & option.second, option.second, isIPv6: isIPv6, printsFull: true)
  }

  func transparentProxy(_ use: RuleSyntax.ModuleUse) -> String {
    let address = rule.option(.onIp, of: use)?.first ?? 0
    let mark = rule.option(.tproxyMark, of: use)
    return flag(.onPort, use) + " --on-ip " + AddressText.plain(address, isIPv6: isIPv6) + " --tproxy-mark "
      + hex(mark?.first ?? 0) + "/" + hex(mark?.second ?? 0)
  }

  /// `--hmark-tuple` stands for masks of all ones.
  func hashMark(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    var result = ""
    let tuple = rule.option(.hmarkTuple, of: use).map { text($0.value).split(separator: ",").map(String.init) } ?? []
    let width = isIPv6 ? "128" : "32"
    let order: [(OptionKey, String, String)] = [
      (.hmarkSrcPrefix, "src", width), (.hmarkDstPrefix, "dst", width), (.hmarkSportMask, "sport", "0xffff"),
      (.hmarkDportMask, "dport", "0xffff"), (.hmarkSpiMask, "spi", "0xffffffff"), (.hmarkSport, "", ""),
      (.hmarkDport, "", ""), (.hmarkSpi, "", ""), (.hmarkProtoMask, "proto", "0xffff"), (.hmarkRnd, "", ""),
      (.hmarkMod, "", ""), (.hmarkOffset, "", ""),
    ]
    for (key, name, whole) in order {
      if let option = rule.option(key, of: use) {
        if key == .hmarkProtoMask {
          result += " --\(key.rawValue) " + hex(option.first, digits: option.first > 0xff ? 4 : 2)
        } else {
          result += one(option, registry.options[option.option])
        }
      } else if !name.isEmpty, tuple.contains(name) {
        result += " --\(key.rawValue) \(whole)"
      }
    }
    return result + (tuple.contains("ct") ? " --hmark-tuple ct" : "")
  }

  func rateEstimator(_ use: RuleSyntax.ModuleUse) -> String {
    func interval(_ key: OptionKey) -> String {
      guard let option = rule.option(key, of: use) else { return "" }
      return " --\(key.rawValue) " + TimeText.saved(WordScanner.text(of: option.value, in: bytes))
    }
    return flag(.rateestName, use) + interval(.rateestInterval) + interval(.rateestEwmalog)
  }
}

/// Times with units, as `RATEEST` has them.
enum TimeText {
  /// `250ms` becomes `250.0ms`; what is no number stays as it is.
  static func saved(_ text: ArraySlice<UInt8>) -> String {
    let written = Read.string(text)
    let number = written.prefix { $0.isNumber || $0 == "." }
    guard let value = Double(number) else { return written }
    let unit = String(written.dropFirst(number.count))
    let micro: Double
    switch unit {
    case "s", "sec", "secs": micro = value * 1_000_000
    case "ms", "msec", "msecs": micro = value * 1000
    case "", "us", "usec", "usecs": micro = value
    default: return written
    }
    func oneDigit(_ value: Double) -> String {
      let tenths = Int64((value * 10).rounded())
      return "\(tenths / 10).\(tenths % 10)"
    }
    guard micro < 1e15 else { return written }
    if micro >= 1_000_000 { return oneDigit(micro / 1_000_000) + "s" }
    if micro >= 1000 { return oneDigit(micro / 1000) + "ms" }
    return "\(Int64(micro))us"
  }
}
