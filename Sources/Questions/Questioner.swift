package import FirewallAnalysis
package import FirewallModel
package import HostFacts
package import PacketSets
package import Packets

/// Answers questions about one host's rule set. Built once; immutable.
package struct Questioner: Sendable {
  package let analysis: Analysis
  let facts: PlaceFacts
  /// What was assumed to know the ways of translated packets.
  let routeAssumption: String?

  package init(_ ruleset: Ruleset, host: HostFacts) {
    let facts = PlaceFacts(ruleset, host: host)
    let assumed = AssumedHost.host(ruleset, host: host, facts: facts)
    routeAssumption = assumed.assumption
    analysis = Analysis(ruleset, host: assumed.host)
    self.facts = assumed.assumption == nil ? facts : PlaceFacts(ruleset, host: assumed.namedHost, ownIsComplete: false)
  }

  /// Over rules that are analysed already.
  init(_ analysis: Analysis, facts: PlaceFacts) {
    self.analysis = analysis
    self.facts = facts
    routeAssumption = nil
  }

  /// Answers a question. `budget` bounds the work in rule visits; `limit` is the number of examples at most.
  package func ask(
    _ question: PacketQuestion, budget: Int = 20_000_000, limit: Int = 3
  ) throws(QuestionProblem) -> Answer {
    var asker = PacketAsker(question, facts: facts)
    var asked = try asker.run()
    let test = OutcomeTest(analysis, question.outcome)
    var left = budget
    var answer = Answer(question: question)
    var undecided: [Uncertainty] = []
    var wanted: [Candidate] = []
    var open: [Candidate] = []
    var usesRoutes = false
    var isHandedOn = false
    /// For `every`, what speaks against it; for `any`, what speaks for it.
    let looksForFailure = question.quantifier == .every
    for part in asked.parts {
      let partition = test.analysis.partition(part.region, at: part.hook, budget: max(left, 1))
      left -= partition.work
      if !partition.isComplete { answer.isComplete = false }
      for piece in partition.pieces {
        guard part.keeps.keeps(piece) else {
          isHandedOn = isHandedOn || piece.isRerouted
          continue
        }
        usesRoutes = usesRoutes || piece.translations.contains { $0.kind == .dnat }
        answer.pieces += 1
        for (box, truth) in test.judge(piece, at: part.hook) {
          switch truth {
          case .yes: if !looksForFailure { wanted.append(Candidate(piece: piece, region: box, hook: part.hook)) }
          case .no: if looksForFailure { wanted.append(Candidate(piece: piece, region: box, hook: part.hook)) }
          case .may(let why):
            open.append(Candidate(piece: piece, region: box, hook: part.hook))
            for reason in why where !undecided.contains(reason) && undecided.count < 32 { undecided.append(reason) }
            if why.isEmpty { answer.isComplete = false }
          }
        }
      }
    }
    if usesRoutes { asked.assume(routeAssumption) }
    answer.assumptions = asked.assumptions
    answer.witnesses = test.witnesses(wanted, limit: limit)
    if !answer.witnesses.isEmpty {
      answer.verdict = looksForFailure ? .no : .yes
    } else if !wanted.isEmpty {
      // Sets say that there are such packets, and no example could be made of them: not to be taken for a proof.
      answer.verdict = .may
      answer.because = undecided
      answer.isUnshown = true
    } else if answer.pieces == 0, isHandedOn, !looksForFailure {
      answer.verdict = .no
    } else if answer.pieces == 0 {
      if isHandedOn {
        throw QuestionProblem(
          "every such packet is handed on to another machine: a rule changes its destination",
          at: question.destination.place, hint: "ask about the zone or the address that it is sent to")
      }
      throw QuestionProblem(
        "no packet is like that: the kernel does not bring such packets to this place", at: question.destination.place)
    } else if !undecided.isEmpty || !answer.isComplete {
      answer.verdict = .may
      answer.because = undecided
      answer.witnesses = test.witnesses(open, limit: 2)
    } else {
      answer.verdict = looksForFailure ? .yes : .no
    }
    return answer
  }

}

/// A piece of the packets asked for that is as wanted.
struct Candidate: Sendable {
  var piece: Piece
  var region: Box
  var hook: Hook
}

/// The answer to a question.
package struct Answer: Sendable {
  package enum Verdict: String, Sendable { case yes, no, may }

  package var question: PacketQuestion
  package var verdict = Verdict.may
  /// Examples (`any`, yes), counterexamples (`every`, no) or undecided packets (may), each decided at another place.
  package var witnesses: [Witness] = []
  /// For `may`: the statements that stand in the way, each once.
  package var because: [Uncertainty] = []
  /// What was taken to be so since no host facts say it.
  package var assumptions: [String] = []
  /// Into how many pieces of one fate each the packets fell.
  package var pieces = 0
  /// False when the work budget ended the search.
  package var isComplete = true
  /// There are such packets as far as sets of them tell, but no example of them could be made.
  package var isUnshown = false

  /// A packet that shows the answer.
  package struct Witness: Sendable {
    package var trace: Trace
    /// The way of what goes back to the sender, when the question is about that.
    package var reply: Trace?
    /// All packets that fare like this one at the same place.
    package var region: Box
    package var hook: Hook
  }
}
