import Reporting

/// Everything outside the program that a run may touch. Injected, so that tests run the tool in process.
package struct World: Sendable {
  package enum Stream: Hashable, Sendable { case output, error }
  package enum PathKind: Hashable, Sendable {
    case file
    case directory
  }

  package var environment: [String: String]
  /// nil: there is nothing at the path.
  package var kind: @Sendable (_ path: String) -> PathKind?
  /// The bytes of a file; refuses more than `limit` bytes.
  package var read: @Sendable (_ path: String, _ limit: Int) throws(FileError) -> [UInt8]
  package var readStandardInput: @Sendable (_ limit: Int) throws(FileError) -> [UInt8]
  /// Gives a file's bytes in pieces; `-` is standard input. For logs, which may be larger than memory.
  package var stream: @Sendable (_ path: String, _ body: (ArraySlice<UInt8>) -> Void) throws(FileError) -> Void
  /// Large pieces of a file for reading in parallel (`-` is standard input): nil stands for `stream`.
  package var pieces: (@Sendable (_ path: String, _ size: Int, _ body: (LogPiece) -> Void) throws(FileError) -> Void)?
  /// Runs a program of the system for reading: its standard output in pieces. With `input` that is its standard input.
  /// Never on the word of a configuration.
  package var run:
    @Sendable (_ program: String, _ arguments: [String], _ body: (LogPiece) -> Void) throws(FileError) -> Void = {
      (program: String, _: [String], _: (LogPiece) -> Void) throws(FileError) in
      throw FileError("\(program) is not installed")
    }
  /// The first bytes of a file; nil: not to be had apart.
  package var head: (@Sendable (_ path: String, _ count: Int) throws(FileError) -> [UInt8])?
  package var canRun: @Sendable (_ program: String) -> Bool = { _ in false }
  /// Names in a directory, in any order.
  package var list: @Sendable (_ path: String) throws(FileError) -> [String]
  /// The path with symbolic links resolved; the same text for the same file.
  package var canonicalPath: @Sendable (_ path: String) -> String
  /// Replaces a file's contents at once or not at all; an existing file's mode is kept.
  package var replace: @Sendable (_ path: String, _ bytes: [UInt8]) throws(FileError) -> Void
  package var write: @Sendable (_ stream: Stream, _ bytes: [UInt8]) -> Void
  package var isTerminal: @Sendable (_ stream: Stream) -> Bool
  /// Today as year, month, day, for suppressions that end.
  package var today: @Sendable () -> (year: Int, month: Int, day: Int)
  /// Why a configuration file must not be read; nil: it may be. As root, only files that nobody else can write.
  package var distrust: @Sendable (_ path: String) -> String?
  /// Folders that hold the shipped policies, in the order in which they are tried.
  package var policyFolders: [String]

  package init(
    environment: [String: String],
    kind: @escaping @Sendable (_ path: String) -> PathKind?,
    read: @escaping @Sendable (_ path: String, _ limit: Int) throws(FileError) -> [UInt8],
    readStandardInput: @escaping @Sendable (_ limit: Int) throws(FileError) -> [UInt8],
    stream: @escaping @Sendable (_ path: String, _ body: (ArraySlice<UInt8>) -> Void) throws(FileError) -> Void,
    list: @escaping @Sendable (_ path: String) throws(FileError) -> [String],
    canonicalPath: @escaping @Sendable (_ path: String) -> String,
    replace: @escaping @Sendable (_ path: String, _ bytes: [UInt8]) throws(FileError) -> Void,
    write: @escaping @Sendable (_ stream: Stream, _ bytes: [UInt8]) -> Void,
    isTerminal: @escaping @Sendable (_ stream: Stream) -> Bool,
    today: @escaping @Sendable () -> (year: Int, month: Int, day: Int),
    distrust: @escaping @Sendable (_ path: String) -> String? = { _ in nil }, policyFolders: [String] = []
  ) {
    self.environment = environment
    self.kind = kind
    self.read = read
    self.readStandardInput = readStandardInput
    self.stream = stream
    self.list = list
    self.canonicalPath = canonicalPath
    self.replace = replace
    self.write = write
    self.isTerminal = isTerminal
    self.today = today
    self.distrust = distrust
    self.policyFolders = policyFolders
  }

  func print(_ text: String) { write(.output, Array(text.utf8)) }

  /// A line on the error stream: `fwlint: error: …`.
  func complain(_ kind: String, _ text: String) {
    write(.error, Array("fwlint: \(kind): \(printable(text))\n".utf8))
  }
}

extension World {
  func complain(_ error: UsageError) {
    if error.isFormatted {
      write(.error, Array("fwlint: error: \(error.message)\n".utf8))
    } else {
      complain("error", error.message)
    }
  }
}

/// Why a file could not be read or written, in plain words without the path: "no such file or directory".
package struct FileError: Error, Hashable, Sendable {
  package var message: String
  package init(_ message: String) { self.message = message }
}

/// A bad flag, code, key or configuration: nothing is analysed, exit code 2.
package struct UsageError: Error, Hashable, Sendable {
  package var message: String
  /// Several lines with excerpts, safe to show as they are.
  var isFormatted = false
  package init(_ message: String) { self.message = message }
}
