import Foundation

/// The built program, run as people run it.
enum Program {
  struct Outcome {
    var status: Int32
    var output: String
    var error: String
    /// True when a signal ended it.
    var wasKilled: Bool
  }

  /// The folder of the build, where the test bundle lies too.
  static let path: String = {
    let arguments = CommandLine.arguments + [Bundle.main.bundlePath]
    for argument in arguments
    where argument.contains(".xctest") || argument.contains("/debug") || argument.contains("/release") {
      var folder = URL(filePath: argument)
      for _ in 0..<4 {
        let candidate = folder.appending(path: "fwlint").path(percentEncoded: false)
        var isDirectory: ObjCBool = false
        if unsafe FileManager.default.fileExists(atPath: candidate, isDirectory: &isDirectory), !isDirectory.boolValue {
          return candidate
        }
        folder = folder.deletingLastPathComponent()
      }
    }
    return "fwlint"
  }()

  static func run(
    _ arguments: [String], in folder: Folder? = nil, input: String = "", environment: [String: String] = [:]
  ) throws -> Outcome {
    try run(executable: path, arguments, in: folder, input: input, environment: environment)
  }

  static func run(
    executable: String, _ arguments: [String], in folder: Folder? = nil, input: String = "",
    environment: [String: String] = [:]
  ) throws -> Outcome {
    let scratch = try Folder()
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = (folder ?? scratch).url
    process.environment = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "FWLINT": path].merging(environment) { $1 }
    // Files, not pipes: neither side can wait for the other.
    try input.write(to: scratch.url.appending(path: "in"), atomically: false, encoding: .utf8)
    for name in ["out", "err"] { try Data().write(to: scratch.url.appending(path: name)) }
    let output = try FileHandle(forWritingTo: scratch.url.appending(path: "out"))
    let error = try FileHandle(forWritingTo: scratch.url.appending(path: "err"))
    process.standardInput = try FileHandle(forReadingFrom: scratch.url.appending(path: "in"))
    process.standardOutput = output
    process.standardError = error
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: try String(decoding: Data(contentsOf: scratch.url.appending(path: "out")), as: UTF8.self),
      error: try String(decoding: Data(contentsOf: scratch.url.appending(path: "err")), as: UTF8.self),
      wasKilled: process.terminationReason == .uncaughtSignal)
  }
}

/// A temporary folder that goes with its owner.
final class Folder {
  let url: URL

  init(_ files: [String: String] = [:]) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "fwlint-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for (name, text) in files { try write(name, Data(text.utf8)) }
  }

  func write(_ name: String, _ data: Data) throws {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  func text(_ name: String) throws -> String { try String(contentsOf: url.appending(path: name), encoding: .utf8) }

  deinit { try? FileManager.default.removeItem(at: url) }
}
