import ArgumentParser
import Driver

@main
struct FWLint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fwlint", abstract: "Lints, explains and repairs Linux packet-filter configurations.")
}
