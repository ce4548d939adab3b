import CheckKit
import FirewallAnalysis
import FirewallModel
import PacketLogs
import Packets

/// Turns evidence into reports.
struct ReportBuilder {
  private let aggregator: Aggregator
  private let options: SymptomOptions
  private let finder: RuleFinder?

  init(_ aggregator: Aggregator, _ options: SymptomOptions, _ finder: RuleFinder?) {
    self.aggregator = aggregator
    self.options = options
    self.finder = finder
  }

  func reports() -> [SymptomReport] {
    var reports: [SymptomReport] = []
    let scanners = aggregator.probes.found()
    for id in SymptomID.allCases {
      let evidence = aggregator.evidence[Int(id.rawValue)]
      guard evidence.count > 0 else { continue }
      // Port 113 among many others is a scan.
      if id == .identDropped, isOnlyScanners(evidence, scanners) { continue }
      if let report = report(id.symptom, evidence) { reports.append(report) }
    }
    for evidence in aggregator.retriedPorts {
      if let report = report(ServiceShut.symptom, evidence) { reports.append(report) }
    }
    reports += ScanReports.reports(scanners, probes: aggregator.probes, options: options)
    markDependants(&reports)
    return reports
  }

  private func isOnlyScanners(_ evidence: Evidence, _ scanners: [Prober]) -> Bool {
    guard evidence.contacted == 0 else { return false }
    return evidence.sources.ordered.allSatisfy { entry in scanners.contains { $0.source == entry.key } }
  }

  private func report(_ symptom: Symptom, _ evidence: Evidence) -> SymptomReport? {
    guard var conclusion = symptom.conclude(evidence) else { return nil }
    if Self.isLimited(symptom, evidence) { conclusion.name = "icmp-limited" }
    var report = SymptomReport(
      name: conclusion.name ?? symptom.name, level: conclusion.level ?? symptom.level, count: evidence.count,
      first: evidence.first, last: evidence.last,
      sources: evidence.sources.ordered.map { (address: Evidence.text($0.key), count: $0.count) },
      explanation: conclusion.explanation, codes: symptom.codes)
    report.timeBase = evidence.timeBase
    report.advice = conclusion.advice
    report.needsAction = conclusion.needsAction
    report.isNoise = symptom.isNoise && !conclusion.needsAction
    // One host that tries the same port all the time is one line without its duplicates.
    report.isWeak = !evidence.isReached && !symptom.isNoise && conclusion.name != "adware-egress"
    report.wait = evidence.longestWait
    report.isForwarded = evidence.byHook.forward * 2 > evidence.count
    report.isOutgoing = evidence.byHook.output * 2 > evidence.count
    report.hasRepeats = evidence.retransmissions > 0 || evidence.count > evidence.distinct
    report.isFewSources = !evidence.sources.isApproximate
    report.examples = evidence.examples
    locate(&report, evidence, conclusion)
    return report
  }

  /// ICMP errors logged by a rule that limits them, as its prefix says.
  private static func isLimited(_ symptom: Symptom, _ evidence: Evidence) -> Bool {
    guard
      ["pmtu-blackhole-v4", "pmtu-blackhole-v6", "unreachables-dropped", "time-exceeded-dropped"].contains(symptom.name)
    else { return false }
    return !evidence.examples.isEmpty
      && evidence.examples.allSatisfy { event in
        let prefix = event.prefix.lowercased()
        return prefix.contains("limit") || prefix.contains("rate")
      }
  }

  /// Finds the rule behind the lines, and gives the remedy its place.
  private func locate(_ report: inout SymptomReport, _ evidence: Evidence, _ conclusion: Conclusion) {
    var blame: Blame?
    if let finder {
      let found = evidence.examples.compactMap { finder.blame($0) }
      blame = found.first { !$0.isAccepted } ?? found.first
      if let blame {
        report.rule = blame.rule
        report.chain = blame.chain
        let others = found.contains {
          $0.isAccepted == blame.isAccepted && ($0.rule, $0.chain) != (blame.rule, blame.chain)
        }
        report.isProbable = blame.isProbable || others
        report.isAccepted = blame.isAccepted
        report.refusedStates = blame.refusedStates
        report.acceptedStates = blame.acceptedStates
        report.place = blame.place
        if blame.isAccepted {
          report.needsAction = false
          report.advice =
            "the rule set accepts these packets: the lines log accepted traffic, or the rules have changed since"
          return
        }
      }
    }
    report.remedies = conclusion.repair.remedies(blame, advice: conclusion.advice)
  }

  /// A full table explains late answers and cut connections of the same minutes.
  private func markDependants(_ reports: inout [SymptomReport]) {
    let dependants: Set = [
      "late-dns-answer", "established-tail", "ident-dropped", "service-shut", "ntp-replies-dropped",
    ]
    guard let cause = reports.first(where: { $0.name == "conntrack-full" }) else { return }
    for index in reports.indices where dependants.contains(reports[index].name) {
      if let from = cause.first, let to = cause.last, let first = reports[index].first, let last = reports[index].last,
        cause.timeBase == reports[index].timeBase, last < from - 60 || first > to + 60
      {
        continue
      }
      reports[index].dependsOn = cause.name
      reports[index].needsAction = false
    }
  }
}

extension Repair {
  /// The remedies for the place that a line comes from; without a rule set words only.
  func remedies(_ blame: Blame?, advice: String) -> [Remedy] {
    let words = advice.isEmpty ? [] : [Remedy(advice, expected: .change, changes: [.advice(advice)])]
    switch self {
    case .none: return words
    case .sysctl(let key, let value, let title):
      return [Remedy(title, expected: .host, changes: [.sysctl(key: key, value: value)])]
    case .accept(let conditions, let title):
      guard let place = blame?.place else { return words }
      return [Remedy(title, expected: .widen, changes: [.insert(NewRule(conditions, .accept), place)])]
    case .reject(let conditions, let kind, let title):
      guard let place = blame?.place else { return words }
      return [Remedy(title, expected: .response, changes: [.insert(NewRule(conditions, .reject(kind)), place)])]
    case .quiet(let conditions, let title):
      guard let place = blame?.place else { return words }
      return [Remedy(title, expected: .response, changes: [.insert(NewRule(conditions, .drop), place)])]
    }
  }
}
