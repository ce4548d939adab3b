import FirewallAnalysis
import Foundation
import HostFacts
import JSONText
import Lowering
import PacketLogs
import Reporting
import SourceText
import Symptoms

/// `fwlint logs`: what reject and drop logs show.
package struct LogsCommand: Sendable {
  package enum Format: String, Sendable, CaseIterable { case text, json }

  /// `-` is standard input.
  package var logs: [String]
  /// The rule set that wrote them; nil: not given.
  package var ruleset: String?
  package var format = Format.text
  /// Print each line as a JSON object instead of what they show together.
  package var printsEvents = false
  /// `NAME=COUNT` or `NAME=COUNT/SECONDS`.
  package var thresholds: [String] = []
  package var options: CheckOptions
  let world: World

  package init(logs: [String], options: CheckOptions, world: World) {
    self.logs = logs
    self.options = options
    self.world = world
  }

  package func run() async -> ExitCode {
    var options = options
    let settings: Settings
    do {
      try LogThresholds.read(thresholds, into: &options)
      settings = try Settings(options, world: world)
    } catch {
      world.complain(error)
      return .usage
    }
    if printsEvents { return events() }
    var unit: CheckedUnit?
    var hasFailed = false
    if let ruleset {
      var options = settings.options
      options.paths = [ruleset]
      let loaded = await CheckCommand(options, world: world).load(settings)
      for problem in loaded.problems { world.complain("error", "\(problem.path): \(problem.message)") }
      if loaded.units.count > 1 {
        world.complain("error", "\(ruleset): \(loaded.units.count) rule sets; name the one that wrote the log")
        return .usage
      }
      unit = loaded.units.first.map { unit in
        CheckedUnit(loaded: unit, analysis: Analysis(unit.lowered.ruleset, host: unit.host), findings: [])
      }
      hasFailed = unit == nil
    }
    let read = LogReading.read(
      logs.isEmpty ? ["-"] : logs, host: settings.host, unit: unit, options: options, world: world)
    for problem in read.problems { world.complain("error", "\(problem.path): \(problem.message)") }
    if read.problems.count == max(1, logs.count) { return .incomplete }
    switch format {
    case .text:
      let outputs = Layout(options, world)
      world.print(read.summary.text(outputs.layout, unit: unit?.reported))
    case .json: world.print(read.summary.json(unit: unit?.reported).text(.pretty) + "\n")
    }
    return hasFailed || !read.problems.isEmpty ? .incomplete : .clean
  }

  private func events() -> ExitCode {
    var hasFailed = false
    for path in LogSource.ordered(logs.isEmpty ? ["-"] : logs) {
      var printer = EventPrinter(world: world)
      var reader = LogReader()
      do throws(FileError) {
        try LogSource(path, world).pieces(1 << 20) { piece in
          reader.consume(piece.data.span, into: &printer)
          printer.flush(ifAbove: 1 << 18)
        }
        reader.finish(into: &printer)
        printer.flush(ifAbove: 0)
      } catch {
        printer.flush(ifAbove: 0)
        world.complain("error", "\(path): \(error.message)")
        hasFailed = true
      }
      if reader.counts.notUnderstood > 0 {
        world.complain("note", "\(path): \(counted(reader.counts.notUnderstood, "line")) not understood")
      }
    }
    return hasFailed ? .incomplete : .clean
  }
}

/// Prints each line as one JSON object.
private struct EventPrinter: LogSink {
  let world: World
  private var bytes: [UInt8] = []

  init(world: World) { self.world = world }

  mutating func netfilter(_ record: LogRecord, _ text: borrowing Span<UInt8>) {
    add(LogEvent(record, text).json)
  }

  mutating func kernel(_ message: KernelMessage) { add(message.json) }

  private mutating func add(_ value: JSONValue) {
    bytes += value.written(.compact)
    bytes.append(0x0a)
  }

  mutating func flush(ifAbove limit: Int) {
    guard bytes.count > limit else { return }
    world.write(.output, bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}

/// `--threshold NAME=COUNT[/SECONDS]`: a symptom's own, or a number of `SymptomOptions`.
enum LogThresholds {
  static func read(_ words: [String], into options: inout CheckOptions) throws(UsageError) {
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw UsageError("`--threshold \(word)`: expected NAME=COUNT or NAME=COUNT/SECONDS")
      }
      let numbers = parts[1].split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
      guard let count = numbers.first ?? nil, count >= 1, count <= 1e6, numbers.count <= 2 else {
        throw UsageError("`--threshold \(word)`: the count is a number from 1 to 1000000")
      }
      if SymptomOptions.numberNames.contains(parts[0]) {
        options.thresholdNumbers[parts[0]] = count
        continue
      }
      guard let own = LogAnalysis.threshold(of: parts[0]) else {
        throw unknown("symptom", parts[0], among: LogAnalysis.symptomNames + SymptomOptions.numberNames)
      }
      var seconds = own.seconds
      if numbers.count == 2 {
        guard let given = numbers[1], given > 0 else {
          throw UsageError("`--threshold \(word)`: the seconds are a number above 0")
        }
        seconds = given
      }
      options.thresholds[parts[0]] = Threshold(Int(count), in: seconds > 0 ? seconds : 3600)
    }
  }
}
