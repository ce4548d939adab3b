/// A text from a file, a log or the command line as it may be shown to people: control characters, escape sequences,
/// marks that turn the direction of writing and other invisible characters are written as `\u{1b}`. One line: line feeds
/// are escaped too.
package func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isHidden) else { return text }
  var result = ""
  for scalar in text.unicodeScalars { result += printable(scalar) }
  return result
}

/// The same for several lines: line feeds stay.
package func printableLines(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }.joined(separator: "\n")
}

func printable(_ scalar: Unicode.Scalar) -> String {
  isHidden(scalar) ? "\\u{" + String(scalar.value, radix: 16) + "}" : String(Character(scalar))
}

private func isHidden(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7f..<0xa0: true
  // Soft hyphen, Arabic letter mark, zero-width characters and direction marks, line and paragraph separators,
  // embeddings and overrides, invisible operators and isolates, byte order mark, interlinear marks, tags.
  case 0xad, 0x61c, 0x180e, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb,
    0xe0000...0xe007f:
    true
  default: false
  }
}
