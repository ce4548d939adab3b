import Driver
import Foundation
import JSONText
import Synchronization
import Testing

/// Logs as files: compressed, rotated, large, on any number of cores.
@Suite struct LogInputTests {
  private final class Sink: Sendable {
    private let state = Mutex<(output: [UInt8], error: [UInt8])>(([], []))
    func add(_ stream: World.Stream, _ bytes: [UInt8]) {
      state.withLock { if stream == .output { $0.output += bytes } else { $0.error += bytes } }
    }
    var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    var error: String { state.withLock { String(decoding: $0.error, as: UTF8.self) } }
  }

  private static func run(
    _ logs: [String], jobs: Int? = nil, without program: String? = nil, _ change: (inout LogsCommand) -> Void = { _ in }
  ) async -> (code: ExitCode, sink: Sink) {
    let sink = Sink()
    var world = World.real()
    world.write = { sink.add($0, $1) }
    if let program {
      let canRun = world.canRun
      world.canRun = { $0 != program && canRun($0) }
    }
    var options = CheckOptions()
    options.ignoresConfig = true
    options.jobs = jobs
    var command = LogsCommand(logs: logs, options: options, world: world)
    change(&command)
    return (await command.run(), sink)
  }

  private static func folder(_ files: [String: String]) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "logs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    return folder
  }

  private static func line(_ stamp: String, _ port: Int) -> String {
    "\(stamp) gw kernel: in: IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=198.51.100.9 DST=192.0.2.10 "
      + "LEN=60 TOS=0x00 PREC=0x00 TTL=60 ID=7 PROTO=TCP SPT=40000 DPT=\(port) WINDOW=64240 RES=0x00 SYN URGP=0 \n"
  }

  @Test(arguments: ["gzip", "xz", "zstd"]) func `compressed logs are read by the system's tool`(_ tool: String)
    async throws
  {
    let folder = try Self.folder(["kern.log": Self.line("Nov 23 08:00:00", 22)])
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "kern.log").path(percentEncoded: false)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [tool, "-q", path]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      print("\(tool) is not here: skipped")
      return
    }
    let suffix = ["gzip": "gz", "xz": "xz", "zstd": "zst"][tool] ?? ""
    // The bytes tell, not the name.
    let renamed = folder.appending(path: "renamed").path(percentEncoded: false)
    try FileManager.default.moveItem(atPath: "\(path).\(suffix)", toPath: renamed)
    let read = await Self.run([renamed]) { $0.format = .json }
    #expect(read.code == .clean)
    #expect(try JSONValue(parsing: read.sink.output)["netfilter"]?.intValue == 1)
    let missing = await Self.run([renamed], without: tool)
    #expect(missing.code == .incomplete)
    #expect(missing.sink.error.contains("needs \(tool), which is not installed"))
  }

  @Test func `rotated sets are read in the order of time`() async throws {
    let folder = try Self.folder([
      "kern.log": Self.line("Nov 23 08:00:00", 3), "kern.log.1": Self.line("Nov 22 08:00:00", 2),
      "kern.log.10": Self.line("Nov 12 08:00:00", 1), "messages-20261101": Self.line("Nov  1 08:00:00", 4),
      "messages": Self.line("Nov 24 08:00:00", 5),
    ])
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = ["kern.log", "kern.log.1", "kern.log.10", "messages", "messages-20261101"]
    let read = await Self.run(paths.map { folder.appending(path: $0).path(percentEncoded: false) }) {
      $0.printsEvents = true
    }
    let ports = try read.sink.output.split(separator: "\n").map {
      try JSONValue(parsing: String($0))["destinationPort"]?.intValue
    }
    #expect(ports == [1, 2, 3, 4, 5])
  }

  @Test func `what is said does not depend on the number of jobs`() async throws {
    // More than two segments.
    var text = ""
    var second = 0
    var state: UInt64 = 7
    func next(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    while text.utf8.count < 18 << 20 {
      second += next(3)
      let stamp = "Nov 23 \(10 + second / 3600 % 10):\(10 + second / 60 % 50):\(10 + second % 50)"
      text += String(repeating: Self.line(stamp, 1 + next(60000)), count: 1 + next(40))
    }
    let folder = try Self.folder(["big.log": text])
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "big.log").path(percentEncoded: false)
    let one = await Self.run([path], jobs: 1)
    let three = await Self.run([path], jobs: 3)
    #expect(one.sink.output == three.sink.output)
    #expect(one.sink.output.contains("syn-port-scan"))
  }

  @Test func `thresholds are checked`() async throws {
    let folder = try Self.folder(["kern.log": Self.line("Nov 23 08:00:00", 22)])
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "kern.log").path(percentEncoded: false)
    for (word, code) in [
      ("service-shut=2/60", ExitCode.clean), ("scan-ports=30", .clean), ("service-sht=2", .usage),
      ("service-shut", .usage), ("service-shut=0", .usage), ("service-shut=2/0", .usage),
    ] {
      let read = await Self.run([path]) { $0.thresholds = [word] }
      #expect(read.code == code, "\(word)")
    }
  }

  @Test func `the JSON has the members of its schema`() async throws {
    let folder = try Self.folder([
      "kern.log": "Nov 23 08:00:00 gw kernel: nf_conntrack: nf_conntrack: table full, dropping packet\n"
    ])
    defer { try? FileManager.default.removeItem(at: folder) }
    let read = await Self.run([folder.appending(path: "kern.log").path(percentEncoded: false)]) { $0.format = .json }
    let json = try JSONValue(parsing: read.sink.output)
    #expect(json["schema"]?.stringValue == "fwlint-logs/1")
    for member in ["lines", "netfilter", "kernel", "notUnderstood"] { #expect(json[member]?.intValue != nil) }
    let symptom = try #require(json["symptoms"]?.arrayValue?.first)
    for member in ["name", "level", "count", "first", "last", "sources", "rule", "explanation", "fix"] {
      #expect(symptom[member] != nil, "\(member)")
    }
    #expect(symptom["fix"]?["title"]?.stringValue != nil)
  }
}
