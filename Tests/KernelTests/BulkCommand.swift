import Driver
import FirewallModel
import Foundation
import JSONText
import Synchronization
import TestSupport

/// Runs the bulk command in process on a case of the kernel oracle.
enum BulkCommand {
  static func answers(to json: JSONValue) async throws -> [JSONValue] {
    let format = json["format"]?.stringValue ?? "nft"
    let packets = json["packets"]?.arrayValue ?? []
    var files: [String: [UInt8]] = [
      "rules": Array((json["ruleset"]?.stringValue ?? "").utf8),
      "packets": packets.flatMap { $0.written() + [UInt8(ascii: "\n")] },
    ]
    var options = CheckOptions()
    options.ignoresConfig = true
    options.dialect = format == "iptables" ? .iptablesSave : format == "ip6tables" ? .ip6tablesSave : .nft
    files["topology"] = json["topology"]?.written()
    files["ipset"] = json["ipset"]?.stringValue.map { Array($0.utf8) }
    let output = Mutex<[UInt8]>([])
    let faults = Mutex<String>("")
    let known = files
    let world = World(
      environment: [:], kind: { known[$0] == nil ? nil : .file },
      read: { path, _ throws(FileError) in
        guard let bytes = known[path] else { throw FileError("no such file") }
        return bytes
      },
      readStandardInput: { _ in [] },
      stream: { path, body throws(FileError) in
        guard let bytes = known[path] else { throw FileError("no such file") }
        // In pieces that cut lines, as a pipe gives them.
        var start = 0
        while start < bytes.count {
          let end = min(bytes.count, start + 1000)
          body(bytes[start..<end])
          start = end
        }
      },
      list: { _ in [] }, canonicalPath: { $0 }, replace: { _, _ in },
      write: { stream, bytes in
        if stream == .output {
          output.withLock { $0 += bytes }
        } else {
          faults.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
        }
      },
      isTerminal: { _ in false }, today: { (2026, 1, 1) })
    var command = TraceCommand(words: ["rules"], options: options, world: world)
    command.packetFile = "packets"
    command.format = .json
    if files["topology"] != nil { command.topology = "topology" }
    if files["ipset"] != nil { command.ipsets = ["ipset"] }
    _ = await command.run()
    let text = output.withLock { String(decoding: $0, as: UTF8.self) }
    let answers = text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
    if answers.isEmpty { print(faults.withLock { $0 }) }
    return answers
  }

  /// The cases of `Tests/KernelTests/Cases`, in the order of their names.
  static func recorded() throws -> [(name: String, json: JSONValue)] {
    let folder = Corpora.packageRoot.appending(path: "Tests/KernelTests/Cases")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
    return try names.filter { $0.hasSuffix(".json") }.map { name in
      (name, try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: name)))))
    }
  }
}
