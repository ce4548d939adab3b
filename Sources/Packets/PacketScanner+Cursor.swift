extension PacketScanner {
  /// Walks over the bytes of a line. Every reader passes white space over first and takes nothing when it fails.
  struct Cursor {
    let bytes: ArraySlice<UInt8>
    private var at: Int
    private let end: Int

    init(bytes: ArraySlice<UInt8>) {
      self.bytes = bytes
      at = bytes.startIndex
      end = bytes.endIndex
    }

    @inline(__always) private mutating func skipSpace() {
      while at < end, bytes[at] == 0x20 || bytes[at] == 0x09 || bytes[at] == 0x0d || bytes[at] == 0x0a { at &+= 1 }
    }

    var isAtEnd: Bool {
      mutating get {
        skipSpace()
        return at == end
      }
    }

    @inline(__always) mutating func take(_ byte: UInt8) -> Bool {
      skipSpace()
      guard at < end, bytes[at] == byte else { return false }
      at &+= 1
      return true
    }

    /// A string of at most 16 plain ASCII bytes as a number.
    @inline(__always) mutating func word() -> UInt128? {
      guard take(UInt8(ascii: "\"")) else { return nil }
      let start = at
      var number: UInt128 = 0
      while at < end {
        let byte = bytes[at]
        at &+= 1
        if byte == UInt8(ascii: "\"") { return at &- start <= 17 ? number : nil }
        guard byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\\") else { return nil }
        number = number << 8 | UInt128(byte)
      }
      return nil
    }

    /// The range of a number or of a string without escapes.
    mutating func plainValue() -> Range<Int>? {
      skipSpace()
      let start = at
      guard at < end else { return nil }
      if bytes[at] == UInt8(ascii: "\"") {
        at &+= 1
        while at < end, bytes[at] != UInt8(ascii: "\"") {
          guard bytes[at] >= 0x20, bytes[at] < 0x7f, bytes[at] != UInt8(ascii: "\\") else { return nil }
          at &+= 1
        }
        guard at < end else { return nil }
        at &+= 1
        return start..<at
      }
      while at < end, bytes[at] >= 48, bytes[at] <= 57 { at &+= 1 }
      let digits = at &- start
      guard digits > 0, digits == 1 || bytes[start] != 48 else { return nil }
      return start..<at
    }

    /// A number without sign, fraction or exponent that its type can hold.
    @inline(__always) mutating func number<Number: FixedWidthInteger & UnsignedInteger>(_ result: inout Number?) -> Bool
    {
      skipSpace()
      let start = at
      var value: UInt64 = 0
      while at < end, bytes[at] >= 48, bytes[at] <= 57, at &- start < 11 {
        value = value &* 10 &+ UInt64(bytes[at] &- 48)
        at &+= 1
      }
      guard at > start, at &- start == 1 || bytes[start] != 48, let number = Number(exactly: value) else {
        return false
      }
      result = number
      return true
    }

    mutating func flag(_ result: inout Bool) -> Bool {
      skipSpace()
      if at &+ 4 <= end, bytes[at] == UInt8(ascii: "t"), bytes[at &+ 1] == UInt8(ascii: "r"),
        bytes[at &+ 2] == UInt8(ascii: "u"), bytes[at &+ 3] == UInt8(ascii: "e")
      {
        at &+= 4
        result = true
        return true
      }
      return false
    }

    /// TCP flags by their letters; other letters are passed over, as the oracle does.
    mutating func flagLetters() -> UInt8? {
      guard take(UInt8(ascii: "\"")) else { return nil }
      var flags: UInt8 = 0
      while at < end {
        let byte = bytes[at]
        at &+= 1
        switch byte {
        case UInt8(ascii: "\""): return flags
        case UInt8(ascii: "F"): flags |= TCPFlag.fin
        case UInt8(ascii: "S"): flags |= TCPFlag.syn
        case UInt8(ascii: "R"): flags |= TCPFlag.rst
        case UInt8(ascii: "P"): flags |= TCPFlag.psh
        case UInt8(ascii: "A"): flags |= TCPFlag.ack
        case UInt8(ascii: "U"): flags |= TCPFlag.urg
        case UInt8(ascii: "E"): flags |= TCPFlag.ece
        case UInt8(ascii: "C"): flags |= TCPFlag.cwr
        default: return nil
        }
      }
      return nil
    }

    mutating func address() -> Address? {
      guard take(UInt8(ascii: "\"")) else { return nil }
      let start = at
      var isV6 = false
      while at < end, bytes[at] != UInt8(ascii: "\"") {
        if bytes[at] == UInt8(ascii: ":") { isV6 = true }
        at &+= 1
      }
      guard at < end else { return nil }
      let text = bytes[start..<at]
      at &+= 1
      if !isV6 { return Address.parseV4(text).map { .v4($0) } }
      return (plainV6(text) ?? Address.parseV6(text)).map { .v6($0) }
    }

    /// Hexadecimal groups with at most one gap, without a dotted quad; nil for what is not that plain.
    private func plainV6(_ text: ArraySlice<UInt8>) -> UInt128? {
      var value: UInt128 = 0
      var groups = 0
      var gapAfter = -1
      var digits = 0
      var group: UInt128 = 0
      var index = text.startIndex
      while index < text.endIndex {
        let byte = text[index]
        let digit: UInt8
        switch byte {
        case 48...57: digit = byte &- 48
        case 97...102: digit = byte &- 87
        case 65...70: digit = byte &- 55
        case UInt8(ascii: ":"):
          if digits > 0 {
            (value, groups) = (value << 16 | group, groups &+ 1)
            (digits, group) = (0, 0)
          } else if index != text.startIndex {
            guard gapAfter < 0 else { return nil }
            gapAfter = groups
          } else if text.count < 2 || text[index &+ 1] != byte {
            return nil
          }
          index &+= 1
          if index == text.endIndex, gapAfter != groups { return nil }
          continue
        default: return nil
        }
        group = group << 4 | UInt128(digit)
        digits &+= 1
        guard digits <= 4, groups < 8 else { return nil }
        index &+= 1
      }
      if digits > 0 { (value, groups) = (value << 16 | group, groups &+ 1) }
      if gapAfter < 0 { return groups == 8 ? value : nil }
      guard groups < 8 else { return nil }
      let tail = groups &- gapAfter
      let mask: UInt128 = (UInt128(1) << UInt128(16 &* tail)) &- 1
      let head = value >> UInt128(16 &* tail)
      return head << UInt128(16 &* (8 &- gapAfter)) | value & mask
    }
  }
}
