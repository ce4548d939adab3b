import ArgumentParser
import Driver

extension QueryCommand.Format: ExpressibleByArgument {}

struct QueryCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Ask whether there is a packet that ...",
    discussion: """
      The last argument is the question, in quotes: 'any internet -> host tcp/22 is accepted', 'every lan -> internet
      tcp/443 is accepted'. See fwlint-query(7). Several rule sets are those of one host, registered in the order given.
      Exit codes: 0 yes, 1 no, 2 a bad question, 3 not decided.
      """)
  @Argument(help: "The rule sets (- is standard input), and the question.") var arguments: [String]
  @Option(help: "text or json (schema fwlint-query/1).") var format = QueryCommand.Format.text
  @OptionGroup(title: "Input") var input: InputOptions
  @Option(help: "Configuration file.") var config: String?
  @Flag(help: "Read no configuration file.") var noConfig = false

  func validate() throws {
    guard arguments.count >= 2 else {
      throw ValidationError(
        "expected rule sets and a question: fwlint query RULESET 'any internet -> host tcp/22 is accepted'")
    }
  }

  func run() async throws {
    var options = CheckOptions()
    input.write(into: &options)
    options.config = config
    options.ignoresConfig = noConfig
    var command = QueryCommand(
      rulesets: Array(arguments.dropLast()), question: arguments.last ?? "", options: options, world: .real())
    command.format = format
    throw Outcome(code: command.run())
  }
}
