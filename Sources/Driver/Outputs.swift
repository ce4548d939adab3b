import JSONText
import Reporting

/// Where a report goes: the standard output in one format, and files in others.
struct Outputs: Sendable {
  let format: OutputFormat
  let files: [(format: OutputFormat, path: String)]

  init(_ options: CheckOptions) throws(UsageError) {
    format = options.format ?? .text
    var files: [(format: OutputFormat, path: String)] = []
    for text in options.outputs {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw UsageError("`--output \(text)`: expected FORMAT=FILE") }
      guard let format = OutputFormat(rawValue: parts[0]) else {
        throw unknown("format", parts[0], among: OutputFormat.allCases.map { $0.rawValue })
      }
      files.append((format, parts[1]))
    }
    self.files = files
  }

  /// How many findings of one code are shown in full anywhere; nil: all.
  func shownPerRule(_ options: CheckOptions) -> Int? {
    let needsAll = ([format] + files.map { $0.format }).contains { $0.showsAllFixes }
    if needsAll || options.maximumPerRule == 0 { return nil }
    return ([format] + files.map { $0.format }).contains(.text) ? options.maximumPerRule : 0
  }

  func write(_ report: Report, options: CheckOptions, world: World) {
    world.write(.output, Self.rendered(report, format, Layout(options, world).layout))
    for file in files {
      let plain = TextLayout(
        style: Style(usesColor: options.color == .always), maximumPerRule: options.maximumPerRule,
        isQuiet: options.isQuiet)
      do { try world.replace(file.path, Self.rendered(report, file.format, plain)) } catch {
        world.complain("error", "\(file.path): \(error.message)")
      }
    }
  }

  static func rendered(_ report: Report, _ format: OutputFormat, _ layout: TextLayout) -> [UInt8] {
    switch format {
    case .text: Array(report.text(layout).utf8)
    case .concise: Array(report.concise(layout).utf8)
    case .json: report.json.written(.pretty) + [UInt8(ascii: "\n")]
    case .jsonl: report.jsonLines
    case .sarif: report.sarif.written(.pretty) + [UInt8(ascii: "\n")]
    case .junit: Array(report.junit.utf8)
    case .checkstyle: Array(report.checkstyle.utf8)
    case .github: Array(report.github.utf8)
    case .gitlab: report.gitlab.written(.pretty) + [UInt8(ascii: "\n")]
    case .rdjson: report.rdjson.written(.pretty) + [UInt8(ascii: "\n")]
    }
  }
}

/// The layout of text on the standard output.
struct Layout {
  let layout: TextLayout

  init(_ options: CheckOptions, _ world: World) {
    let isTerminal = world.isTerminal(.output)
    let style = Style(
      usesColor: usesColor(options.color, environment: world.environment, isTerminal: isTerminal))
    var width = options.width
    if width == nil, isTerminal { width = world.environment["COLUMNS"].flatMap(Int.init).map { max(20, $0) } ?? 80 }
    var layout = TextLayout(
      style: style, width: width, maximumPerRule: options.maximumPerRule, isQuiet: options.isQuiet)
    layout.showsStatistics = options.showsStatistics
    self.layout = layout
  }
}

/// `--color`, then NO_COLOR, then CLICOLOR_FORCE and FORCE_COLOR, then CLICOLOR=0, then TERM, then whether the stream
/// is a terminal.
package func usesColor(_ choice: CheckOptions.ColorChoice, environment: [String: String], isTerminal: Bool) -> Bool {
  switch choice {
  case .always: return true
  case .never: return false
  case .auto: break
  }
  if let value = environment["NO_COLOR"], !value.isEmpty { return false }
  for name in ["CLICOLOR_FORCE", "FORCE_COLOR"] {
    if let value = environment[name], !value.isEmpty, value != "0" { return true }
  }
  if environment["CLICOLOR"] == "0" { return false }
  guard let term = environment["TERM"], !term.isEmpty, term != "dumb" else { return false }
  return isTerminal
}
