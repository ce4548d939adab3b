import Driver
import Foundation
import JSONText
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What was recorded with real packets: see `Scenarios/scenarios.py`.
@Suite struct WhyTests {
  /// The kernel's lines of that day, its rules and the seconds that were measured.
  @Test(arguments: Scenario.all)
  func `the cause of a recorded wait comes first, with the time that was waited`(_ scenario: Scenario) async throws {
    let answer = try await Scenario.why(
      scenario.file("nft"), log: scenario.file("log"), sysctl: scenario.file("sysctl"))
    let first = try #require(answer.causes.first)
    #expect(first.kind == scenario.cause, "\(answer.causes.map(\.kind))")
    let measured = try #require(try JSONValue(parsing: scenario.text("json"))["seconds"]?.number)
    let stated = try #require(first.seconds)
    Self.expectNear(stated, measured, first, isRecorded: true)
    #expect(first["count"]?.intValue ?? 0 > 0)
    #expect(first["fixes"]?.arrayValue?.isEmpty == false)
    if scenario.cause != "conntrack-full" { #expect(first["by"]?.arrayValue?.first?["line"]?.intValue ?? 0 > 0) }
  }

  /// Within a fifth. On a busy machine round trips are long, and a stall that is endless ends later than stated: behind
  /// the first retransmission due after that time, which is less than twice as late and three initial timeouts.
  static func expectNear(_ stated: Double, _ measured: Double, _ cause: JSONValue, isRecorded: Bool = false) {
    let isEndless = cause["delay"]?["endless"]?.boolValue == true
    let isNear = abs(stated - measured) <= 0.2 * measured
    let isLater = measured >= 0.8 * stated && measured <= 2.5 * stated
    #expect(isNear || (isEndless && !isRecorded && isLater), "stated \(stated) s, measured \(measured) s")
  }

  /// The log alone tells the same cause, except where only the rules can tell.
  @Test(arguments: Scenario.all.filter { $0.name != "source-port-filter" })
  func `the log alone names the cause`(_ scenario: Scenario) async throws {
    let answer = try await Scenario.why(nil, log: scenario.file("log"), sysctl: nil)
    #expect(answer.causes.first?.kind == scenario.cause, "\(answer.causes.map(\.kind))")
  }

  /// Without a log the rules' faults are predicted; a full table and a slow server cannot be.
  @Test(arguments: [
    ("ident-reset-lost", "ident-reset-lost"), ("path-mtu-v4", "path-mtu-v4"), ("dns-tcp-blocked", "dns-tcp-blocked"),
    ("neighbour-discovery-blocked", "neighbour-discovery-blocked"), ("established-missing", "established-missing"),
    ("source-port-filter", "source-port-filter"),
  ])
  func `the rules alone predict it`(_ name: String, _ cause: String) async throws {
    let folder = try #require(Scenario.folder)
    let answer = try await Scenario.why(folder.appending(path: "\(name).nft"), log: nil, sysctl: nil)
    #expect(answer.causes.contains { $0.kind == cause }, "\(answer.causes.map(\.kind))")
    #expect(answer.causes.allSatisfy { $0["certainty"]?.stringValue == "predicted" || $0["count"]?.intValue == 0 })
  }

  @Test func `rules without fault and a log of noise give no cause`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "why-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let log = folder.appending(path: "noise.log")
    let lines = (0..<30).map { index in
      "Nov 23 08:01:\(10 + index) gw kernel: in: IN=wan0 OUT= MAC=02:00:00:00:00:01:02:aa:00:00:00:01:08:00 "
        + "SRC=203.0.113.\(index + 1) DST=198.51.100.7 LEN=40 TOS=0x00 PREC=0x00 TTL=50 ID=\(index) PROTO=TCP "
        + "SPT=\(40000 + index) DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0 \n"
    }
    try lines.joined().write(to: log, atomically: true, encoding: .utf8)
    let answer = try await Scenario.why(nil, log: log, sysctl: nil)
    #expect(answer.causes.isEmpty, "\(answer.causes.map(\.kind))")
  }

  // MARK: The kernel

  /// nil: scenarios can be made.
  static var obstacle: String? {
    if geteuid() != 0 { return "needs root" }
    for program in ["nft", "ip", "python3", "dmesg"] {
      let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin", "/root/.pyenv/shims"]
      if !folders.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }) {
        return "needs \(program)"
      }
    }
    if !FileManager.default.fileExists(atPath: loggingSwitch) { return "the kernel does not log in namespaces" }
    let probe = run(["unshare", "-n", "true"])
    return probe.status == 0 ? nil : "may not make network namespaces"
  }

  /// Makes the kernel log in namespaces while `body` runs: the one switch that is the whole machine's.
  private static func withNamespaceLogging(_ body: () async throws -> Void) async throws {
    let before = try String(contentsOfFile: loggingSwitch, encoding: .utf8)
    try write("1\n", toSwitch: loggingSwitch)
    do { try await body() } catch {
      try write(before, toSwitch: loggingSwitch)
      throw error
    }
    try write(before, toSwitch: loggingSwitch)
    #expect(try String(contentsOfFile: loggingSwitch, encoding: .utf8) == before)
  }

  private static let loggingSwitch = "/proc/sys/net/netfilter/nf_log_all_netns"

  private static func write(_ text: String, toSwitch path: String) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  static func run(_ words: [String]) -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return (-1, "") }
    let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  /// A scenario that is being made.
  struct Running {
    var process: Process
    var pipe: Pipe

    init(_ scenario: Scenario, rules: URL, _ sysctls: [String] = []) throws {
      let script = try #require(Scenario.folder).appending(path: "scenarios.py").path(percentEncoded: false)
      process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments =
        ["timeout", "100", "python3", script, "run", scenario.name, rules.path(percentEncoded: false)] + sysctls
      pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
    }

    func result() throws -> JSONValue {
      let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return try JSONValue(parsing: String(decoding: data, as: UTF8.self))
    }
  }

  @Test func `every recorded scenario is one of the script's`() throws {
    let script = try #require(Scenario.folder).appending(path: "scenarios.py")
    let text = try String(contentsOf: script, encoding: .utf8)
    for scenario in Scenario.all {
      #expect(text.contains("def \(scenario.name.split(separator: "-").joined(separator: "_"))(load)"))
    }
  }

  /// Real packets, now: the true cause first, the time stated within a fifth of the one measured, and the connection no
  /// longer waits once the fix is in force. All scenarios wait at the same time.
  @Test(.enabled(if: WhyTests.obstacle == nil, Comment(rawValue: "scenarios skipped: \(WhyTests.obstacle ?? "")")))
  func `the cause of a wait made now comes first, and its fix ends the wait`() async throws {
    try await Self.withNamespaceLogging { try await makeAllScenarios() }
  }

  private func makeAllScenarios() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "why-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func rules(_ scenario: Scenario) -> URL { folder.appending(path: "\(scenario.name).nft") }
    var slow: [Running] = []
    for scenario in Scenario.all {
      try scenario.text("nft").write(to: rules(scenario), atomically: true, encoding: .utf8)
      slow.append(try Running(scenario, rules: rules(scenario)))
    }
    var mended: [(scenario: Scenario, measured: Double, run: Running)] = []
    for (scenario, running) in zip(Scenario.all, slow) {
      let made = try running.result()
      guard let measured = made["seconds"]?.number else {
        // Said by the scenario: e.g. a connection table too large to be filled.
        print("scenario \(scenario.name) skipped: \(made["how"]?.stringValue ?? "")")
        continue
      }
      let fixed = try await explain(scenario, made, measured, rules(scenario))
      mended.append((scenario, measured, try Running(scenario, rules: rules(scenario), fixed)))
    }
    for (scenario, measured, running) in mended {
      let made = try running.result()
      let after = try #require(made["seconds"]?.number, "\(scenario.name)")
      #expect(made["how"]?.stringValue == scenario.mended, "\(scenario.name)")
      #expect(after < measured / 2, "\(scenario.name): still \(after) s of \(measured) s")
    }
  }

  /// What `why` says of a scenario just made; writes the fix into the rules, or gives the sysctls to set.
  private func explain(
    _ scenario: Scenario, _ made: JSONValue, _ measured: Double, _ rules: URL
  ) async throws -> [String] {
    let lines = try #require(made["log"]?.arrayValue).compactMap(\.stringValue)
    let log = rules.deletingPathExtension().appendingPathExtension("log")
    try (lines.joined(separator: "\n") + "\n").write(to: log, atomically: true, encoding: .utf8)
    let answer = try await Scenario.why(rules, log: log, sysctl: scenario.file("sysctl"))
    let first = try #require(answer.causes.first, "\(scenario.name): no cause found in \(lines.count) lines")
    #expect(first.kind == scenario.cause, "\(scenario.name): \(answer.causes.map(\.kind))")
    let stated = try #require(first.seconds)
    Self.expectNear(stated, measured, first)
    let fix = try #require(first["fixes"]?.arrayValue?.first, "\(scenario.name)")
    if let patch = fix["patch"]?.stringValue {
      #expect(fix["status"]?.stringValue == "proved", "\(scenario.name)")
      try patched(scenario.text("nft"), patch).write(to: rules, atomically: true, encoding: .utf8)
      return []
    }
    let sysctls = (fix["instructions"]?.arrayValue ?? []).compactMap(\.stringValue).map {
      $0.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "=")
    }
    #expect(!sysctls.isEmpty, "\(scenario.name): nothing to apply")
    return sysctls
  }
}
