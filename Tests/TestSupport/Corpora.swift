package import Foundation

/// Rule sets and logs of other projects that some tests read in place when they are there: the folder named by
/// FWLINT_CORPORA, else `../shared/corpora` beside the package. Tests that need it are skipped, with this text, when it
/// is not there.
package enum Corpora {
  package static let absent: String = "no corpora: set FWLINT_CORPORA to the folder that holds manifest.tsv"

  /// The folder of the package.
  package static var packageRoot: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }

  package static var root: URL? {
    let named = ProcessInfo.processInfo.environment["FWLINT_CORPORA"].map { URL(filePath: $0) }
    let candidate = named ?? packageRoot.deletingLastPathComponent().appending(path: "shared/corpora")
    let manifest = candidate.appending(path: "manifest.tsv")
    return FileManager.default.fileExists(atPath: manifest.path()) ? candidate : nil
  }

  /// FWLINT_FULL=1: longer runs of the same comparisons.
  package static var isFull: Bool { ProcessInfo.processInfo.environment["FWLINT_FULL"] == "1" }

  package static var isPresent: Bool { root != nil }
}
