import Foundation
import Testing

/// One file of `Fixtures/<CODE>/`: `bad_*` must report the code where it is marked, `ok_*` must not report it.
struct Fixture: Sendable, CustomTestStringConvertible {
  var code: String
  var name: String
  var text: String

  var testDescription: String { "\(code)/\(name)" }
  var isBad: Bool { name.hasPrefix("bad_") }

  /// All fixtures, sorted by code and name.
  static let all: [Fixture] = {
    guard let root = Bundle.module.resourceURL?.appending(path: "Fixtures") else { return [] }
    let manager = FileManager.default
    var result: [Fixture] = []
    for code in ((try? manager.contentsOfDirectory(atPath: root.path())) ?? []).sorted() {
      let folder = root.appending(path: code)
      for name in ((try? manager.contentsOfDirectory(atPath: folder.path())) ?? []).sorted() {
        guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8) else { continue }
        result.append(Fixture(code: code, name: name, text: text))
      }
    }
    return result
  }()
}
