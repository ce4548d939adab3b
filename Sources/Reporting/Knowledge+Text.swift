package import Knowledge

extension Answer {
  /// The answer for people.
  package var text: String {
    var text = "\(printable(subject))\n"
    for topic in topics {
      text += "\n\(printable(topic.subject)) [\(topic.id)]\n"
      for (name, body) in [("meaning", topic.meaning), ("advice", topic.advice), ("today", topic.today)]
      where !body.isEmpty {
        text += "  \(name): \(printableLines(body).replacing("\n", with: "\n    "))\n"
      }
      if !topic.checks.isEmpty { text += "  checks: \(topic.checks.joined(separator: ", "))\n" }
    }
    return text
  }
}
