import FirewallModel

/// One input as found: its path as people should see it.
package struct InputPath: Hashable, Sendable {
  package var path: String
  /// Found in a directory rather than named: contents that are no rule set are passed over without a word.
  package var isFound: Bool
}

/// What is to be read, and what was wrong with the paths.
struct FoundInputs {
  var inputs: [InputPath] = []
  var problems: [InputProblem] = []
}

/// An input that could not be read or recognised.
struct InputProblem: Hashable, Sendable {
  var path: String
  var message: String
}

/// Finds the files to read under the paths given. Directories are searched to a depth of 32, in the order of names,
/// hidden folders and files left out; links to directories are not followed twice.
struct FileSearch {
  let world: World
  let exclude: [GlobPattern]
  private var seenDirectories: Set<String> = []
  private var seenFiles: Set<String> = []
  private(set) var found = FoundInputs()

  static let maximumFiles = 100_000
  private static let commands = [
    "check", "why", "logs", "explain", "trace", "query", "diff", "test", "format", "report", "rules", "completions",
    "help",
  ]

  init(world: World, exclude: [String]) {
    self.world = world
    self.exclude = exclude.map(GlobPattern.init)
  }

  mutating func add(_ path: String) {
    if path == "-" {
      if seenFiles.insert("-").inserted { found.inputs.append(InputPath(path: "-", isFound: false)) }
      return
    }
    switch world.kind(path) {
    case nil:
      // A misspelt command is taken for a path.
      let command = nearestName(to: path, in: Self.commands).map { "; did you mean the command `\($0)`?" } ?? ""
      found.problems.append(InputProblem(path: path, message: "no such file or directory" + command))
    case .file?: addFile(path, isFound: false)
    case .directory?: search(path, depth: 0)
    }
  }

  private mutating func addFile(_ path: String, isFound: Bool) {
    guard !(isFound && isExcluded(path)) else { return }
    guard seenFiles.insert(world.canonicalPath(path)).inserted else { return }
    found.inputs.append(InputPath(path: path, isFound: isFound))
  }

  private func isExcluded(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    var relative = path
    while relative.hasPrefix("./") { relative.removeFirst(2) }
    return exclude.contains { $0.matches(relative) || $0.matches(name) || $0.matches(path) }
  }

  private mutating func search(_ directory: String, depth: Int) {
    guard depth < 32, seenDirectories.insert(world.canonicalPath(directory)).inserted else { return }
    let names: [String]
    do { names = try world.list(directory).sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) } } catch {
      found.problems.append(InputProblem(path: directory, message: error.message))
      return
    }
    for name in names where !name.hasPrefix(".") && found.inputs.count < Self.maximumFiles {
      let path = directory == "." ? name : directory.hasSuffix("/") ? directory + name : directory + "/" + name
      guard !isExcluded(path) else { continue }
      switch world.kind(path) {
      case .directory?: search(path, depth: depth + 1)
      case .file?: addFile(path, isFound: true)
      case nil: break
      }
    }
  }
}
