import SourceText
import Testing

@Suite struct SourceTextTests {
  @Test func `a position counts scalars, and a tab as one`() {
    let file = SourceFile(id: SourceID(0), path: "t", text: "a\n\tä x\n")
    #expect(file.position(of: 2) == LineColumn(line: 2, column: 1))
    #expect(file.position(of: 3) == LineColumn(line: 2, column: 2))
    // ä is two bytes and one column.
    #expect(file.position(of: 5) == LineColumn(line: 2, column: 3))
    #expect(file.position(of: 99) == LineColumn(line: 3, column: 1))
    #expect(file.lineCount == 2)
    #expect(file.textOfLine(2) == "\tä x")
  }

  @Test func `a line ends before CRLF`() {
    let file = SourceFile(id: SourceID(0), path: "t", text: "one\r\ntwo")
    #expect(file.textOfLine(1) == "one")
    #expect(file.textOfLine(2) == "two")
    #expect(file.lineCount == 2)
  }

  @Test func `edits keep every other byte and refuse overlap`() {
    let file = SourceFile(id: SourceID(0), path: "t", text: "abcdef")
    func edit(_ lower: UInt32, _ upper: UInt32, _ text: String) -> TextEdit {
      TextEdit(range: SourceRange(file: SourceID(0), lower: lower, upper: upper), replacement: text)
    }
    #expect(file.applying([edit(4, 5, "E"), edit(1, 1, "-")]) == Array("a-bcdEf".utf8))
    #expect(file.applying([edit(1, 1, "1"), edit(1, 1, "2")]) == Array("a12bcdef".utf8))
    #expect(file.applying([edit(0, 3, ""), edit(2, 4, "")]) == nil)
    #expect(file.applying([edit(5, 7, "")]) == nil)
  }
}
