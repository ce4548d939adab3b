import Driver
import Foundation

/// The benchmark: `swift run -c release fwlint-bench`. Prints CPU seconds and peak memory, and each as a ratio to the
/// reference tool in the same run on the same input. `--smoke` takes small inputs, one run each.
@main
enum Bench {
  static let ownPath = Bundle.main.executablePath ?? CommandLine.arguments.first ?? "fwlint-bench"

  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "--read-log": if let path = arguments.dropFirst().first { print(LogFields.read(path)) }
    case "--measure": Measurement.measureChild(Array(arguments.dropFirst()))
    case "--lower": lower(Array(arguments.dropFirst()))
    case "--lint": await lint(Array(arguments.dropFirst()))
    case "--diff" where arguments.count == 3:
      var options = CheckOptions()
      options.ignoresConfig = true
      exit(DiffCommand(old: [arguments[1]], new: [arguments[2]], options: options, world: .real()).run().rawValue)
    case "--trace": await TraceInput.trace(Array(arguments.dropFirst()))
    case "--nft-parse", "--nft-lower": readNftables(arguments)
    case "--fuzz": exit(FuzzRun.run(Array(arguments.dropFirst())))
    case nil, "--smoke":
      let isSound = Run(isSmoke: arguments.first == "--smoke").go()
      exit(isSound ? 0 : 1)
    default:
      FileHandle.standardError.write(
        Data("usage: fwlint-bench [--smoke | --fuzz nft|iptables|ipset SECONDS [SEED] [FOLDER…]]\n".utf8))
      exit(2)
    }
  }

  /// Reading and lowering one dump and nothing else, in a process of its own.
  private static func lower(_ arguments: [String]) {
    for path in arguments {
      let bytes = (try? Data(contentsOf: URL(filePath: path))).map { Array($0) } ?? []
      exit(IptablesReading.rules(in: bytes) > 0 ? 0 : 2)
    }
  }

  /// The tree, or tree and model, of one nft file, in a process of its own.
  private static func readNftables(_ arguments: [String]) {
    guard arguments.count == 2, let data = FileManager.default.contents(atPath: arguments[1]) else { exit(4) }
    let bytes = [UInt8](data)
    let count = arguments[0] == "--nft-parse" ? NftablesProbe.parse(bytes) : NftablesProbe.lower(bytes)
    exit(count > 0 ? 0 : 4)
  }

  /// What `fwlint check` does, in a process of its own.
  private static func lint(_ arguments: [String]) async {
    var options = CheckOptions()
    options.ignoresConfig = true
    for argument in arguments {
      if argument.hasPrefix("--select=") {
        options.select = [String(argument.dropFirst("--select=".count))]
      } else {
        options.paths.append(argument)
      }
    }
    exit(await CheckCommand(options, world: .real()).run().rawValue)
  }
}

/// One run over all rows.
private struct Run {
  let isSmoke: Bool
  private let folder: String
  private let repeats: Int

  init(isSmoke: Bool) {
    self.isSmoke = isSmoke
    folder = NSTemporaryDirectory() + "fwlint-bench-\(ProcessInfo.processInfo.processIdentifier)"
    repeats = isSmoke ? 1 : 3
  }

  /// False when a row of fwlint itself failed.
  func go() -> Bool {
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      print("cannot write to \(folder)")
      return false
    }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #if DEBUG
      print("debug build: the figures say nothing; use `swift run -c release fwlint-bench`")
    #endif
    print("row                                          CPU s     MiB   reference           CPU s     MiB   ratio")
    let scale = isSmoke ? 100 : 1
    var isSound = true
    var small: Double?
    for rules in [10_000, 100_000].map({ $0 / scale }) {
      var generator = InputGenerator()
      let file = write("linear-\(rules).nft", generator.nftables(rules: rules))
      let cpu = row("lint \(rules) nft rules", lint(file), nft(file), &isSound)
      if let small, let cpu { print("  growth over ten times the rules: \(format(cpu / small))x") }
      small = cpu
    }
    var generator = InputGenerator(seed: 7)
    let rules = 100_000 / scale
    let setless = write("setless.nft", generator.nftables(rules: rules, withSets: false))
    row("lint \(rules) nft rules without sets", lint(setless), nft(setless), &isSound)
    row("  lossless parse only", [Bench.ownPath, "--nft-parse", setless], nft(setless), &isSound)
    row("  parse and lower only", [Bench.ownPath, "--nft-lower", setless], nft(setless), &isSound)
    row("  load as the command does", lint(setless, "--select=LOAD"), nft(setless), &isSound)
    row("  read, lower, shadowed rules", lint(setless, "--select=RULE001"), nft(setless), &isSound)
    let half = generator.nftables(rules: 50_000 / scale, withSets: false)
    let (old, new) = (write("old.nft", half), write("new.nft", EditedRuleset.make(half, edits: 100 / min(scale, 10))))
    row("diff two of \(50_000 / scale) rules, 100 changes", [Bench.ownPath, "--diff", old, new], nil, &isSound)
    let dump = write("rules.v4", generator.iptables(rules: rules))
    row("lint \(rules) iptables rules", lint(dump), iptables(dump), &isSound)
    row("  read and lower only", [Bench.ownPath, "--lower", dump], iptables(dump), &isSound)
    let services = 5_000 / scale
    let cluster = write("kube.v4", generator.kubeProxy(services: services))
    row("lint \(services) services of kube-proxy", lint(cluster), iptables(cluster), &isSound)
    row("  read and lower only", [Bench.ownPath, "--lower", cluster], iptables(cluster), &isSound)
    for isInterval in [false, true] {
      let elements = 1_000_000 / scale
      let file = write(
        isInterval ? "intervals.nft" : "set.nft", generator.set(elements: elements, isInterval: isInterval))
      row("lint a set of \(elements)\(isInterval ? " intervals" : "")", lint(file), nft(file), &isSound)
      row("  parse and lower only", [Bench.ownPath, "--nft-lower", file], nft(file), &isSound)
    }
    shadowRows(scale)
    traceRow(scale, &isSound)
    logRows(&generator, scale)
    startUp()
    return isSound
  }

  private func shadowRows(_ scale: Int) {
    for kind in BoxGenerator.Kind.allCases {
      var small: ShadowRow.Result?
      for rules in kind == .wildcards ? [10_000 / scale] : [10_000 / scale, 100_000 / scale] {
        let result = ShadowRow.run(kind, rules: rules, repeats: repeats)
        let speed = Int(Double(rules) / max(result.cpu, 0.000_001))
        var line = padded("shadowed rules among \(rules) (\(kind.rawValue))", 42) + right(result.cpu)
        line += "   \(speed) rules/s, \(result.dead) dead\(result.isComplete ? "" : ", undecided ones left")"
        if let small {
          line += ", \(format(result.cpu / max(small.cpu, 0.000_001), digits: 1))x for ten times the rules"
        }
        print(line)
        small = result
      }
    }
  }

  private func logRows(_ generator: inout InputGenerator, _ scale: Int) {
    let lines = 1_000_000 / scale
    let log = write("kern.log", generator.log(lines: lines))
    guard let fwlint = besideBench("fwlint") else {
      return print("read \(lines) log lines: skipped, no fwlint beside the benchmark (swift build -c release)")
    }
    var ignored = true
    let wc = tool("wc").map { [$0, "-l", log] }
    row("read \(lines) log lines, every field", [Bench.ownPath, "--read-log", log], wc, &ignored)
    row("read them with all symptoms, one core", [fwlint, "logs", "--no-config", "--jobs", "1", log], wc, &ignored)
    row("read them with all symptoms, all cores", [fwlint, "logs", "--no-config", log], wc, &ignored)
    for (name, arguments) in [
      ("rg", ["-c", "DPT=113 ", log]), ("fwlogwatch", ["-i", log, "-p", "-s", "-d"]), ("psad", ["-A", "-m", log]),
    ] {
      guard let path = tool(name) else { continue }
      row("  the same log, \(name) beside it", [fwlint, "logs", "--no-config", log], [path] + arguments, &ignored)
    }
    row("explain one thing (20 runs)", twenty([fwlint, "explain", "port", "113"]), nil, &ignored)
  }

  private func traceRow(_ scale: Int, _ isSound: inout Bool) {
    let packets = 1_000_000 / scale
    var input = TraceInput()
    let rules = write("trace.nft", input.rules())
    let file = write("packets.jsonl", input.packets(packets))
    let cpu = row(
      "trace \(packets) packets, 60 rules", [Bench.ownPath, "--trace", rules, file],
      tool("wc").map { [$0, "-l", file] }, &isSound)
    if let cpu, cpu > 0 { print("  packets per CPU second: \(format(Double(packets) / cpu, digits: 0))") }
  }

  private func startUp() {
    guard let fwlint = besideBench("fwlint") else {
      return print("start-up: skipped, no fwlint beside the benchmark (swift build -c release)")
    }
    var isSound = true
    row(
      "start-up (--version, 20 runs)", twenty([fwlint, "--version"]), tool("nft").map { twenty([$0, "--version"]) },
      &isSound)
  }

  /// The same command twenty times, in one shell.
  private func twenty(_ command: [String]) -> [String] {
    ["/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do \"$@\"; done", "sh"] + command
  }

  @discardableResult private func row(
    _ name: String, _ command: [String], _ reference: [String]?, _ isSound: inout Bool
  ) -> Double? {
    // Findings, statements that are not understood and logs without symptoms are no failure of the measurement.
    guard let own = Measurement.median(of: repeats, command, accepts: [0, 1, 3]) else {
      print(padded(name, 42) + "  failed")
      isSound = false
      return nil
    }
    var line = padded(name, 42) + right(own.cpu) + right(own.memory, digits: 1)
    if let reference {
      let label = reference.contains("nft") || reference.contains { $0.hasSuffix("/nft") } ? "nft" : reference[0]
      let words = referenceName(reference, label)
      if let other = Measurement.median(of: repeats, reference, accepts: [0]) {
        line += "   " + padded(words, 17) + right(other.cpu) + right(other.memory, digits: 1)
        line += right(own.cpu / max(other.cpu, 0.000_1), digits: 3)
      } else {
        line += "   \(words) failed here"
      }
    } else {
      line += "   no reference tool here"
    }
    print(line)
    return own.cpu
  }

  private func referenceName(_ command: [String], _ label: String) -> String {
    if command.contains("--test") { return "iptables-restore" }
    if command.contains("-l") { return "wc -l" }
    for name in ["rg", "fwlogwatch", "psad"] where command[0].hasSuffix("/\(name)") { return name }
    return command.contains("--version") ? "nft --version" : "nft -c"
  }

  private func lint(_ file: String, _ extra: String...) -> [String] { [Bench.ownPath, "--lint", file] + extra }

  private func nft(_ file: String) -> [String]? {
    guard let unshare = tool("unshare"), let nft = tool("nft") else { return nil }
    return [unshare] + (getuid() == 0 ? ["-n"] : ["-rn"]) + [nft, "-c", "-f", file]
  }

  private func iptables(_ file: String) -> [String]? {
    guard let unshare = tool("unshare"), let restore = tool("iptables-restore") else { return nil }
    return [unshare] + (getuid() == 0 ? ["-n"] : ["-rn"]) + [restore, "--test", file]
  }

  private func tool(_ name: String) -> String? {
    let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin"]
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private func besideBench(_ name: String) -> String? {
    let path = URL(filePath: Bench.ownPath).deletingLastPathComponent().appending(path: name).path(
      percentEncoded: false)
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  private func write(_ name: String, _ text: String) -> String {
    let path = "\(folder)/\(name)"
    try? Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func format(_ value: Double, digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }

  private func right(_ value: Double, digits: Int = 3) -> String {
    let text = format(value, digits: digits)
    return String(repeating: " ", count: max(1, 8 - text.count)) + text
  }
}
