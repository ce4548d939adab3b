import Foundation

/// A second reader of LOG lines that shares nothing with the first: words split at blanks, kept as text in a dictionary
/// for each of outer packet, inner packet. Slow and plain.
struct SlowLine: Equatable {
  var prefix = ""
  var fields: [String: String] = [:]
  var inner: [String: String]?

  /// nil when the text is no LOG line.
  init?(_ line: String) {
    guard
      let range = line.range(
        of: #"IN=\S* OUT=\S*(?= (?:PHYS|MAC|SRC|VPROTO|VID|ARP|TUNNEL|$))"#, options: .regularExpression)
    else { return nil }
    var head = String(line[..<range.lowerBound])
    // Syslog's head, then the kernel's clock.
    for pattern in [
      #"^\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ kernel: "#, #"^\d{4}-\d\d-\d\dT\S+ \S+ kernel: "#, #"^\[ *\d+\.\d+\] "#,
    ] {
      if let found = head.range(of: pattern, options: .regularExpression) { head.removeSubrange(found) }
    }
    prefix = head
    var text = String(line[range.lowerBound...])
    if let open = text.firstIndex(of: "["), let close = text.lastIndex(of: "]"), open < close {
      inner = Self.words(String(text[text.index(after: open)..<close]))
      text.replaceSubrange(open...close, with: " ")
    }
    fields = Self.words(text)
  }

  private static func words(_ text: String) -> [String: String] {
    var fields: [String: String] = [:]
    var isTCPPart = false
    var parts = text.split(separator: " ").map(String.init)
    while !parts.isEmpty {
      var word = parts.removeFirst()
      if word == "OPT" {
        var options = ""
        while let next = parts.first {
          parts.removeFirst()
          options += next
          if next.hasSuffix(")") { break }
        }
        options.removeAll { "()".contains($0) }
        fields[isTCPPart ? "tcp.OPT" : "ip.OPT", default: ""] += options
        continue
      }
      if word.hasPrefix("FRAG:") { word = "FRAG=" + word.dropFirst(5) }
      guard let equals = word.firstIndex(of: "=") else {
        fields["flag.\(word)"] = ""
        continue
      }
      var key = String(word[..<equals])
      let value = String(word[word.index(after: equals)...])
      if fields[key] != nil { key = "second.\(key)" }
      if key == "PROTO" { isTCPPart = true }
      fields[key] = value
    }
    return fields
  }
}
