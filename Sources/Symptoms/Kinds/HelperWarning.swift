import CheckKit
import PacketLogs
import Packets

/// Connection tracking helpers are no longer assigned by themselves.
enum HelperWarning: SymptomKind {
  static let symptom = Symptom(
    name: "helper-warning", level: .warning, codes: ["STATE007"], messages: [.helperAssignmentOff],
    conclude: { evidence in
      Conclusion(
        "helpers of connection tracking are not assigned by themselves any more: data connections of FTP, SIP and the like "
          + "are refused",
        advice: "assign helpers with rules (`ct helper set`, `-j CT --helper`) for the servers that need them")
    })
}
