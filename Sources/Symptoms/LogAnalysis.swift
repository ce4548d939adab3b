package import FirewallAnalysis
package import HostFacts
package import PacketLogs
import Packets

/// Everything that one or more logs show, in order of need for action.
package struct LogReport: Sendable {
  package var lines = 0
  package var netfilter = 0
  /// Messages of the kernel or of log daemons that are recognised.
  package var kernel = 0
  /// Lines that have netfilter fields and cannot be read.
  package var notUnderstood = 0
  /// Lines of servers that the knowledge base explains.
  package var server = 0
  package var serverLines: [ServerLines.Entry] = []
  package var timeline = Timeline()
  /// All other lines.
  package var other = 0
  package var samples: [LogSample] = []
  /// What needs action first, then by level and number; without background noise.
  package var symptoms: [SymptomReport] = []
  /// What too few lines show to be said by `logs`; see `SymptomReport.isWeak`.
  package var weak: [SymptomReport] = []
  /// Background noise: nothing to be done about it. Most lines first.
  package var background: [SymptomReport] = []
  /// `173 lines of background noise: probes (120), mDNS … (53); no action`; nil when there is none.
  package var backgroundLine: String?
  /// Some counts by source are lower bounds, since there were more sources than places.
  package var isApproximate = false

  package init() {}
}

/// Reads logs chunk by chunk and says what they show. Memory is bounded whatever the size of the logs.
package struct LogAnalysis: Sendable {
  private var reader = LogReader()
  private var aggregator: Aggregator
  private let options: SymptomOptions

  package init(options: SymptomOptions = SymptomOptions(), host: HostFacts? = nil) {
    self.options = options
    aggregator = Aggregator(options: options, host: host)
  }

  package var counts: LogReader.Counts { reader.counts }

  /// Takes the next bytes of a log, cut anywhere.
  package mutating func consume(_ bytes: ArraySlice<UInt8>) { reader.consume(bytes, into: &aggregator) }

  package mutating func consume(_ bytes: borrowing Span<UInt8>) { reader.consume(bytes, into: &aggregator) }

  /// Takes what another analysis with the same options has read of the lines that follow.
  package mutating func append(_ later: LogAnalysis) {
    let shift = reader.append(later.reader)
    aggregator.append(later.aggregator, shift: shift)
  }

  /// To be called at the end of each log, so that a last line without line feed counts.
  package mutating func finish() { reader.finish(into: &aggregator) }

  /// What the logs show. With a rule set each symptom names the rule behind it, and the remedy has its place.
  package func report(ruleset: Analysis? = nil) -> LogReport {
    var report = LogReport()
    report.lines = reader.counts.lines
    report.netfilter = reader.counts.netfilter
    report.kernel = reader.counts.kernel
    report.notUnderstood = reader.counts.notUnderstood
    report.other = reader.counts.other
    report.server = reader.counts.server
    report.serverLines = aggregator.serverLines.ordered
    report.timeline = aggregator.timeline
    report.samples = reader.samples
    let all = ReportBuilder(aggregator, options, ruleset.map { RuleFinder($0) }).reports()
    report.isApproximate = aggregator.evidence.contains { $0.sources.isApproximate }
    report.weak = all.filter(\.isWeak).sorted(by: Self.before)
    report.symptoms = all.filter { !$0.isNoise && !$0.isWeak }.sorted(by: Self.before)
    report.background = all.filter { $0.isNoise }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    if !report.background.isEmpty {
      let total = report.background.reduce(0) { $0 + $1.count }
      let parts = report.background.map { "\($0.name) (\($0.count))" }.joined(separator: ", ")
      report.backgroundLine = "\(total) line\(total == 1 ? "" : "s") of background noise: \(parts); no action"
    }
    return report
  }

  private static func before(_ a: SymptomReport, _ b: SymptomReport) -> Bool {
    if a.needsAction != b.needsAction { return a.needsAction }
    if a.level != b.level { return b.level < a.level }
    if a.count != b.count { return a.count > b.count }
    return a.name < b.name
  }
}
