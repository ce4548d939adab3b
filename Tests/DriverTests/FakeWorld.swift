import Driver
import Foundation
import Synchronization

/// A world of files in memory. What is written is kept.
final class FakeWorld: Sendable {
  private let state: Mutex<State>

  private struct State {
    var files: [String: [UInt8]] = [:]
    var output: [UInt8] = []
    var error: [UInt8] = []
    var unreadable: Set<String> = []
  }

  let environment: [String: String]
  let terminals: Set<World.Stream>
  let input: String

  init(
    _ files: [String: String], input: String = "", environment: [String: String] = [:],
    terminals: Set<World.Stream> = [], unreadable: Set<String> = []
  ) {
    state = Mutex(State(files: files.mapValues { Array($0.utf8) }, unreadable: unreadable))
    self.environment = environment
    self.terminals = terminals
    self.input = input
  }

  var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
  var error: String { state.withLock { String(decoding: $0.error, as: UTF8.self) } }
  func text(of path: String) -> String? {
    state.withLock { state in state.files[path].map { String(decoding: $0, as: UTF8.self) } }
  }
  func setBytes(_ bytes: [UInt8], of path: String) { state.withLock { $0.files[path] = bytes } }

  /// Files lie below `/w`, the working directory; paths may be given without it.
  private static func full(_ path: String) -> String {
    let path = path.hasPrefix("/") ? path : path == "." ? "/w" : "/w/" + path
    return URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
  }

  private func bytes(_ path: String) -> [UInt8]? {
    state.withLock { $0.files.first { Self.full($0.key) == Self.full(path) }?.value }
  }

  var world: World {
    World(
      environment: environment,
      kind: { path in
        if self.bytes(path) != nil { return .file }
        var folder = Self.full(path)
        if !folder.hasSuffix("/") { folder += "/" }
        return self.state.withLock { $0.files.keys.contains { Self.full($0).hasPrefix(folder) } } ? .directory : nil
      },
      read: { (path: String, limit: Int) throws(FileError) in
        guard let bytes = self.bytes(path) else { throw FileError("no such file or directory") }
        if self.state.withLock({ $0.unreadable.contains(path) }) { throw FileError("permission denied") }
        guard bytes.count <= limit else { throw FileError("too large") }
        return bytes
      },
      readStandardInput: { (_: Int) throws(FileError) in Array(self.input.utf8) },
      stream: { (path: String, body: (ArraySlice<UInt8>) -> Void) throws(FileError) in
        guard let bytes = path == "-" ? Array(self.input.utf8) : self.bytes(path) else {
          throw FileError("no such file or directory")
        }
        body(bytes[...])
      },
      list: { (path: String) throws(FileError) in
        var folder = Self.full(path)
        if !folder.hasSuffix("/") { folder += "/" }
        let names = self.state.withLock { state in
          state.files.keys.map(Self.full).filter { $0.hasPrefix(folder) }
            .map { String($0.dropFirst(folder.count).prefix { $0 != "/" }) }
        }
        return Array(Set(names))
      },
      canonicalPath: Self.full,
      replace: { (path: String, bytes: [UInt8]) throws(FileError) in
        self.state.withLock { $0.files[path] = bytes }
      },
      write: { stream, bytes in
        self.state.withLock { state in
          if stream == .output { state.output += bytes } else { state.error += bytes }
        }
      },
      isTerminal: { self.terminals.contains($0) },
      today: { (2026, 6, 15) })
  }

  func check(_ paths: String..., change: (inout CheckOptions) -> Void = { _ in }) async -> ExitCode {
    var options = CheckOptions()
    options.paths = paths
    change(&options)
    return await CheckCommand(options, world: world).run()
  }
}
