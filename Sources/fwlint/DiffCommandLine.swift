import ArgumentParser
import Driver

extension DiffCommand.Format: ExpressibleByArgument {}

struct DiffCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Say which packets fare otherwise under another rule set.",
    discussion: """
      OLD and NEW are files or directories, of any dialect each; --old and --new name several files of one host. Each
      change is a question of fwlint-query(7), with a packet, and the rules that decide before and after.
      Exit codes: 0, or 1 with --fail-on-change when a packet fares otherwise; 2 usage; 3 when the comparison is incomplete.
      """)
  @Argument(help: "The old and the new rule set.") var rulesets: [String] = []
  @Option(help: "A file of the old rule set (repeatable).") var old: [String] = []
  @Option(help: "A file of the new rule set (repeatable).") var new: [String] = []
  @Option(help: "text or json (schema fwlint-diff/1).") var format = DiffCommand.Format.text
  @Flag(help: "Show more than the twenty widest changes.") var all = false
  @Flag(help: "Exit code 1 when a packet fares otherwise.") var failOnChange = false
  @OptionGroup(title: "Input") var input: InputOptions
  @Option(help: "Configuration file.") var config: String?
  @Flag(help: "Read no configuration file.") var noConfig = false

  func validate() throws {
    let isNamed = !old.isEmpty && !new.isEmpty && rulesets.isEmpty
    guard isNamed || rulesets.count == 2 && old.isEmpty && new.isEmpty else {
      throw ValidationError("expected two rule sets, OLD and NEW, or --old and --new with the files of each")
    }
  }

  func run() async throws {
    var options = CheckOptions()
    input.write(into: &options)
    options.config = config
    options.ignoresConfig = noConfig
    var command = DiffCommand(
      old: old.isEmpty ? [rulesets[0]] : old, new: new.isEmpty ? [rulesets[1]] : new, options: options, world: .real())
    command.format = format
    command.showsAll = all
    command.failsOnChange = failOnChange
    throw Outcome(code: command.run())
  }
}
