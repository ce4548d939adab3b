/// A line of another log than the packet filter's: of a name server, web server, mail server, identd or portmapper.
package struct ServerLine: Sendable {
  package static let maximumLength = 2000

  package var line: Int
  package var time: Double
  package var timeBase: TimeBase
  /// The whole line, cut; control characters as `?`. As untrusted as the log.
  package var text: String

  /// A first look at the bytes of a message, the tag included: cheap, and true for more lines than are told of in the
  /// end. Programs by the first letters of their tag; web requests by the quote before the method.
  @inline(__always) static func mayTell(_ cursor: LineCursor) -> Bool {
    switch cursor.half() | 0x2020_2020 {
    case bytes4("n", "a", "m", "e"), bytes4("s", "e", "n", "d"), bytes4("p", "o", "s", "t"), bytes4("e", "x", "i", "m"),
      bytes4("s", "m", "t", "p"), bytes4("i", "d", "e", "n"), bytes4("o", "i", "d", "e"), bytes4("p", "o", "r", "t"),
      bytes4("r", "p", "c", "b"), bytes4("r", "p", "c", "."), bytes4("q", "m", "a", "i"), bytes4("i", "n", ".", "i"),
      bytes4("b", "i", "n", "d"), bytes4("i", "r", "c", "d"), bytes4("s", "m", "-", "m"), bytes4("m", "a", "i", "l"),
      bytes4("r", "p", "c", "i"), bytes4("s", "q", "u", "i"), bytes4("f", "t", "p", "d"), bytes4("t", "c", "p", "d"):
      return true
    default: return hasRequest(cursor) || hasServerWord(cursor)
    }
  }

  /// `"GET `, `"POST `, `"HEAD `, `"CONNECT ` and the like in the first 300 bytes.
  @inline(never) private static func hasRequest(_ cursor: LineCursor) -> Bool {
    var copy = cursor
    var left = 300
    while left > 0 {
      let found = Swar.equal(copy.word(), 0x22) | Swar.equal(copy.word(), 0x0a)
      if found == 0 {
        copy.at &+= 8
        left &-= 8
        continue
      }
      copy.at &+= found.trailingZeroBitCount >> 3
      if copy.isAtLineEnd { return false }
      copy.at &+= 1
      switch copy.half() {
      case bytes4("G", "E", "T", " "), bytes4("P", "O", "S", "T"), bytes4("H", "E", "A", "D"),
        bytes4("C", "O", "N", "N"),
        bytes4("P", "U", "T", " "), bytes4("O", "P", "T", "I"):
        return true
      default: left &-= 1
      }
    }
    return false
  }

  /// A log of a name server that writes its own file has no tag: `client 203.0.113.9#4711: query (cache) … denied`.
  private static func hasServerWord(_ cursor: LineCursor) -> Bool {
    var copy = cursor
    // BIND's own time stamp: `12-May-2026 10:00:00.123 `.
    if copy.byte(2) == 0x2d, copy.byte(6) == 0x2d, copy.byte(11) == 0x20 { return true }
    return copy.skip("client ") || copy.skip("*** No Ident") || copy.skip("unapproved ") || copy.skip("security: ")
  }
}
