/// The formats of `--format`; one file each in this room.
package enum OutputFormat: String, Sendable, CaseIterable {
  case text, concise, json, jsonl, sarif, junit, checkstyle, github, gitlab, rdjson

  /// Holds the fixes of every finding, so that none is left unproved for lack of room on a screen.
  package var showsAllFixes: Bool {
    switch self {
    case .json, .jsonl, .sarif, .rdjson: true
    case .text, .concise, .junit, .checkstyle, .github, .gitlab: false
    }
  }
}
