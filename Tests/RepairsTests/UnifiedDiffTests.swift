import Foundation
import Repairs
import SourceText
import Testing

@Suite struct `Unified diffs` {
  func file(_ text: String) -> SourceFile { SourceFile(id: SourceID(0), path: "a", text: text) }

  func diff(_ text: String, _ edits: [(Range<Int>, String)]) -> String {
    let edits = edits.map { range, new in
      TextEdit(
        range: SourceRange(file: SourceID(0), lower: UInt32(range.lowerBound), upper: UInt32(range.upperBound)),
        replacement: new)
    }
    return String(
      decoding: UnifiedDiff.text(of: edits, in: file(text), oldPath: "a", newPath: "b"), as: UTF8.self)
  }

  @Test func `one line in the middle has three lines of context`() {
    #expect(
      diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", [(8..<9, "five")])
        == "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n")
  }

  @Test func `an insertion at a line's start removes nothing`() {
    #expect(diff("1\n2\n", [(2..<2, "new\n")]) == "--- a\n+++ b\n@@ -1,2 +1,3 @@\n 1\n+new\n 2\n")
  }

  @Test func `the start and the end of the file`() {
    #expect(diff("1\n", [(0..<0, "0\n"), (2..<2, "2\n")]) == "--- a\n+++ b\n@@ -1 +1,3 @@\n+0\n 1\n+2\n")
    #expect(diff("", [(0..<0, "0\n")]) == "--- a\n+++ b\n@@ -0,0 +1 @@\n+0\n")
    #expect(diff("1\n", [(0..<2, "")]) == "--- a\n+++ b\n@@ -1 +0,0 @@\n-1\n")
  }

  @Test func `a missing line end is said`() {
    #expect(
      diff("1\n2", [(3..<3, "\n3")])
        == "--- a\n+++ b\n@@ -1,2 +1,3 @@\n 1\n-2\n\\ No newline at end of file\n+2\n+3\n\\ No newline at end of file\n"
    )
    #expect(
      diff("1\n2", [(0..<1, "x")])
        == "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-1\n+x\n 2\n\\ No newline at end of file\n")
  }

  @Test func `edits that change nothing give nothing`() {
    #expect(diff("1\n2\n", [(0..<1, "1"), (2..<2, "")]) == "")
  }

  /// git apply is the judge: it takes only what fits exactly.
  @Test func `git apply turns the old text into the new one`() throws {
    guard run("/usr/bin/git", ["--version"])?.status == 0 else {
      print("skipped: no git")
      return
    }
    var random = Random(seed: 7)
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "fwlint-diff-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for _ in 0..<60 {
      var text = (0..<random.next(40)).map { "\($0 % 5)\n" }.joined()
      if random.next(3) == 0, text.hasSuffix("\n") { text.removeLast() }
      var edits: [TextEdit] = []
      var position = 0
      while position <= text.utf8.count, edits.count < 8 {
        let lower = position + random.next(12)
        let upper = lower + random.next(3) * random.next(2)
        guard upper <= text.utf8.count else { break }
        let new = ["", "x", "y\n", "\nz", "\n"][random.next(5)]
        edits.append(
          TextEdit(range: SourceRange(file: SourceID(0), lower: UInt32(lower), upper: UInt32(upper)), replacement: new))
        position = upper + 1
      }
      let old = file(text)
      let new = try #require(old.applying(edits))
      let diff = UnifiedDiff.text(of: edits, in: old, oldPath: "a/f", newPath: "b/f")
      #expect(diff.isEmpty == (new == old.bytes))
      if diff.isEmpty { continue }
      try Data(old.bytes).write(to: folder.appending(path: "f"))
      let result = try #require(
        run(
          "/usr/bin/git", ["-C", folder.path(), "apply", "--unsafe-paths", "-p1", "-"],
          input: String(decoding: diff, as: UTF8.self)))
      let made = (try? Data(contentsOf: folder.appending(path: "f"))) ?? Data()
      #expect(Array(made) == new, "\(result.output)\n\(String(decoding: diff, as: UTF8.self))\n---\n\(text)")
    }
  }
}

/// A small generator with a seed, so that failures repeat.
struct Random {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
  /// A number below a bound above 0.
  mutating func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33) % max(1, bound)
  }
}
