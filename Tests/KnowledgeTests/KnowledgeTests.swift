import Foundation
import Knowledge
import TestSupport
import Testing

@Suite struct KnowledgeTests {
  private static func ask(_ question: String) -> Answer {
    Knowledge.explain(question.split(separator: " ").map(String.init))
  }

  private static func ids(_ answer: Answer) -> Set<String> {
    Set(answer.topics.flatMap { [$0.id] + $0.otherIDs })
  }

  @Test(arguments: FAQQuestions.all.map { Question(text: $0.question, ids: $0.ids) })
  func `a fact of the FAQ is found by the question that a user would ask`(_ asked: Question) {
    let answer = Self.ask(asked.text)
    #expect(answer.problem == nil)
    let found = Self.ids(answer)
    for id in asked.ids.split(separator: " ") {
      #expect(found.contains(String(id)), "\(id) is missing in the answer to `\(asked.text)`: \(found.sorted())")
    }
  }

  struct Question: Sendable, CustomTestStringConvertible {
    var text: String
    var ids: String
    var testDescription: String { text }
  }

  /// The folder of the guidance, beside that of the corpora.
  private static var factsFile: URL? {
    Corpora.root?.deletingLastPathComponent().appending(path: "guidance/faq-facts.tsv")
  }

  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `every fact of the list has all four parts and a question`() throws {
    let text = try String(contentsOf: try #require(Self.factsFile), encoding: .utf8)
    let rows = text.split(separator: "\n").dropFirst().map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }
    #expect(rows.count == 284)
    var reached: [String: Topic] = [:]
    for entry in FAQQuestions.all {
      for topic in Self.ask(entry.question).topics {
        for id in [topic.id] + topic.otherIDs { reached[id] = topic }
      }
    }
    for row in rows {
      let id = String(row[0])
      let topic = try #require(reached[id], "no question reaches \(id)")
      for part in [topic.subject, topic.meaning, topic.advice, topic.today] { #expect(part.count > 3, "\(id)") }
      // In the project's own words: no part may be the list's sentence.
      #expect(topic.meaning != row[4] && topic.advice != row[5] && topic.today != row[7], "\(id) is copied")
    }
  }

  @Test func `ids are unique, and no part of a topic is empty`() {
    var seen: Set<String> = []
    for entry in FAQQuestions.all {
      for topic in Self.ask(entry.question).topics {
        for part in [topic.subject, topic.meaning, topic.advice, topic.today] { #expect(!part.isEmpty) }
        seen.insert(topic.id)
      }
    }
    #expect(seen.count > 250)
  }

  /// IANA's registries, read there: the title word that the answer must hold.
  @Test(arguments: [
    ("icmp 3/13", "communication-prohibited"), ("icmp 42", "extended-echo-request"),
    ("icmp 17", "address-mask-request"),
    ("icmpv6 2", "packet-too-big"), ("icmpv6 135", "nd-neighbor-solicit"), ("icmpv6 1/5", "policy-fail"),
    ("icmpv6 143", "mld2-listener-report"), ("icmpv6 151", "multicast-router-advertisement"),
    ("icmpv6 4/3", "incomplete-header-chain"), ("icmp 5/1", "host-redirect"),
  ]) func `an ICMP type has its name`(_ question: String, _ name: String) {
    #expect(Self.ask(question).topics.contains { $0.subject.contains(name) })
  }

  @Test func `every ICMP type and code has an answer`() {
    for kind in ["icmp", "icmpv6"] {
      for type in 0...255 {
        #expect(!Self.ask("\(kind) \(type)").topics.isEmpty)
        #expect(!Self.ask("\(kind) \(type)/0").topics.isEmpty)
        #expect(!Self.ask("\(kind) \(type)/255").topics.isEmpty)
      }
    }
  }

  @Test func `every port has an answer`() {
    for port in stride(from: 0, through: 65535, by: 997) {
      for suffix in ["", "/tcp", "/udp", "/sctp"] {
        #expect(!Self.ask("port \(port)\(suffix)").topics.isEmpty)
        #expect(!Self.ask("source-port \(port)\(suffix)").topics.isEmpty)
      }
    }
  }

  @Test(arguments: [
    ("tcp/113", "port 113/tcp"), ("113/tcp", "port 113/tcp"), ("port ident", "port 113/tcp"), ("port dns", "port 53"),
    ("dport 22 tcp", "port 22/tcp"), ("169.254.0.9", "address 169.254.0.9"), ("fe80::1%eth0", "address fe80::1"),
    ("address 10.0.0.0/8", "address 10.0.0.0"), ("icmp packet-too-big", "icmp 3/4"), ("icmp type 3 code 4", "icmp 3/4"),
    ("icmp6 packet-too-big", "icmpv6 2"), ("source port 53", "source-port 53"), ("/robots.txt", "url /robots.txt"),
    ("rpc mountd", "rpc 100005"), ("rpc 4", "rpc procedure 4"), ("ssh", "port 22/tcp"), ("ICMP 3/4", "icmp 3/4"),
  ]) func `a question may be put in several ways`(_ question: String, _ understood: String) {
    let answer = Self.ask(question)
    #expect(answer.problem == nil)
    #expect(answer.subject == understood)
  }

  @Test(arguments: [
    ("port 70000", "port 65535"), ("port ssj", "port ssh"), ("port 22/tpc", "port 22/tcp"), ("icmp 300", "icmp 3/4"),
    ("icmpv6 packet-to-big", "icmpv6 packet-too-big"), ("smruf", "smurf"), ("113", "port 113"), ("ttl 300", "ttl 112"),
    ("address 10.0.0.256", "address 169.254.0.1"), ("port", "port 113"), ("", "port 113"),
  ]) func `what is not understood comes with a suggestion`(_ question: String, _ suggestion: String) {
    let answer = Self.ask(question)
    #expect(answer.problem != nil)
    #expect(answer.topics.isEmpty)
    #expect(answer.suggestions.contains(suggestion), "\(answer.suggestions)")
  }

  @Test func `a longer prefix comes before a shorter one`() {
    let subjects = Self.ask("address 169.254.169.254").topics.map(\.subject)
    #expect(subjects.first?.contains("metadata") == true)
    #expect(Self.ask("address ff02::1:ff12:3456").topics.first?.subject.contains("solicited") == true)
  }

  /// 128 − 112 = 16 and 64 − 51 = 13, as the FAQ counts.
  @Test func `a TTL gives the hops`() {
    #expect(TTLInference(112).hops == 16 && TTLInference(112).initial == 128)
    #expect(TTLInference(51).hops == 13 && TTLInference(51).initial == 64)
    #expect(TTLInference(0).hops == 32 && TTLInference(255).hops == 0 && TTLInference(129).initial == 255)
  }

  @Test(arguments: [
    ("subseven", "P081"), ("SubSeven", "P079"), ("back orifice", "P055"), ("hexen", "P091"), ("quake", "P090"),
  ])
  func `the name of a program is a question too`(_ word: String, _ id: String) {
    let answer = Self.ask(word)
    #expect(answer.problem == nil && Self.ids(answer).contains(id), "\(Self.ids(answer).sorted())")
  }

  @Test func `checks that a program does not have are left out`() {
    let answer = Self.ask("icmp 3/4").limited(toChecks: ["ICMP001"])
    #expect(Set(answer.topics.flatMap(\.checks)) == ["ICMP001"])
  }

  @Test func `hostile words do no harm`() {
    let words = [
      "\u{0}", String(repeating: "a", count: 100_000), "port -1", "icmp 3/4/5", "address :::%x", "rpc -5", "url",
    ]
    for word in words { #expect(Self.ask(word).topics.isEmpty) }
    #expect(Knowledge.explain(["port", "99999999999999999999"]).problem != nil)
  }
}
