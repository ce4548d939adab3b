/// The formats of `--format`; one file each in this room.
package enum OutputFormat: String, Sendable, CaseIterable {
  case text, concise, json, sarif
}
