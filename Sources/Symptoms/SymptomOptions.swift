/// What can be set for the reading of symptoms.
package struct SymptomOptions: Sendable {
  /// Thresholds by symptom name, where they differ from the symptom's own.
  package var thresholds: [String: Threshold] = [:]
  /// Numbers by name: see `numberNames`.
  package var numbers: [String: Double] = [:]

  package init() {}

  /// Names of what is no threshold of lines: distinct ports or addresses of one source and the like.
  package static let numberNames = [
    "scan-ports", "scan-destinations", "sweep-destinations", "scan-seconds", "scan-odd-flags", "contact-seconds",
  ]

  /// Distinct destination ports of one source within `scanSeconds` that make a vertical scan.
  package var scanPorts: Int { Int(numbers["scan-ports"] ?? 15) }
  /// Distinct destinations of one source within `scanSeconds` that make a horizontal scan.
  package var scanDestinations: Int { Int(numbers["scan-destinations"] ?? 15) }
  /// Distinct destinations of echo requests of one source within `scanSeconds` that make a sweep.
  package var sweepDestinations: Int { Int(numbers["sweep-destinations"] ?? 8) }
  package var scanSeconds: Double { numbers["scan-seconds"] ?? 60 }
  /// Probes without flags, with FIN alone, SYN+FIN, or FIN+PSH+URG of one source that make a scan of that kind.
  package var scanOddFlags: Int { Int(numbers["scan-odd-flags"] ?? 5) }
  /// How long after something was sent to a host its own connection counts as an answer to that.
  package var contactSeconds: Double { numbers["contact-seconds"] ?? 60 }
}

extension LogAnalysis {
  /// The names of all symptoms.
  package static var symptomNames: [String] { SymptomID.allCases.map { $0.symptom.name } }

  /// A symptom's own threshold; nil: there is no such symptom.
  package static func threshold(of name: String) -> Threshold? {
    SymptomID.allCases.first { $0.symptom.name == name }?.symptom.threshold
  }
}
