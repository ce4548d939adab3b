import BuiltinChecks
import CheckKit
import Foundation
import TestSupport
import Testing

/// The man page names every command, flag and check. With FWLINT_RECORD=1 in the environment the list of checks is
/// written anew.
@Suite struct ManPageTests {
  private static var page: URL { Corpora.packageRoot.appending(path: "man/fwlint.1") }
  private static let begin = ".\\\" checks: begin\n"
  private static let end = ".\\\" checks: end\n"

  private static var list: String {
    var text = ".Bl -tag -width \"BCAST001\" -compact\n"
    for check in allChecks {
      text += ".It \(check.metadata.code)\n\(check.metadata.name) (\(check.metadata.level.rawValue))\n"
    }
    return text + ".El\n"
  }

  @Test func `the list of checks is the program's own`() throws {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let start = try #require(text.range(of: Self.begin))
    let stop = try #require(text.range(of: Self.end))
    let listed = String(text[start.upperBound..<stop.lowerBound])
    if ProcessInfo.processInfo.environment["FWLINT_RECORD"] == "1", listed != Self.list {
      let new = text[..<start.upperBound] + Self.list + text[stop.lowerBound...]
      try String(new).write(to: Self.page, atomically: true, encoding: .utf8)
      return
    }
    let missing = allChecks.map { $0.metadata.code }.filter { !listed.contains(".It \($0)\n") }
    #expect(missing.isEmpty)
    #expect(listed == Self.list, "FWLINT_RECORD=1 swift test --filter ManPageTests writes the list anew")
  }

  /// Flags and commands are declared in the sources of the command, one `var` each.
  @Test func `every command and flag is in the page`() throws {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let folder = Corpora.packageRoot.appending(path: "Sources/fwlint")
    var declared = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted() {
      let source = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      for command in source.matches(of: /commandName: "([a-z]+)"/) where command.1 != "fwlint" {
        #expect(text.contains(".Cm \(command.1)\n") || text.contains(".Op Cm \(command.1)\n"), "command \(command.1)")
        declared += 1
      }
      for flag in source.matches(of: /@(?:Option|Flag)(?:\([^@]*?\))?\s+var ([A-Za-z]+)/) {
        var option = ""
        for letter in flag.1 { option += letter.isUppercase ? "-\(letter.lowercased())" : "\(letter)" }
        #expect(text.contains("Fl -\(option)"), "--\(option)")
        declared += 1
      }
    }
    #expect(declared > 30)
  }

  private static let hasGroff = FileManager.default.fileExists(atPath: "/usr/bin/groff")

  @Test(.enabled(if: hasGroff, "needs groff")) func `groff formats the page without a warning`() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/groff")
    process.arguments = ["-mdoc", "-Tutf8", "-ww", "-z", Self.page.path()]
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let complaints = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && complaints.isEmpty, "\(complaints)")
  }
}
