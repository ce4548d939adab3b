import ArgumentParser
import Driver

struct RulesCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "rules", abstract: "List all checks.")
  @Flag(help: "JSON (schema fwlint-rules/1).") var json = false

  func run() async throws { throw Outcome(code: RulesCommand(asJSON: json, world: .real()).run()) }
}

struct ExplainCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Explain a check or what a packet's fields mean.",
    discussion: """
      fwlint explain ICMP001 | port 113[/tcp] | source-port 53 | icmp 3/4 | icmpv6 135 | address 169.254.1.1 | ttl 112
      | ip-id | rpc 100232 | url PATH | log 'LINE'
      """)
  @Argument(parsing: .remaining, help: "A code, or a subject and its value.") var words: [String]

  func run() async throws { throw Outcome(code: ExplainCommand(words, world: .real()).run()) }
}

extension LogsCommand.Format: ExpressibleByArgument {}

struct LogsCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Explain reject and drop logs.",
    discussion: """
      Reads netfilter LOG lines in syslog, kern.log, dmesg, journald, logread and ulogd form, compressed or not, and the
      lines of name, web, mail and RPC servers. Rotated sets are read in the order of time. Without files: standard input.
      """)
  @Argument(help: "Log files; - is standard input.") var logs: [String] = []
  @Option(help: "The rule set that wrote the logs: names the rule behind each symptom.") var ruleset: String?
  @Option(help: "text or json (schema fwlint-logs/1).") var format = LogsCommand.Format.text
  @Flag(help: "Print each line as a JSON object with all its fields instead.") var events = false
  @Option(help: "NAME=COUNT or NAME=COUNT/SECONDS: from how many lines on a symptom is reported (repeatable).")
  var threshold: [String] = []
  @Option(help: "Concurrent tasks.") var jobs: Int?
  @OptionGroup(title: "Input") var input: InputOptions
  @Option(help: "Colour.") var color = CheckOptions.ColorChoice.auto
  @Option(help: "Configuration file.") var config: String?
  @Flag(help: "Read no configuration file.") var noConfig = false

  func run() async throws {
    var options = CheckOptions()
    input.write(into: &options)
    options.jobs = jobs
    options.color = color
    options.config = config
    options.ignoresConfig = noConfig
    var command = LogsCommand(logs: logs + options.logs, options: options, world: .real())
    command.ruleset = ruleset
    command.format = format
    command.printsEvents = events
    command.thresholds = threshold
    throw Outcome(code: await command.run())
  }
}
