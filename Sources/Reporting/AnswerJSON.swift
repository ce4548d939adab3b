package import JSONText
package import Questions
import FirewallAnalysis
import FirewallModel
import Packets

extension Report.Unit {
  /// Schema fwlint-query/1.
  package func json(_ answer: Answer) -> JSONValue {
    var because = reasons(answer)
    if answer.witnesses.isEmpty, answer.verdict != .may { because = ["every packet asked for was covered"] }
    return [
      "schema": "fwlint-query/1",
      "question": .string("\(answer.question)"),
      "answer": .string(answer.verdict.rawValue),
      "witnesses": .array(
        answer.witnesses.map { witness in
          var members = self.witness(witness.trace)
          if let reply = witness.reply { members = members.adding("reply", self.witness(reply)) }
          return members
        }),
      "because": .array(because.map { .string($0) }),
      "assumptions": .array(answer.assumptions.map { .string($0) }),
    ]
  }
}

extension JSONValue {
  /// The object with one more member; the value itself when it is no object.
  fileprivate func adding(_ key: String, _ value: JSONValue) -> JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members + [(key, value)])
  }
}
