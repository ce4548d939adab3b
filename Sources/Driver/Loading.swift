import FirewallModel
import HostFacts
import Lowering
import Reporting
import SourceText

/// From paths to rule sets in the model.
enum Loading {
  /// The largest single file that is read.
  static let maximumFileSize = 512 << 20

  /// One input with the bytes it holds.
  struct Read: Sendable {
    var input: InputPath
    var bytes: [UInt8]
    var recognized: Recognized
  }

  /// Reads one input and tells what it is; nil where a found file holds no rule set.
  static func read(_ input: InputPath, options: CheckOptions, world: World) -> Result<Read?, InputProblemError> {
    let bytes: [UInt8]
    do {
      bytes =
        input.path == "-"
        ? try world.readStandardInput(maximumFileSize) : try world.read(input.path, maximumFileSize)
    } catch { return .failure(InputProblemError(InputProblem(path: input.path, message: error.message))) }
    let name = input.path == "-" ? options.standardInputName ?? "-" : input.path
    var recognized = recognize(bytes, path: name)
    if let dialect = options.dialect, recognized != .ipsetSave {
      if recognized != .binary, !input.isFound || recognized != .unknown { recognized = .ruleset(dialect) }
    }
    switch recognized {
    case .binary where !input.isFound || hasRulesetName(input.path):
      return .failure(InputProblemError(InputProblem(path: input.path, message: "binary file, not a rule set")))
    case .unknown where !input.isFound:
      let message =
        bytes.isEmpty
        ? "empty file" : "not recognised as an nftables or iptables-save rule set; name the dialect with --dialect"
      return .failure(InputProblemError(InputProblem(path: input.path, message: message)))
    case .binary, .unknown: return .success(nil)
    case .ruleset, .ipsetSave: return .success(Read(input: input, bytes: bytes, recognized: recognized))
    }
  }

  struct InputProblemError: Error {
    var problem: InputProblem
    init(_ problem: InputProblem) { self.problem = problem }
  }

  /// Lowers one rule set with all that it includes.
  static func lower(
    _ read: Read, dialect: Dialect, ipsets: [Read], settings: Settings, world: World
  ) -> LoadedUnit {
    let path = read.input.path == "-" ? settings.options.standardInputName ?? "-" : read.input.path
    var unit = LoadedUnit(
      path: path, dialect: dialect, ipsets: ipsets, sources: SourceMap(),
      lowered: Lowered(ruleset: Ruleset(), dialect: dialect, problems: []), isFound: read.input.isFound)
    unit = relower(
      SourceFile(id: SourceID(0), path: path, bytes: read.bytes), like: unit, settings: settings, world: world)
    return unit
  }

  /// Lowers another text of a unit's file, with includes read again.
  static func relower(
    _ file: SourceFile, like unit: LoadedUnit, settings: Settings, world: World
  ) -> LoadedUnit {
    let options = settings.options
    var unit = unit
    var sources = SourceMap()
    let root = sources.add(path: file.path, bytes: file.bytes)
    switch unit.dialect {
    case .nftJSON:
      unit.lowered = Lowering.nftablesJSON(root)
      unit.sources = sources
    case .nft:
      var loader = IncludeLoader(world: world, includePaths: options.includePaths, root: root, sources: sources)
      unit.lowered = Lowering.nftables(root, options: nftablesOptions(settings)) { loader.answer($0) }
      unit.sources = loader.sources
      unit.included = loader.included
    case .iptablesSave, .ip6tablesSave:
      let sets = unit.ipsets.map { sources.add(path: $0.input.path, bytes: $0.bytes) }
      unit.lowered = Lowering.iptablesSave(root, dialect: unit.dialect, ipsets: sets)
      unit.sources = sources
    }
    unit.host = settings.host(for: &unit.sources)
    return unit
  }

  static func nftablesOptions(_ settings: Settings) -> NftablesOptions {
    var nftables = NftablesOptions()
    nftables.defines = settings.options.defines.compactMap { define in
      let parts = define.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return parts.count == 2 ? (name: String(parts[0]), value: String(parts[1])) : nil
    }
    return nftables
  }
}

/// One rule set as read: a file with what it includes.
struct LoadedUnit: Sendable {
  var path: String
  var dialect: Dialect
  var ipsets: [Loading.Read]
  var sources: SourceMap
  var lowered: Lowered
  /// Canonical paths of the files it includes.
  var included: Set<String> = []
  var isFound: Bool
  var host = HostFacts()
}
