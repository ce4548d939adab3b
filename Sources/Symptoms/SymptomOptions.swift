/// What can be set for the reading of symptoms.
package struct SymptomOptions: Sendable {
  /// Thresholds by symptom name, where they differ from the symptom's own.
  package var thresholds: [String: Threshold] = [:]
  /// Distinct destination ports of one source within `scanSeconds` that make a vertical scan.
  package var scanPorts = 15
  /// Distinct destinations of one source within `scanSeconds` that make a horizontal scan.
  package var scanDestinations = 15
  /// Distinct destinations of echo requests of one source within `scanSeconds` that make a sweep.
  package var sweepDestinations = 8
  package var scanSeconds = 60.0
  /// Probes without flags, with FIN alone, SYN+FIN, or FIN+PSH+URG of one source that make a scan of that kind.
  package var scanOddFlags = 5
  /// How long after something was sent to a host its own connection counts as an answer to that.
  package var contactSeconds = 60.0
  package init() {}
}
