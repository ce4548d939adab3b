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
    if U32Program(text) == nil {
      refuse(&use, "u32 tests cannot be read: `", text, hint: "the form is `location=value[,value…][&&…]`")
    }
  }

  /// `count,code jt jf k,code jt jf k …`
  mutating func readBPF(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    var parts = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    if parts.last?.isEmpty == true { parts.removeLast() }
    guard let head = parts.first, let count = Read.number(head, upTo: 64), count > 0, parts.count == Int(count) + 1
    else {
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
