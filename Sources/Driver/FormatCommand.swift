import FirewallModel
import JSONText
import Lowering
import SourceText

/// `fwlint format FILE`: prints a rule set in the canonical form of the tool that would load it.
package struct FormatCommand: Sendable {
  package enum Form: Sendable {
    /// As the input is.
    case same
    case nft
    case json
  }

  package var path: String
  package var form = Form.same
  /// Numbers instead of names, as `nft -n`.
  package var isNumeric = false
  /// Neither counts of counters nor quotas, as `nft -s`.
  package var isStateless = false
  package var options: CheckOptions
  let world: World

  package init(path: String, options: CheckOptions, world: World) {
    self.path = path
    self.options = options
    self.world = world
  }

  package func run() -> ExitCode {
    let read: Loading.Read
    switch Loading.read(InputPath(path: path, isFound: false), options: options, world: world) {
    case .failure(let error):
      world.complain("error", "\(error.problem.path): \(error.problem.message)")
      return .incomplete
    case .success(let found):
      guard let found else { return .noInput }
      read = found
    }
    guard case .ruleset(let dialect) = read.recognized else {
      world.complain("error", "\(path): not a rule set")
      return .usage
    }
    let name = path == "-" ? options.standardInputName ?? "-" : path
    let file = SourceFile(id: SourceID(0), path: name, bytes: read.bytes)
    switch dialect {
    case .nft, .nftJSON: return nftables(file, dialect)
    case .iptablesSave, .ip6tablesSave: return iptables(file, dialect)
    }
  }

  // MARK: nftables

  private func nftables(_ file: SourceFile, _ dialect: Dialect) -> ExitCode {
    var style = isNumeric ? ListingStyle.numeric : ListingStyle()
    style.isStateless = isStateless
    var sources = SourceMap()
    let root = sources.add(path: file.path, bytes: file.bytes)
    let listing: RulesetListing
    let problems: [Problem]
    if dialect == .nftJSON {
      listing = Lowering.listing(json: root, style: style)
      problems = Lowering.nftablesJSON(root).problems
    } else {
      var nftables = NftablesOptions()
      nftables.defines = options.defines.compactMap { define in
        let parts = define.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? (name: String(parts[0]), value: String(parts[1])) : nil
      }
      var loader = IncludeLoader(world: world, includePaths: options.includePaths, root: root, sources: sources)
      problems = Lowering.nftables(root, options: nftables) { loader.answer($0) }.problems
      sources = loader.sources
      // The second reading meets the same includes; its files are not shown.
      var again = IncludeLoader(world: world, includePaths: options.includePaths, root: root, sources: sources)
      listing = Lowering.listing(root, style: style, options: nftables) { again.answer($0) }
    }
    for problem in problems { complain(problem.message, at: problem.range, in: sources) }
    guard problems.isEmpty else { return .incomplete }
    let asJSON = form == .json || form == .same && dialect == .nftJSON
    if asJSON, !listing.unlisted.isEmpty {
      // JSON has no place for text as it was written.
      for range in listing.unlisted { complain("this has no canonical form here", at: range, in: sources) }
      return .incomplete
    }
    world.print(asJSON ? listing.json.text(.compact) + "\n" : listing.text)
    for range in listing.unlisted { complain("printed as it was written", at: range, in: sources) }
    return listing.unlisted.isEmpty ? .clean : .incomplete
  }

  private func complain(_ message: String, at range: SourceRange, in sources: SourceMap) {
    guard let file = sources[range.file] else { return world.complain("error", message) }
    let place = file.position(of: range.lower)
    world.complain("error", "\(file.path):\(place.line):\(place.column): \(message)")
  }

  // MARK: iptables

  private func iptables(_ file: SourceFile, _ dialect: Dialect) -> ExitCode {
    guard form == .same else {
      world.complain("error", "\(file.path): an iptables dump is only printed as iptables-save prints it")
      return .usage
    }
    guard let text = IptablesFormat.text(file, dialect) else {
      world.complain("error", "\(file.path): the iptables-save form is not written by this release")
      return .incomplete
    }
    world.print(text)
    return .clean
  }
}

/// The canonical form of iptables-save dumps.
enum IptablesFormat {
  /// nil where the form cannot be written.
  static func text(_ file: SourceFile, _ dialect: Dialect) -> String? { nil }
}
