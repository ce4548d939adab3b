import ArgumentParser
import Driver

struct ReportCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write rules and logs of a host as one HTML page.",
    discussion: """
      The page holds the causes of slow connections, a timeline of the log, a map of ports by source, the symptoms with
      the rule behind each, and the findings of the linter. It needs no network and no other file.
      """)
  @Argument(help: "Log files; - is standard input.") var logs: [String] = []
  @Option(parsing: .upToNextOption, help: "Files with the rules of the host.") var ruleset: [String] = []
  @Option(help: "File to write; without it the page goes to standard output.") var html: String?
  @OptionGroup(title: "Input") var input: InputOptions
  @Option(help: "Configuration file.") var config: String?
  @Flag(help: "Read no configuration file.") var noConfig = false
  @Option(help: "Concurrent tasks.") var jobs: Int?

  func run() async throws {
    var options = CheckOptions()
    input.write(into: &options)
    options.logs = logs + options.logs
    options.config = config
    options.ignoresConfig = noConfig
    options.jobs = jobs
    var command = ReportCommand(options: options, world: .real())
    command.rulesets = ruleset
    command.html = html
    throw Outcome(code: await command.run())
  }
}
