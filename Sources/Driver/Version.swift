import Foundation

/// What the program says of itself.
package enum Version {
  package static let current = "0.1.0"

  static var coreCount: Int { ProcessInfo.processInfo.activeProcessorCount }

  static func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
