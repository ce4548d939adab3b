/// A place in bytes whose current line ends with a line feed and that stay readable for `LineCursor.margin` bytes
/// behind it. All loops end at the line feed, so that no end has to be compared with.
///
/// What is not as expected sets `failed` and stays where it is: only bytes that were recognised are passed, so that no
/// reader ever moves beyond the line feed. The caller looks at `failed` once, at the end.
@safe struct LineCursor {
  /// Bytes that may be read behind a line feed.
  static let margin = 64

  private let base: UnsafeRawPointer
  var at: Int
  var failed = false

  /// - Safety: `base` must hold a line feed at or behind `at`, and `margin` readable bytes behind that line feed, as long
  ///   as the cursor is used.
  @unsafe init(base: UnsafeRawPointer, at: Int) {
    unsafe self.base = base
    self.at = at
  }

  @inline(__always) func byte(_ distance: Int = 0) -> UInt8 {
    unsafe base.load(fromByteOffset: at &+ distance, as: UInt8.self)
  }

  /// Eight bytes, the first in the lowest bits.
  @inline(__always) func word(_ distance: Int = 0) -> UInt64 {
    UInt64(littleEndian: unsafe base.loadUnaligned(fromByteOffset: at &+ distance, as: UInt64.self))
  }

  /// Four bytes, the first in the lowest bits.
  @inline(__always) func half(_ distance: Int = 0) -> UInt32 {
    UInt32(littleEndian: unsafe base.loadUnaligned(fromByteOffset: at &+ distance, as: UInt32.self))
  }

  @inline(__always) var isAtLineEnd: Bool { byte() == 0x0a }
}

// MARK: - Words as numbers

@inline(__always) func bytes2(_ a: Unicode.Scalar, _ b: Unicode.Scalar) -> UInt32 { a.value | b.value << 8 }

@inline(__always) func bytes4(
  _ a: Unicode.Scalar, _ b: Unicode.Scalar, _ c: Unicode.Scalar, _ d: Unicode.Scalar
) -> UInt32 {
  a.value | b.value << 8 | c.value << 16 | d.value << 24
}

enum Swar {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let high: UInt64 = 0x8080_8080_8080_8080

  /// Bit 7 of each byte that equals `value`; only the lowest set bit is certain.
  @inline(__always) static func equal(_ word: UInt64, _ value: UInt8) -> UInt64 {
    let x = word ^ (ones &* UInt64(value))
    return (x &- ones) & ~x & high
  }

  /// Bit 7 of each byte up to 0x20 (blank, line feed, NUL, controls); only the lowest set bit is certain.
  @inline(__always) static func blank(_ word: UInt64) -> UInt64 {
    (word &- ones &* 0x21) & ~word & high
  }

  /// The values of hexadecimal digits, and bit 7 of every byte that is none.
  @inline(__always) static func hex(_ word: UInt64) -> (nibbles: UInt64, bad: UInt64) {
    let digit = word ^ (ones &* 0x30)
    let letter = (word | (ones &* 0x20)) ^ (ones &* 0x60)
    let low = ~high
    // Bit 7 set: more than 9; more than 6; at least 1. The seven low bits only, so that nothing is carried over.
    let notDigit = ((digit & low) &+ ones &* 0x76) | digit
    let above6 = ((letter & low) &+ ones &* 0x79) | letter
    let atLeast1 = (letter & low) &+ ones &* 0x7f
    let notLetter = above6 | ~atLeast1
    let bad = notDigit & notLetter & high
    let isLetter = (word >> 6) & ones
    return ((word & (ones &* 0x0f)) &+ isLetter &* 9, bad)
  }
}

extension LineCursor {
  /// A copy of bytes of the current line.
  func bytes(_ range: Range<Int>) -> [UInt8] {
    range.map { index in byte(index - at) }
  }
}

// MARK: - Blanks, names, numbers

extension LineCursor {
  @inline(__always) mutating func skipBlanks() {
    while byte() == 0x20 { at &+= 1 }
  }

  /// Moves to the line feed.
  @inline(__always) mutating func skipToLineEnd() {
    while true {
      let found = Swar.equal(word(), 0x0a)
      if found != 0 {
        at &+= found.trailingZeroBitCount >> 3
        return
      }
      at &+= 8
    }
  }

  /// The bytes up to a blank or control.
  @inline(__always) mutating func text() -> ByteRange {
    let start = at
    while true {
      let found = Swar.blank(word())
      if found != 0 {
        at &+= found.trailingZeroBitCount >> 3
        return ByteRange(lower: start, count: at &- start)
      }
      at &+= 8
    }
  }

  /// An interface name: up to 15 bytes, then a blank or the line's end. The number is as in `Packets.InterfaceName`.
  @inline(__always) mutating func interfaceName() -> (ByteRange, UInt128) {
    let start = at
    let first = word()
    let found = Swar.blank(first)
    if found != 0 {
      let count = found.trailingZeroBitCount >> 3
      at &+= count
      let kept = count == 0 ? 0 : (first &<< UInt64(64 &- 8 &* count)) &>> UInt64(64 &- 8 &* count)
      return (ByteRange(lower: start, count: count), UInt128(kept.byteSwapped) << 64)
    }
    let second = word(8)
    let more = Swar.blank(second)
    guard more != 0 else {
      failed = true
      return (.none, 0)
    }
    let count = more.trailingZeroBitCount >> 3
    at &+= 8 &+ count
    let kept = count == 0 ? 0 : (second &<< UInt64(64 &- 8 &* count)) &>> UInt64(64 &- 8 &* count)
    return (
      ByteRange(lower: start, count: 8 &+ count), UInt128(first.byteSwapped) << 64 | UInt128(kept.byteSwapped)
    )
  }

  /// A decimal number up to `limit`.
  @inline(__always) mutating func number(_ limit: UInt32) -> UInt32 {
    let digits = word() ^ (Swar.ones &* 0x30)
    let end = ((digits &+ Swar.ones &* 0x76) | digits) & Swar.high
    if end == 0 { return longNumber(limit) }
    let count = end.trailingZeroBitCount >> 3
    if count == 0 {
      failed = true
      return 0
    }
    var value = digits &<< UInt64(64 &- 8 &* count)
    value = (value &* 10 &+ (value >> 8)) & 0x00ff_00ff_00ff_00ff
    value = (value &* 100 &+ (value >> 16)) & 0x0000_ffff_0000_ffff
    value = (value &* 10000 &+ (value >> 32)) & 0xffff_ffff
    at &+= count
    if value > UInt64(limit) { failed = true }
    return UInt32(truncatingIfNeeded: value)
  }

  /// Eight digits or more.
  @inline(never) private mutating func longNumber(_ limit: UInt32) -> UInt32 {
    var value: UInt64 = 0
    var count = 0
    while byte() >= 0x30, byte() <= 0x39 {
      count += 1
      if count > 10 { break }
      value = value * 10 + UInt64(byte() - 0x30)
      at += 1
    }
    if count > 10 || value > UInt64(limit) { failed = true }
    return UInt32(truncatingIfNeeded: value)
  }

  /// A hexadecimal number of 1…8 digits.
  mutating func hexNumber(_ limit: UInt32) -> UInt32 {
    let (nibbles, bad) = Swar.hex(word())
    let count = min(bad == 0 ? 8 : bad.trailingZeroBitCount >> 3, 8)
    if count == 0 {
      failed = true
      return 0
    }
    var value: UInt32 = 0
    for index in 0..<count {
      value = value << 4 | UInt32(truncatingIfNeeded: nibbles >> UInt64(8 * index) & 15)
    }
    at &+= count
    if value > limit { failed = true }
    return value
  }

  /// Exactly two hexadecimal digits.
  @inline(__always) mutating func hexByte() -> UInt8 {
    let (nibbles, bad) = Swar.hex(UInt64(half()))
    if bad & 0x8080 != 0 {
      failed = true
      return 0
    }
    at &+= 2
    return UInt8(truncatingIfNeeded: nibbles << 4 | nibbles >> 8)
  }
}

// MARK: - Addresses

extension LineCursor {
  /// A dotted quad.
  @inline(__always) mutating func address4() -> UInt32 {
    var value: UInt32 = 0
    for part in 0..<4 {
      let text = half()
      let digits = text ^ 0x3030_3030
      let end = ((digits &+ 0x7676_7676) | digits) & 0x8080_8080
      let bits = UInt32(truncatingIfNeeded: end.trailingZeroBitCount) & 0x18
      if end == 0 || bits == 0 {
        failed = true
        return 0
      }
      // Digits to the upper three bytes, the last one on top.
      let aligned = (digits &<< (32 &- bits)) &>> 8
      let octet = (aligned & 0xff) &* 100 &+ (aligned >> 8 & 0xff) &* 10 &+ (aligned >> 16)
      if octet > 255 { failed = true }
      value = value << 8 | octet
      at &+= Int(bits >> 3)
      if part < 3 {
        if (text &>> bits) & 0xff != 0x2e {
          failed = true
          return 0
        }
        at &+= 1
      }
    }
    return value
  }

  /// An IPv6 address as the kernel prints it: eight groups of four digits.
  @inline(__always) mutating func address6() -> UInt128 {
    var upper: UInt64 = 0
    var lower: UInt64 = 0
    var bad: UInt64 = 0
    var colons: UInt8 = 0
    for group in 0..<8 {
      let (nibbles, wrong) = Swar.hex(UInt64(half(group &* 5)))
      bad |= wrong & 0x8080_8080
      // Each nibble in a byte of its own, the first lowest.
      let value = (nibbles & 15) << 12 | (nibbles >> 8 & 15) << 8 | (nibbles >> 16 & 15) << 4 | (nibbles >> 24 & 15)
      if group < 4 { upper = upper << 16 | value } else { lower = lower << 16 | value }
      if group < 7 { colons |= byte(group &* 5 &+ 4) ^ 0x3a }
    }
    if bad != 0 || colons != 0 {
      failed = true
      return 0
    }
    at &+= 39
    return UInt128(upper) << 64 | UInt128(lower)
  }

  /// Six bytes as `00:11:22:33:44:55`, the first in the highest bits.
  mutating func macAddress() -> UInt64 {
    var value: UInt64 = 0
    for part in 0..<6 {
      value = value << 8 | UInt64(hexByte())
      if part < 5 {
        if byte() != 0x3a {
          failed = true
          return 0
        }
        at &+= 1
      }
    }
    return value
  }

  /// The 14 bytes of an Ethernet header, two digits each with colons between, and a blank or line end behind; nil
  /// when it is not that.
  @inline(__always) func etherHeader() -> (destination: UInt64, source: UInt64, type: UInt16)? {
    guard byte(41) <= 0x20 else { return nil }
    // `aa:bb:cc:` is nine bytes: eight of them hold three octets, the ninth is a colon; the last two octets are five.
    var bad: UInt64 = 0
    let first = triple(0, &bad)
    let second = triple(9, &bad)
    let third = triple(18, &bad)
    let fourth = triple(27, &bad)
    bad |= UInt64((byte(8) ^ 0x3a) | (byte(17) ^ 0x3a) | (byte(26) ^ 0x3a) | (byte(35) ^ 0x3a))
    let text = word(36)
    let (nibbles, wrong) = Swar.hex(text)
    bad |= (wrong & 0x80_8000_8080) | ((text >> 16 & 0xff) ^ 0x3a)
    guard bad == 0 else { return nil }
    let joined = nibbles << 4 | nibbles >> 8
    let type = (joined & 0xff) << 8 | (joined >> 24 & 0xff)
    return (first << 24 | second, third << 24 | fourth, UInt16(truncatingIfNeeded: type))
  }

  /// `aa:bb:cc` as 24 bits, the first octet highest.
  @inline(__always) private func triple(_ distance: Int, _ bad: inout UInt64) -> UInt64 {
    let text = word(distance)
    let (nibbles, wrong) = Swar.hex(text)
    bad |= (wrong & 0x8080_0080_8000_8080) | ((text ^ 0x0000_3a00_003a_0000) & 0x0000_ff00_00ff_0000)
    let joined = nibbles << 4 | nibbles >> 8
    return (joined & 0xff) << 16 | (joined >> 16 & 0xff00) | (joined >> 48 & 0xff)
  }
}
