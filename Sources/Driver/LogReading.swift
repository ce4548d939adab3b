import FirewallAnalysis
package import Foundation
import HostFacts
import Lowering
import PacketLogs
import Repairs
import Reporting
import SourceText
import Symptoms
import Synchronization

/// A piece of a log as it was read.
package struct LogPiece: Sendable {
  let data: Data
  package init(_ data: Data) { self.data = data }

  func lastLineFeed() -> Int? { data.lastIndex(of: 0x0a).map { $0 - data.startIndex } }
  func lines(_ range: Range<Int>) -> LogPiece {
    LogPiece(data[(data.startIndex + range.lowerBound)..<(data.startIndex + range.upperBound)])
  }
}

/// Logs read from files, for `logs`, `why`, `report` and `check --log`.
enum LogReading {
  static func read(
    _ paths: [String], host: HostFacts, unit: CheckedUnit?, options: CheckOptions, world: World
  ) -> (summary: LogSummary, problems: [InputProblem]) {
    let read = report(paths, host: host, analysis: unit?.analysis, options: options, world: world)
    let report = read.report
    var fixes: [[ReportedFix]] = report.symptoms.map { _ in [] }
    if let unit, let file = unit.loaded.sources[SourceID(0)] {
      let lowered = unit.loaded.lowered
      let writer = RemedyWriter(ruleset: lowered.ruleset, file: file, dialect: lowered.dialect)
      fixes = report.symptoms.map { $0.remedies.map { ReportedFix(writer.write($0)) } }
    }
    return (LogSummary(report: report, fixes: fixes), read.problems)
  }

  /// What all the logs show together.
  static func report(
    _ paths: [String], host: HostFacts, analysis: Analysis?, options: CheckOptions, world: World
  ) -> (report: LogReport, problems: [InputProblem]) {
    var problems: [InputProblem] = []
    var symptomOptions = SymptomOptions()
    symptomOptions.thresholds = options.thresholds
    symptomOptions.numbers = options.thresholdNumbers
    let empty = LogAnalysis(options: symptomOptions, host: host)
    var total = empty
    var pipeline = LogPipeline(
      jobs: options.jobs ?? Version.coreCount, isTerminal: world.isTerminal(.error), world: world)
    for path in LogSource.ordered(paths) {
      do throws(FileError) {
        try pipeline.read(path, empty: empty) { total.append($0) }
      } catch { problems.append(InputProblem(path: path, message: error.message)) }
    }
    pipeline.endProgress()
    return (total.report(ruleset: analysis), problems)
  }
}

/// Reads a log in segments of a fixed size, several at once, and puts the results together in the order of the log: what
/// comes out does not depend on the number of cores. Memory: a segment and the tables of one analysis for each job.
struct LogPipeline {
  /// A log up to this size is read as a whole; longer ones are cut at line feeds, and what repeats across a cut counts
  /// as new (see `Aggregator.append`).
  static let segmentSize = 4 << 20
  /// More would not fit into the memory that is promised.
  static let maximumJobs = 3

  private let jobs: Int
  private let world: World
  private var progress: Progress?

  init(jobs: Int, isTerminal: Bool, world: World) {
    self.jobs = min(max(jobs, 1), Self.maximumJobs)
    self.world = world
    progress = isTerminal ? Progress(world) : nil
  }

  /// The lines of one segment: what was left of the one before, and this one up to its last line feed.
  struct Segment: Sendable {
    var pieces: [LogPiece] = []
    var size = 0
  }

  mutating func read(
    _ path: String, empty: LogAnalysis, into take: (LogAnalysis) -> Void
  ) throws(FileError) {
    var batch: [Segment] = []
    var segment = Segment()
    var progress = progress
    let jobs = jobs
    func flush() {
      let segments = batch
      batch = []
      for analysis in Self.analysed(segments, empty) { take(analysis) }
    }
    try LogSource(path, world).pieces(Self.segmentSize) { piece in
      progress?.add(piece.data.count)
      guard segment.size + piece.data.count >= Self.segmentSize, let end = piece.lastLineFeed() else {
        segment.pieces.append(piece)
        segment.size += piece.data.count
        return
      }
      segment.pieces.append(piece.lines(0..<end + 1))
      batch.append(segment)
      segment = Segment()
      if end + 1 < piece.data.count {
        segment.pieces = [piece.lines(end + 1..<piece.data.count)]
        segment.size = piece.data.count - end - 1
      }
      if batch.count >= jobs { flush() }
    }
    if segment.size > 0 { batch.append(segment) }
    flush()
    self.progress = progress
  }

  func endProgress() { progress?.end() }

  private static func analysed(_ segments: [Segment], _ empty: LogAnalysis) -> [LogAnalysis] {
    if segments.count <= 1 { return segments.map { analysed($0, empty) } }
    let results = Results(count: segments.count)
    DispatchQueue.concurrentPerform(iterations: segments.count) { index in
      results.set(analysed(segments[index], empty), at: index)
    }
    return results.all
  }

  private static func analysed(_ segment: Segment, _ empty: LogAnalysis) -> LogAnalysis {
    var analysis = empty
    for piece in segment.pieces { analysis.consume(piece.data.span) }
    analysis.finish()
    return analysis
  }
}

/// Results of work done at once, by place.
private final class Results: Sendable {
  private let state: Mutex<[LogAnalysis?]>
  init(count: Int) { state = Mutex(Array(repeating: nil, count: count)) }
  func set(_ analysis: LogAnalysis, at index: Int) { state.withLock { $0[index] = analysis } }
  var all: [LogAnalysis] { state.withLock { $0.compactMap { $0 } } }
}

extension ReportedFix {
  fileprivate init(_ written: WrittenRemedy) {
    self.init(
      title: written.title, fixClass: written.expected, edits: written.edits,
      status: written.refusal.map { .refused($0.reason) } ?? .notYetProved, instructions: written.instructions)
  }
}
