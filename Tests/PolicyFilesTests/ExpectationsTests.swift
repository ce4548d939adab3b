import HostFacts
import CheckKit
import HostFacts
import PolicyFiles
import Questions
import Testing

@Suite("Files of assertions")
struct ExpectationsTests {
  @Test func `assertions are read with all that is said of them`() throws {
    let text = """
      schema: 1
      host: { interfaces: { wan0: { zone: internet } } }
      must:
        - every internet -> host tcp/80 is accepted
        - { that: "any lan -> host udp/53 is accepted", name: dns, level: warning, help: ask, may: pass }
      must-not:
        - { that: any internet -> host tcp/22 is accepted }
      """
    let read = try Expectations.read(Array(text.utf8), path: "e.yml").get()
    #expect(read.assertions.map(\.kind) == [.must, .must, .mustNot])
    #expect(read.assertions.map(\.level) == [.error, .warning, .error])
    #expect(read.assertions.map(\.allowsMay) == [false, true, false])
    #expect(read.assertions[1].title == "dns")
    #expect(read.assertions[0].line == 4)
    #expect(read.host?.facts.interfaces["wan0"]?.zone == "internet")
  }

  /// What is wrong, where, and the nearest name.
  static let faults: [(text: String, line: Int, column: Int, hint: String?)] = [
    ("schema: 1\nmst:\n  - any internet -> host is accepted\n", 2, 1, "must"),
    ("schema: 1\nmust:\n  - { tht: any internet -> host is accepted }\n", 3, 7, "that"),
    ("schema: 1\nmust:\n  - { that: any internet -> host is accepted, levle: error }\n", 3, 47, "level"),
    ("schema: 1\nmust:\n  - { that: any internet -> host is accepted, level: eror }\n", 3, 54, "error"),
    ("schema: 1\nmust:\n  - any internet -> host tpc/22 is accepted\n", 3, 26, "tcp"),
    ("schema: 1\nmust:\n  - { that: \"any internet -> host is acepted\" }\n", 3, 38, "accepted"),
    ("schema: 1\nmust: []\n", 1, 1, nil),
    ("schema: 9\nmust: [any internet -> host is accepted]\n", 1, 9, nil),
  ]

  @Test(arguments: faults.indices)
  func `what is wrong is said with its place`(_ index: Int) {
    let fault = Self.faults[index]
    guard case .failure(let problems) = Expectations.read(Array(fault.text.utf8), path: "e.yml") else {
      Issue.record("read: \(fault.text)")
      return
    }
    #expect(problems.all[0].line == fault.line && problems.all[0].column == fault.column, "\(problems.text)")
    if let hint = fault.hint { #expect(problems.all[0].hint?.contains("`\(hint)`") == true, "\(problems.text)") }
  }
}
