import CheckKit
import SourceText

extension Report {
  /// Where a finding points, for formats that know a file, lines and columns. The path is relative to the base directory
  /// where it lies below it; columns and lines count from 1, the end is one past the last.
  struct Place {
    var path: String
    var start: LineColumn
    var end: LineColumn
  }

  func place(_ reported: ReportedFinding) -> Place { place(reported.finding.primary, units[reported.unit]) }

  func place(_ range: SourceRange, _ unit: Unit) -> Place {
    let first = LineColumn(line: 1, column: 1)
    guard let file = unit.sources[range.file] else { return Place(path: relative(unit.path), start: first, end: first) }
    return Place(
      path: relative(file.path), start: file.position(of: range.lower), end: file.position(of: range.upper))
  }

  /// Without the base directory and without `./` in front.
  func relative(_ path: String) -> String {
    var path = path
    if !baseDirectory.isEmpty, path.hasPrefix(baseDirectory + "/") {
      path = String(path.dropFirst(baseDirectory.count + 1))
    }
    while path.hasPrefix("./") { path = String(path.dropFirst(2)) }
    return path
  }
}

/// Text as it may stand in XML 1.0 between tags and in quoted attributes; what XML cannot hold is shown escaped.
func xml(_ text: String) -> String {
  var result = ""
  for character in printable(text) {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    default: result.append(character)
    }
  }
  return result
}
