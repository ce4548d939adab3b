import CheckKit
import JSONText
import Reporting

/// `fwlint rules`: the catalogue.
package struct RulesCommand: Sendable {
  let asJSON: Bool
  let world: World

  package init(asJSON: Bool, world: World) {
    self.asJSON = asJSON
    self.world = world
  }

  package func run() -> ExitCode {
    let checks = RuleSelection.catalogue
    if asJSON {
      let rows: [JSONValue] = checks.map { check in
        [
          "code": .string(check.code), "name": .string(check.name), "level": .string(check.level.rawValue),
          "group": .string(check.group.rawValue), "summary": .string(check.summary),
        ]
      }
      let json: JSONValue = ["schema": "fwlint-rules/1", "rules": .array(rows)]
      world.print(json.text(.pretty) + "\n")
      return .clean
    }
    let width = checks.map { $0.name.count }.max() ?? 0
    var text = ""
    for check in checks {
      let code = check.code + String(repeating: " ", count: max(0, 11 - check.code.count))
      let level = check.level.rawValue + String(repeating: " ", count: max(0, 9 - check.level.rawValue.count))
      let name = check.name + String(repeating: " ", count: width - check.name.count + 2)
      text += code + level + name + check.summary + "\n"
    }
    world.print(text + "\(counted(checks.count, "check")). `fwlint explain CODE` has the page of each.\n")
    return .clean
  }
}
