import SourceText

/// Small programs as values: patterns, `u32` tests, BPF.
extension RuleParser {
  /// `|0a 0b|text`: hexadecimal between bars.
  mutating func readHexString(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    guard let bytes = HexPattern.bytes(text) else {
      refuse(&use, "invalid hex string `", text)
      return
    }
    if bytes.count > 128 { refuse(&use, "string too long: `", text) }
  }

  mutating func readU32(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    if U32Program.canonical(text) == nil {
      refuse(&use, "u32 tests cannot be read: `", text, hint: "the form is `location=value[,value…][&&…]`")
    }
  }

  /// `count,code jt jf k,code jt jf k …`
  mutating func readBPF(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    var parts = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    if parts.last?.isEmpty == true { parts.removeLast() }
    guard let head = parts.first, let count = Read.number(head, upTo: 64), parts.count == Int(count) + 1 else {
      refuse(&use, "bpf: error parsing program length: `", text)
      return
    }
    for part in parts.dropFirst() {
      let fields = part.split(separator: UInt8(ascii: " "))
      guard fields.count == 4, fields.allSatisfy({ Read.number($0, upTo: 0xffff_ffff) != nil }) else {
        refuse(&use, "bpf: error at instruction `", part)
        return
      }
    }
  }
}

enum HexPattern {
  static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var isHex = false
    var index = text.startIndex
    while index < text.endIndex {
      let byte = text[index]
      if byte == UInt8(ascii: "|") {
        isHex.toggle()
        index += 1
      } else if isHex {
        if byte == 0x20 {
          index += 1
          continue
        }
        guard index + 1 < text.endIndex else { return nil }
        let high = Read.digit(byte)
        let low = Read.digit(text[index + 1])
        guard high < 16, low < 16 else { return nil }
        result.append(UInt8(high << 4 | low))
        index += 2
      } else if byte == 0x5C, index + 1 < text.endIndex {
        result.append(text[index + 1])
        index += 2
      } else {
        result.append(byte)
        index += 1
      }
    }
    return isHex ? nil : result
  }
}

/// The tests of `-m u32`: `location = value` joined by `&&`.
enum U32Program {
  /// As iptables-save prints it, or nil when it cannot be read. At most eleven of each kind, as the kernel has room for.
  static func canonical(_ text: ArraySlice<UInt8>) -> String? {
    var rest = text
    var tests: [String] = []
    repeat {
      guard let location = location(&rest), take("=", &rest), let values = values(&rest) else { return nil }
      tests.append(location + "=" + values)
      guard tests.count <= 11 else { return nil }
    } while take("&&", &rest)
    skipBlanks(&rest)
    return rest.isEmpty ? tests.joined(separator: "&&") : nil
  }

  private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) {
    while let first = rest.first, first == 0x20 || first == 0x09 || first == 0x0A { rest = rest.dropFirst() }
  }

  private static func take(_ symbol: String, _ rest: inout ArraySlice<UInt8>) -> Bool {
    skipBlanks(&rest)
    guard rest.starts(with: symbol.utf8) else { return false }
    rest = rest.dropFirst(symbol.utf8.count)
    return true
  }

  private static func number(_ rest: inout ArraySlice<UInt8>) -> String? {
    skipBlanks(&rest)
    guard let value = Read.leadingNumber(&rest), value <= 0xffff_ffff else { return nil }
    return "0x" + String(value, radix: 16)
  }

  private static func location(_ rest: inout ArraySlice<UInt8>) -> String? {
    guard var result = number(&rest) else { return nil }
    var count = 1
    while true {
      skipBlanks(&rest)
      let symbol: String
      if rest.starts(with: "&&".utf8) { return nil }
      if take("&", &rest) {
        symbol = "&"
      } else if take("<<", &rest) {
        symbol = "<<"
      } else if take(">>", &rest) {
        symbol = ">>"
      } else if take("@", &rest) {
        symbol = "@"
      } else {
        return result
      }
      guard let operand = number(&rest) else { return nil }
      result += symbol + operand
      count += 1
      guard count <= 11 else { return nil }
    }
  }

  private static func values(_ rest: inout ArraySlice<UInt8>) -> String? {
    var result: [String] = []
    repeat {
      guard let lower = number(&rest) else { return nil }
      if take(":", &rest) {
        guard let upper = number(&rest) else { return nil }
        result.append(lower == upper ? lower : lower + ":" + upper)
      } else {
        result.append(lower)
      }
      guard result.count <= 11 else { return nil }
    } while take(",", &rest)
    return result.joined(separator: ",")
  }
}
