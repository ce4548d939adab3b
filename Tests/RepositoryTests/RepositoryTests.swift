import BuiltinChecks
import CheckKit
import Foundation
import TestSupport
import Testing

/// What holds for the source tree as a whole.
@Suite struct RepositoryTests {
  private static let root = Corpora.packageRoot

  private static func swiftFiles(_ folder: String) -> [URL] {
    let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
    let found = (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    return found.sorted { $0.path() < $1.path() }
  }

  private static func room(_ file: URL) -> String {
    let parts = file.path().components(separatedBy: "/")
    let index = parts.lastIndex(of: "Sources") ?? 0
    return parts.indices.contains(index + 1) ? parts[index + 1] : ""
  }

  /// Lines of code without comments and without what stands in quotes on one line.
  private static func codeLines(_ file: URL) throws -> [String] {
    let bytes = Array(try Data(contentsOf: file))
    return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      var code: [UInt8] = []
      var inQuotes = false
      var previous: UInt8 = 0
      for byte in line {
        if byte == UInt8(ascii: "\""), previous != UInt8(ascii: "\\") { inQuotes.toggle() }
        if !inQuotes {
          if byte == UInt8(ascii: "/"), previous == byte { break }
          code.append(byte)
        }
        previous = byte
      }
      return String(decoding: code, as: UTF8.self)
    }
  }

  /// The layers from the top: a room imports only rooms that stand before it.
  private static let layers = [
    "SourceText", "JSONText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "NftablesSyntax", "IptablesSyntax",
    "Lowering", "FirewallAnalysis", "CheckKit", "BuiltinChecks", "Repairs", "Questions", "PacketLogs", "Knowledge",
    "Symptoms", "PolicyFiles", "Reporting", "Driver", "fwlint", "fwlint-bench",
  ]

  @Test func `every room is in the order of layers and imports downward only`() throws {
    for file in Self.swiftFiles("Sources") {
      let room = Self.room(file)
      let place = try #require(Self.layers.firstIndex(of: room), "\(room) has no place in the layers")
      for line in try Self.codeLines(file) where line.contains("import ") {
        guard let match = line.firstMatch(of: #/^\s*(?:@\w+ )?(?:package |public |internal )?import (\w+)/#) else {
          continue
        }
        guard let other = Self.layers.firstIndex(of: String(match.1)) else { continue }
        #expect(other < place, "\(file.lastPathComponent) in \(room) imports \(match.1)")
      }
    }
  }

  @Test func `Foundation stays where files and dates are`() throws {
    let allowed: Set = ["PolicyFiles", "Reporting", "Driver", "fwlint-bench"]
    for file in Self.swiftFiles("Sources") where !allowed.contains(Self.room(file)) {
      for line in try Self.codeLines(file) {
        #expect(!line.contains("import Foundation"), "\(file.lastPathComponent)")
      }
    }
  }

  @Test func `nothing unsafe, unchecked or forced`() throws {
    // `unsafe` where it was measured to pay: log scanning and lexing. The benchmark asks the kernel for its account.
    let mayBeUnsafe: Set = ["PacketLogs", "NftablesSyntax", "IptablesSyntax", "fwlint-bench"]
    for file in Self.swiftFiles("Sources") {
      for (number, line) in try Self.codeLines(file).enumerated() {
        let place = "\(file.lastPathComponent):\(number + 1)"
        #expect(!line.contains("@unchecked Sendable"), "\(place)")
        #expect(!line.contains("try!"), "\(place)")
        #expect(!line.contains("nonisolated(unsafe)"), "\(place)")
        if line.contains("unsafe"), !mayBeUnsafe.contains(Self.room(file)) {
          #expect(
            line.firstMatch(of: #/\bunsafe\b(?! )/#) == nil && line.firstMatch(of: #/\bunsafe [a-z&]/#) == nil,
            "\(place)")
        }
      }
    }
  }

  /// Still to be split.
  private static let tooLong: Set = ["Parser+Statements.swift"]

  @Test func `files hold one purpose`() throws {
    for file in Self.swiftFiles("Sources") where !Self.tooLong.contains(file.lastPathComponent) {
      let count = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        .count
      #expect(count <= 520, "\(file.lastPathComponent) has \(count) lines")
    }
  }

  @Test func `the top level is as fixed`() throws {
    let allowed: Set = [
      "Package.swift", "Package.resolved", "Sources", "Tests", "Policies", "examples", "man", "README.md",
    ]
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.root.path()) where !name.hasPrefix(".") {
      #expect(allowed.contains(name), "\(name)")
    }
  }

  @Test func `the project speaks of itself alone`() throws {
    let words = ["/work" + "/", "../" + "shared", "issue " + "#"]
    for file in Self.swiftFiles("Sources") + [Self.root.appending(path: "README.md")] {
      let text = try String(contentsOf: file, encoding: .utf8)
      for word in words { #expect(!text.contains(word), "\(file.lastPathComponent): \(word)") }
    }
  }

  @Test func `the commands of the README exist and can be run`() throws {
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    let scripts = Set(readme.matches(of: #/\.ci/\w+/#).map { String($0.0) })
    #expect(scripts.isSuperset(of: [".ci/setup", ".ci/test", ".ci/run"]))
    for script in scripts {
      #expect(FileManager.default.isExecutableFile(atPath: Self.root.appending(path: script).path()), "\(script)")
    }
    for room in Self.layers where room != "fwlint" { #expect(readme.contains("`\(room)`"), "\(room)") }
  }

  @Test func `each check has a code of its own, a name and a page`() {
    let metadata = allChecks.map { $0.metadata }
    #expect(Set(metadata.map { $0.code }).count == metadata.count)
    #expect(Set(metadata.map { $0.name }).count == metadata.count)
    for check in metadata {
      #expect(check.code.firstMatch(of: #/^[A-Z0-9]{2,7}\d{3}$/#) != nil, "\(check.code)")
      #expect(
        !check.summary.isEmpty && check.summary.utf8.count <= 1024 && !check.summary.hasSuffix("."), "\(check.code)")
      let page = check.page
      for part in [page.finds, page.matters, page.decides, page.fixSafety, page.ignoreWhen, page.notReported] {
        #expect(!part.isEmpty, "\(check.code)")
      }
      #expect(page.finds.utf8.count <= 1024, "\(check.code)")
    }
  }
}
