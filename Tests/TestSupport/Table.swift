package import Foundation

/// A table of tab-separated values with a head line, as the corpora have them.
package struct TabSeparatedTable: Sendable {
  package struct Row: Sendable {
    package var fields: [String: String]
    package subscript(name: String) -> String { fields[name] ?? "" }
  }
  package var rows: [Row] = []

  /// The rows of a file; none when it cannot be read.
  package init(contentsOf url: URL) {
    guard let data = try? Data(contentsOf: url) else { return }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true)
    guard let head = lines.first else { return }
    let names = head.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    for line in lines.dropFirst() {
      let values = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      var fields: [String: String] = [:]
      for (name, value) in zip(names, values) { fields[name] = value }
      rows.append(Row(fields: fields))
    }
  }
}
