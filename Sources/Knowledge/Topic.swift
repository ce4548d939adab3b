/// One piece of offline knowledge: what a port, ICMP type, address, … in a rule or log means.
package struct Topic: Sendable {
  /// Stable id of the fact, e.g. `P010`.
  package var id: String
  /// As a user would name it: `port 23/tcp`.
  package var subject: String
  package var meaning: String
  package var advice: String
  /// Whether it still holds, and what replaced it.
  package var today: String

  package init(id: String, subject: String, meaning: String, advice: String, today: String) {
    self.id = id
    self.subject = subject
    self.meaning = meaning
    self.advice = advice
    self.today = today
  }
}
