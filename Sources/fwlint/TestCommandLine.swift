import ArgumentParser
import Driver

extension TestCommand.Format: ExpressibleByArgument {}

struct TestCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Test a rule set against assertions.",
    discussion: """
      The last argument is a YAML file with questions under `must` and `must-not`; see fwlint-test(5). Several rule sets
      are those of one host, registered in the order given.
      Exit codes: 0 all passed, 1 some failed, 2 a bad file, 3 some rules are not understood.
      """)
  @Argument(help: "The rule sets (- is standard input), and the file of assertions.") var arguments: [String]
  @Option(help: "text, json (schema fwlint-test/1) or junit.") var format = TestCommand.Format.text
  @Flag(help: "Assertions that are not decided pass.") var allowMay = false
  @OptionGroup(title: "Input") var input: InputOptions
  @Option(help: "Configuration file.") var config: String?
  @Flag(help: "Read no configuration file.") var noConfig = false

  func validate() throws {
    guard arguments.count >= 2 else {
      throw ValidationError("expected rule sets and a file of assertions: fwlint test RULESET EXPECT.yml")
    }
  }

  func run() async throws {
    var options = CheckOptions()
    input.write(into: &options)
    options.config = config
    options.ignoresConfig = noConfig
    var command = TestCommand(
      rulesets: Array(arguments.dropLast()), expectations: arguments.last ?? "", options: options, world: .real())
    command.format = format
    command.allowsMay = allowMay
    throw Outcome(code: command.run())
  }
}
