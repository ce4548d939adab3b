import Lowering
import SourceText

/// Reads what an nft script includes. Looks beside the including file, then as nft does from the working directory, then
/// in the `-I` folders (for an absolute path: below them, and by its last name).
struct IncludeLoader {
  /// nft's own limit (MAX_INCLUDE_DEPTH).
  static let maximumDepth = 16
  static let maximumFiles = 10_000
  static let maximumBytes = 1 << 30

  let world: World
  let includePaths: [String]
  private(set) var sources: SourceMap
  private var parent: [SourceID: SourceID] = [:]
  private var canonical: [SourceID: String] = [:]
  private var byteCount = 0
  /// Canonical paths of all files included.
  private(set) var included: Set<String> = []

  init(world: World, includePaths: [String], root: SourceFile, sources: SourceMap) {
    self.init(world: world, includePaths: includePaths, sources: sources)
    enter(root)
  }

  /// Without a script yet; `add` gives them.
  init(world: World, includePaths: [String], sources: SourceMap) {
    self.world = world
    self.includePaths = includePaths
    self.sources = sources
  }

  /// Adds a script that is read by itself, not included.
  mutating func add(path: String, bytes: [UInt8]) -> SourceFile {
    let root = sources.add(path: path, bytes: bytes)
    enter(root)
    return root
  }

  /// The script that a file was included from, through however many others; the file itself when it was not included.
  func root(of id: SourceID) -> SourceID {
    var current = id
    while let next = parent[current] { current = next }
    return current
  }

  private mutating func enter(_ root: SourceFile) {
    canonical[root.id] = root.path == "-" ? "-" : world.canonicalPath(root.path)
  }

  mutating func answer(_ request: IncludeRequest) -> IncludeAnswer {
    var ancestors = [request.from.id]
    while let last = ancestors.last, let next = parent[last] { ancestors.append(next) }
    guard ancestors.count <= Self.maximumDepth else {
      return .failed("includes nested deeper than \(Self.maximumDepth) levels")
    }
    let paths: [String]
    if GlobPattern.hasWildcard(request.pattern) {
      var found: [String] = []
      for candidate in candidates(request) where found.isEmpty { found = expand(candidate) }
      paths = found
    } else {
      guard let path = candidates(request).first(where: { world.kind($0) != nil }) else {
        return .failed("no such file")
      }
      paths = world.kind(path) == .directory ? expand(path + "/*") : [path]
    }
    var files: [SourceFile] = []
    for path in paths where world.kind(path) == .file {
      let name = world.canonicalPath(path)
      if let loop = ancestors.first(where: { canonical[$0] == name }) {
        let chain = ancestors.prefix { $0 != loop }.reversed().compactMap { sources[$0]?.path }
        let way = ([sources[loop]?.path ?? path] + chain + [path]).joined(separator: " -> ")
        return .failed("include loop: \(way)")
      }
      guard sources.files.count < Self.maximumFiles else {
        return .failed("more than \(Self.maximumFiles) files are included")
      }
      let bytes: [UInt8]
      do { bytes = try world.read(path, Loading.maximumFileSize) } catch { return .failed(error.message) }
      byteCount += bytes.count
      guard byteCount <= Self.maximumBytes else {
        return .failed("more than \(Self.maximumBytes >> 20) MiB are included")
      }
      let file = sources.add(path: path, bytes: bytes)
      parent[file.id] = request.from.id
      canonical[file.id] = name
      included.insert(name)
      files.append(file)
    }
    return .files(files)
  }

  private func candidates(_ request: IncludeRequest) -> [String] {
    let pattern = request.pattern
    guard !pattern.hasPrefix("/") else {
      let last = pattern.split(separator: "/").last.map(String.init) ?? pattern
      return [pattern] + includePaths.flatMap { [joined($0, String(pattern.dropFirst())), joined($0, last)] }
    }
    let folder = request.from.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let beside = folder.isEmpty ? pattern : joined(folder.joined(separator: "/"), pattern)
    return [beside, pattern] + includePaths.map { joined($0, pattern) }
  }

  private func joined(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  /// The files that a pattern names, in the order of their names, as glob(3) sorts them in the C locale.
  private func expand(_ pattern: String) -> [String] {
    var found = [pattern.hasPrefix("/") ? "/" : ""]
    for part in pattern.split(separator: "/") {
      let part = String(part)
      var next: [String] = []
      for folder in found {
        let prefix = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
        guard GlobPattern.hasWildcard(part) else {
          if world.kind(prefix + part) != nil { next.append(prefix + part) }
          continue
        }
        let glob = GlobPattern(part)
        let names = (try? world.list(folder.isEmpty ? "." : folder)) ?? []
        for name in names.sorted(by: { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
        where glob.matches(name) && (!name.hasPrefix(".") || part.hasPrefix(".")) {
          next.append(prefix + name)
        }
      }
      found = next
    }
    return found
  }
}
