import CheckKit
import SourceText

extension Report {
  /// Checkstyle's XML, which many CI servers read. Findings stand under the file that they point into.
  package var checkstyle: String {
    var order: [String] = []
    var entries: [String: String] = [:]
    func add(_ path: String, _ entry: String) {
      if entries[path] == nil { order.append(path) }
      entries[path, default: ""] += entry
    }
    for unit in units { add(relative(unit.path), "") }
    for (path, message) in unread {
      add(relative(path), "    <error line=\"1\" severity=\"error\" message=\"\(xml(message))\" source=\"fwlint\"/>\n")
    }
    for reported in findings {
      let finding = reported.finding
      let place = place(reported)
      let severity = finding.level == .note ? "info" : finding.level.rawValue
      add(
        place.path,
        "    <error line=\"\(place.start.line)\" column=\"\(place.start.column)\" severity=\"\(severity)\" "
          + "message=\"\(xml(finding.message))\" source=\"fwlint.\(finding.code)\"/>\n")
    }
    let files = order.map { "  <file name=\"\(xml($0))\">\n\(entries[$0] ?? "")  </file>\n" }.joined()
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n\(files)</checkstyle>\n"
  }
}
