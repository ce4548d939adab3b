import ArgumentParser
import Driver

extension WhyCommand.Format: ExpressibleByArgument {}

struct WhyCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Say why connections are slow, hang or are refused.",
    discussion: """
      Puts rules, logs and sysctls together: what is waited for and how long, which rule or policy does it, what to
      change; most damaging first. Without a log it predicts from the rules; without rules it tells what the log shows.
      Without anything it reads this host's sysctls and kernel log.
      Exit codes: 0 no cause found, 1 causes found, 2 usage, 3 some input unread or not understood.
      """)
  @Option(
    parsing: .upToNextOption,
    help: "Files with the rules of the host (nft, iptables-save, ip6tables-save); - is standard input.")
  var ruleset: [String] = []
  @Option(help: "text, json (schema fwlint-why/1) or diff (the fixes as a patch).") var format = WhyCommand.Format.text
  @OptionGroup(title: "Input") var input: InputOptions
  @Option(help: "Colour.") var color = CheckOptions.ColorChoice.auto
  @Option(help: "Columns to wrap text at.") var width: Int?
  @Option(help: "Configuration file.") var config: String?
  @Flag(help: "Read no configuration file.") var noConfig = false
  @Option(help: "Concurrent tasks.") var jobs: Int?

  func run() async throws {
    var options = CheckOptions()
    input.write(into: &options)
    options.color = color
    options.width = width
    options.config = config
    options.ignoresConfig = noConfig
    options.jobs = jobs
    var command = WhyCommand(options: options, world: .real())
    command.rulesets = ruleset
    command.format = format
    throw Outcome(code: await command.run())
  }
}
