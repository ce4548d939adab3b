import SourceText

/// Prints rules the way iptables-save does: options in their fixed order, values in their canonical form, defaults spelled
/// out or left away as each extension has it.
package struct RuleWriter: Sendable {
  let rule: RuleSyntax
  let bytes: [UInt8]
  let isIPv6: Bool
  let registry = Registry.shared

  /// The rule that a parser holds.
  package init(_ parser: RuleParser) {
    rule = parser.rule
    bytes = parser.bytes
    isIPv6 = parser.isIPv6
  }

  /// The lines of one rule, one for each pair of source and destination address. `command` is what stands before the
  /// matches; by default the rule is appended to its chain.
  package func lines(command: String? = nil) -> [String] {
    let sources = pairs(rule.source)
    let destinations = pairs(rule.destination)
    var result: [String] = []
    let chain = rule.chain.map { text($0) } ?? ""
    let head = command ?? "-A \(chain)"
    let tail = interfaces() + matches() + target()
    for source in sources {
      for destination in destinations {
        result.append(
          head + address("-s", source, isNegated: rule.source?.isNegated ?? false)
            + address("-d", destination, isNegated: rule.destination?.isNegated ?? false) + tail)
      }
    }
    return result
  }

  func text(_ word: Word) -> String { Read.string(WordScanner.text(of: word, in: bytes)) }

  func bang(_ isNegated: Bool) -> String { isNegated ? " !" : "" }

  // MARK: The rule itself

  private func pairs(_ test: RuleSyntax.AddressTest?) -> [(UInt128, UInt128)?] {
    guard let test, !test.entries.isEmpty else { return [nil] }
    return stride(from: test.entries.lowerBound, to: test.entries.upperBound - 1, by: 2).map {
      (rule.pool[$0], rule.pool[$0 + 1])
    }
  }

  private func address(_ flag: String, _ pair: (UInt128, UInt128)?, isNegated: Bool) -> String {
    guard let (value, mask) = pair, mask != 0 || isNegated else { return "" }
    return bang(isNegated) + " \(flag) " + AddressText.masked(value, mask, isIPv6: isIPv6, printsFull: true)
  }

  private func interfaces() -> String {
    var result = ""
    if let test = rule.inInterface { result += interface("-i", test) }
    if let test = rule.outInterface { result += interface("-o", test) }
    if let test = rule.transportProtocol, let number = test.number, number != 0 || test.isNegated {
      result += bang(test.isNegated) + " -p " + (ProtocolNames.savedName(of: number) ?? String(number))
    }
    if let test = rule.fragment { result += bang(test.isNegated) + " -f" }
    return result
  }

  private func interface(_ flag: String, _ test: RuleSyntax.InterfaceTest) -> String {
    let name = text(test.name)
    return name == "+" && !test.isNegated ? "" : bang(test.isNegated) + " \(flag) \(name)"
  }

  private func matches() -> String {
    var result = ""
    for use in rule.matches {
      guard let module = use.module else {
        result += " -m \(text(use.name))"
        continue
      }
      result += " -m \(registry.modules[module].id.rawValue)" + saved(use, module)
    }
    return result
  }

  private func target() -> String {
    guard let target = rule.target else { return "" }
    if target.isGoto { return " -g \(text(target.name))" }
    var result = " -j \(text(target.name))"
    if let module = target.use.module { result += saved(target.use, module) }
    return result
  }

  // MARK: Extensions

  private func saved(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    if let own = ownForm(use, registry.modules[module].id) { return own }
    return plain(use, module)
  }

  /// The options in the order of the definition, each with its canonical value.
  func plain(_ use: RuleSyntax.ModuleUse, _ module: Int, leaving out: [OptionKey] = []) -> String {
    var result = ""
    var last = -1
    for index in registry.modules[module].names where registry.names[index].option != last {
      last = registry.names[index].option
      let spec = registry.options[last]
      guard !out.contains(spec.key), let option = rule.option(spec.key, of: use) else { continue }
      result += option.isValid ? one(option, spec) : ""
    }
    return result
  }

  /// ` --name value`, or nothing when the value says nothing.
  func one(_ option: RuleSyntax.OptionUse, _ spec: OptionSpec) -> String {
    guard spec.kind != .none else { return bang(option.isNegated) + " --\(spec.key.rawValue)" }
    guard let value = value(option, spec) else { return "" }
    let name = spec.key == .dscpClass ? OptionKey.dscp.rawValue : spec.key.rawValue
    return bang(option.isNegated) + " --\(name) " + value
  }

  func flag(_ key: OptionKey, _ use: RuleSyntax.ModuleUse) -> String {
    guard let option = rule.option(key, of: use) else { return "" }
    return one(option, registry.options[option.option])
  }

  func hex(_ value: UInt128, digits: Int = 0) -> String {
    let text = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  func hexMasked(_ value: UInt128, _ mask: UInt128) -> String {
    mask == 0xffff_ffff ? hex(value) : hex(value) + "/" + hex(mask)
  }

  func range(_ option: RuleSyntax.OptionUse, separator: String = ":") -> String {
    option.first == option.second ? "\(option.first)" : "\(option.first)\(separator)\(option.second)"
  }
}

/// Text in quotes where the shell or iptables-restore would need them.
enum QuotedText {
  static func saved(_ text: ArraySlice<UInt8>) -> String {
    let isPlain = !text.isEmpty && text.allSatisfy(isPlain)
    return isPlain ? Read.string(text) : always(text)
  }

  static func always(_ text: ArraySlice<UInt8>, escapesApostrophe: Bool = true) -> String {
    var result = [UInt8(ascii: "\"")]
    for byte in text {
      if byte == 0x22 || byte == 0x5C || escapesApostrophe && byte == 0x27 { result.append(0x5C) }
      result.append(byte)
    }
    result.append(UInt8(ascii: "\""))
    return String(decoding: result, as: UTF8.self)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 48 && byte <= 57 || byte >= 65 && byte <= 90 || byte >= 97 && byte <= 122 || byte == 45 || byte == 95
  }
}

/// Addresses as iptables-save prints them.
package enum AddressText {
  package static func plain(_ value: UInt128, isIPv6: Bool) -> String {
    guard isIPv6 else {
      return (0..<4).map { String(value >> UInt128(24 - 8 * $0) & 255) }.joined(separator: ".")
    }
    if value >> 32 == 0xffff { return "::ffff:" + plain(value & 0xffff_ffff, isIPv6: false) }
    // inet_ntop(3) prints an IPv4 tail for addresses below 2^32 that use more than 16 bits.
    if value >> 32 == 0, value >> 16 != 0 { return "::" + plain(value, isIPv6: false) }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(16 * (7 - $0))) }
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > best.count, end - start >= 2 { best = start..<end }
      start = max(end, start) + 1
    }
    func text(_ range: Range<Int>) -> String {
      range.map { String(groups[$0], radix: 16) }.joined(separator: ":")
    }
    return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
  }

  /// The prefix length of a mask, or nil for a mask that is none.
  static func length(_ mask: UInt128, isIPv6: Bool) -> Int? {
    let hosts = ~mask & Read.allOnes(isIPv6: isIPv6)
    guard hosts & (hosts &+ 1) == 0 else { return nil }
    return (isIPv6 ? 128 : 32) - (128 - hosts.leadingZeroBitCount)
  }

  /// `a/24`, or `a/255.0.255.0`; a full mask is printed only where asked for.
  static func masked(_ value: UInt128, _ mask: UInt128, isIPv6: Bool, printsFull: Bool = false) -> String {
    let address = plain(value, isIPv6: isIPv6)
    guard let length = length(mask, isIPv6: isIPv6) else { return address + "/" + plain(mask, isIPv6: isIPv6) }
    return length == (isIPv6 ? 128 : 32) && !printsFull ? address : "\(address)/\(length)"
  }
}
