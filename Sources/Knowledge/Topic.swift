/// One piece of offline knowledge: what a port, ICMP type, address, … in a rule or log means.
package struct Topic: Sendable, Hashable {
  /// Stable id of the fact, e.g. `P010`.
  package var id: String
  /// Further ids that the same topic answers for.
  package var otherIDs: [String]
  /// As a user would name it: `port 23/tcp`.
  package var subject: String
  package var meaning: String
  package var advice: String
  /// Whether it still holds, and what replaced it.
  package var today: String
  /// Codes of the checks that speak of the same thing.
  package var checks: [String]

  package init(
    id: String, otherIDs: [String] = [], subject: String, meaning: String, advice: String, today: String,
    checks: [String] = []
  ) {
    self.id = id
    self.otherIDs = otherIDs
    self.subject = subject
    self.meaning = meaning
    self.advice = advice
    self.today = today
    self.checks = checks
  }
}

/// What is known about one question.
package struct Answer: Sendable, Hashable {
  /// How the question was understood: `port 113/tcp`; the words as given when it was not.
  package var subject: String
  /// Most specific first; empty only with a `problem`.
  package var topics: [Topic]
  /// What to ask instead or next, each a whole question: `port 22/tcp`.
  package var suggestions: [String]
  /// Why nothing could be said, lower-case start, no full stop; nil when the question was understood.
  package var problem: String?

  package init(subject: String, topics: [Topic], suggestions: [String] = [], problem: String? = nil) {
    self.subject = subject
    self.topics = topics
    self.suggestions = suggestions
    self.problem = problem
  }

  /// The answer with only those codes of checks that the program has.
  package func limited(toChecks codes: Set<String>) -> Answer {
    var answer = self
    for index in answer.topics.indices { answer.topics[index].checks.removeAll { !codes.contains($0) } }
    return answer
  }
}
