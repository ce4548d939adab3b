import FirewallModel
import HostFacts
import Lowering
import Reporting
import SourceText

/// Several files that together are one host's rule set: nft scripts beside iptables dumps, IPv4 beside IPv6.
struct HostRuleset: Sendable {
  /// The paths as given, joined with ` + `.
  var path: String
  var sources: SourceMap
  /// Its dialect is the first file's; each table knows its own.
  var lowered: Lowered
  var host: HostFacts

  var reported: Report.Unit {
    Report.Unit(
      path: path, dialect: lowered.dialect, isLoadable: lowered.isLoadable, sources: sources, ruleset: lowered.ruleset)
  }

  /// Something was not understood, so that what is said of packets may be incomplete.
  var hasGap: Bool {
    lowered.problems.contains(where: LoadChecks.leavesGap) || !lowered.ruleset.coverage.notUnderstood.isEmpty
  }
}

extension HostRuleset {
  /// Reads the files as registered in the order given. Files of a directory come in the order of their names.
  /// `nil` when something could not be read; the problems say what.
  static func load(
    _ paths: [String], settings: Settings, world: World
  ) -> (ruleset: HostRuleset?, problems: [InputProblem]) {
    let options = settings.options
    var search = FileSearch(world: world, exclude: options.exclude)
    for path in paths { search.add(path) }
    var problems = search.found.problems
    var reads: [Loading.Read] = []
    for input in search.found.inputs {
      switch Loading.read(input, options: options, world: world) {
      case .failure(let error): problems.append(error.problem)
      case .success(let read?): reads.append(read)
      case .success(nil): break
      }
    }
    guard problems.isEmpty, reads.contains(where: { $0.recognized.dialect != nil }) else { return (nil, problems) }
    return (assemble(reads, settings: settings, world: world), [])
  }

  private static func assemble(_ reads: [Loading.Read], settings: Settings, world: World) -> HostRuleset {
    var loader = IncludeLoader(world: world, includePaths: settings.options.includePaths, sources: SourceMap())
    var places: [SourceID: Int] = [:]
    var ipsets: [SourceFile] = []
    var given: [(dialect: Dialect, file: SourceFile)] = []
    for read in reads {
      let path = read.input.path == "-" ? settings.options.standardInputName ?? "-" : read.input.path
      let file = loader.add(path: path, bytes: read.bytes)
      if let dialect = read.recognized.dialect {
        places[file.id] = given.count
        given.append((dialect, file))
      } else {
        ipsets.append(file)
      }
    }
    var parts: [Lowered] = []
    let scripts = given.filter { $0.dialect == .nft }.map(\.file)
    if !scripts.isEmpty {
      parts.append(Lowering.nftables(scripts, options: Loading.nftablesOptions(settings)) { loader.answer($0) })
    }
    for (dialect, file) in given where dialect == .nftJSON { parts.append(Lowering.nftablesJSON(file)) }
    for (dialect, file) in given where dialect.isIptables {
      parts.append(Lowering.iptablesSave(file, dialect: dialect, ipsets: ipsets))
    }
    var lowered = Lowering.combined(parts) { places[loader.root(of: $0)] ?? 0 }
    if let first = given.first { lowered.dialect = first.dialect }
    var sources = loader.sources
    let host = settings.host(for: &sources)
    return HostRuleset(
      path: given.map(\.file.path).joined(separator: " + "), sources: sources, lowered: lowered, host: host)
  }
}

extension Recognized {
  fileprivate var dialect: Dialect? {
    if case .ruleset(let dialect) = self { return dialect }
    return nil
  }
}
