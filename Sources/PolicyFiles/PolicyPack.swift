package import CheckKit

/// A YAML file in `Policies/` or a user's own: which checks run, and at which level.
package struct PolicyPack: Sendable {
  package var name: String
  package var title: String
  /// Codes in the order of the file; nil level: the check's own.
  package var checks: [(code: String, level: Level?)]

  package init(name: String, title: String, checks: [(code: String, level: Level?)]) {
    self.name = name
    self.title = title
    self.checks = checks
  }
}
