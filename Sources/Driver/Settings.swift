import CheckKit
import HostFacts
import PolicyFiles
import Reporting
import SourceText

/// What a run works by: the command line over the configuration file over the policies.
struct Settings: Sendable {
  var options: CheckOptions
  var selection: RuleSelection
  var host = HostFacts()
  /// Bytes of the sysctl file; each rule set reads it into its own source map.
  var sysctl: (path: String, bytes: [UInt8])?
  var configPath: String?

  static let maximumConfigSize = 4 << 20

  init(_ options: CheckOptions, world: World) throws(UsageError) {
    self.options = options
    var configuration: Configuration?
    if let found = try Self.configPath(options, world) {
      let bytes = try Self.read(found, world)
      switch Configuration.read(bytes, path: found, catalogue: RuleSelection.catalogue) {
      case .failure(let problems): throw UsageError(lines: problems.text)
      case .success(let read): configuration = read
      }
      configPath = found
    }
    if self.options.format == nil, let name = world.environment["FWLINT_FORMAT"], !name.isEmpty {
      guard let format = OutputFormat(rawValue: name) else {
        throw unknown("format in FWLINT_FORMAT", name, among: OutputFormat.allCases.map { $0.rawValue })
      }
      self.options.format = format
    }
    let folder = configPath.map(Self.folder) ?? ""
    if let configuration { Self.merge(configuration, folder: folder, into: &self.options) }
    let packs = try Self.packs(
      options.policies.isEmpty ? configuration?.policies ?? [] : options.policies, folder, world)
    selection = try RuleSelection(self.options, configuration: configuration, folder: folder, packs: packs)
    try readHost(configuration, folder: folder, world)
  }

  private static func read(_ path: String, _ world: World) throws(UsageError) -> [UInt8] {
    do { return try world.read(path, maximumConfigSize) } catch { throw UsageError("\(path): \(error.message)") }
  }

  private static func folder(_ path: String) -> String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return parts.isEmpty ? "" : parts.joined(separator: "/") + "/"
  }

  private static func beside(_ folder: String, _ path: String) -> String { path.hasPrefix("/") ? path : folder + path }

  /// `--config`, FWLINT_CONFIG, or the nearest file walking up from the working directory to the one with `.git`.
  private static func configPath(_ options: CheckOptions, _ world: World) throws(UsageError) -> String? {
    if options.ignoresConfig { return nil }
    var found = options.config ?? world.environment["FWLINT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    if found == nil {
      var prefix = ""
      let depth = world.canonicalPath(".").split(separator: "/").count
      search: for _ in 0...min(depth, 64) {
        for name in Configuration.fileNames where world.kind(prefix + name) == .file {
          found = prefix + name
          break search
        }
        if world.kind(prefix + ".git") != nil { break }
        prefix += "../"
      }
    }
    if let found, let reason = world.distrust(found) { throw UsageError("\(found): \(reason)") }
    return found
  }

  /// The command line wins over what the file says.
  private static func merge(_ configuration: Configuration, folder: String, into options: inout CheckOptions) {
    let input = configuration.input
    options.includePaths += input.includePaths.map { beside(folder, $0) }
    options.exclude += input.exclude
    options.defines = input.defines.map { "\($0.name)=\($0.value)" } + options.defines
    if options.minimumConfidence == nil { options.minimumConfidence = configuration.minimumConfidence?.rawValue }
    if options.failOn == nil, let failOn = configuration.failOn {
      switch failOn {
      case .never: options.failOn = "never"
      case .level(let level): options.failOn = level.rawValue
      }
    }
  }

  private static func packs(_ names: [String], _ folder: String, _ world: World) throws(UsageError) -> [PolicyPack] {
    var packs: [PolicyPack] = []
    for name in names {
      guard let file = find(name, folder, world) else {
        throw unknown("policy", name, among: ShippedPolicies.all.map { $0.name })
      }
      let result = PolicyPack.read(file.bytes, path: file.path, catalogue: RuleSelection.catalogue) { base in
        find(base, Self.folder(file.path), world)
      }
      switch result {
      case .failure(let problems): throw UsageError(lines: problems.text)
      case .success(let pack): packs.append(pack)
      }
    }
    return packs
  }

  /// A pack by path, or by the name of one that is shipped.
  private static func find(_ name: String, _ folder: String, _ world: World) -> (bytes: [UInt8], path: String)? {
    var paths = [name]
    if name.hasSuffix(".yml") || name.hasSuffix(".yaml") {
      paths.insert(beside(folder, name), at: 0)
    } else if !name.contains("/") {
      paths = world.policyFolders.map { "\($0)/\(name).yml" }
    }
    for path in paths where world.kind(path) == .file {
      if let bytes = try? world.read(path, maximumConfigSize) { return (bytes, path) }
    }
    // The program carries its own packs, so that it finds them wherever it is installed.
    return ShippedPolicies.bytes(name).map { ($0, "\(name).yml") }
  }

  private mutating func readHost(_ configuration: Configuration?, folder: String, _ world: World) throws(UsageError) {
    var file = configuration?.host
    var hostFolder = folder
    if let path = options.host {
      switch HostFile.read(try Self.read(path, world), path: path) {
      case .failure(let problems): throw UsageError(lines: problems.text)
      case .success(let read): file = read
      }
      hostFolder = Self.folder(path)
    }
    if let file { host = file.facts }
    guard let path = options.sysctl ?? file?.sysctl.map({ Self.beside(hostFolder, $0) }) else { return }
    sysctl = (path, try Self.read(path, world))
  }

  /// The host facts of one rule set: sysctls with places in its own source map.
  func host(for sources: inout SourceMap) -> HostFacts {
    guard let sysctl else { return host }
    var host = host
    host.sysctls = Sysctls.read(sources.add(path: sysctl.path, bytes: sysctl.bytes)).sysctls
    return host
  }
}

extension UsageError {
  /// Several lines, with excerpts, already safe to show.
  init(lines: String) {
    self.init(lines)
    isFormatted = true
  }
}
