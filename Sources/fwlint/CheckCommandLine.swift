import ArgumentParser
import Driver
import FirewallModel
import Reporting

struct CheckCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Lint rule sets (the default subcommand).",
    discussion: """
      Reads nftables scripts, `nft list ruleset` output, iptables-save and ip6tables-save dumps. Needs no privileges.
      Exit codes: 0 clean, 1 findings, 2 usage, 3 some input unread or not understood, 4 internal error, 5 no input.
      """)

  @Argument(help: "Files and directories; - is standard input. Without any: the working directory.")
  var paths: [String] = []

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Checks") var checks: CheckSelectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Fixes") var fixes: FixOptions

  @Option(help: "Configuration file.") var config: String?
  @Flag(help: "Read no configuration file.") var noConfig = false
  @Option(help: "Policy pack to check against, by name or file (repeatable).") var policy: [String] = []
  @Option(help: "Concurrent tasks.") var jobs: Int?

  func run() async throws {
    var options = CheckOptions()
    options.paths = paths
    input.write(into: &options)
    checks.write(into: &options)
    output.write(into: &options)
    fixes.write(into: &options)
    options.config = config
    options.ignoresConfig = noConfig
    options.policies = policy
    options.jobs = jobs
    throw Outcome(code: await CheckCommand(options, world: .real()).run())
  }
}

struct InputOptions: ParsableArguments {
  enum DialectName: String, ExpressibleByArgument, CaseIterable {
    case auto, nft
    case nftJSON = "nft-json"
    case iptablesSave = "iptables-save"
    case ip6tablesSave = "ip6tables-save"
  }

  @Option(help: "The language of the input.") var dialect = DialectName.auto
  @Option(help: "The name that findings in standard input get.") var stdinFilename: String?
  @Option(name: [.customShort("I"), .long], help: "Folder to look for nft includes in (repeatable).")
  var includePath: [String] = []
  @Option(name: [.customShort("D"), .long], help: "nft variable, NAME=VALUE (repeatable).") var define: [String] = []
  @Option(help: "Log of the same host to cross-check (repeatable).") var log: [String] = []
  @Option(help: "Facts about the host: role, interfaces, admin networks (YAML).") var host: String?
  @Option(help: "Output of `sysctl -a`, or a sysctl.conf.") var sysctl: String?
  @Option(help: "Pattern of files to leave out of directory searches (repeatable).") var exclude: [String] = []
  @Flag(help: "No input is no error.") var allowEmpty = false
  @Flag(help: "Statements that are not understood are no error.") var allowUnknown = false

  func write(into options: inout CheckOptions) {
    options.dialect = Dialect(rawValue: dialect.rawValue)
    options.standardInputName = stdinFilename
    options.includePaths = includePath
    options.defines = define
    options.logs = log
    options.host = host
    options.sysctl = sysctl
    options.exclude = exclude
    options.allowsEmpty = allowEmpty
    options.allowsUnknown = allowUnknown
  }
}

struct CheckSelectionOptions: ParsableArguments {
  @Option(help: "Run these only: codes, names, prefixes or groups, comma-separated (repeatable).")
  var select: [String] = []
  @Option(help: "Run these too.") var extendSelect: [String] = []
  @Option(help: "Do not run these.") var ignore: [String] = []
  @Option(help: "CODE=error|warning|note|off (repeatable).") var level: [String] = []
  @Option(help: "Show findings that are at least this sure: proved, likely or hint.") var minConfidence: String?
  @Option(help: "Level from which findings give exit code 1: error, warning, note or never.") var failOn: String?
  @Flag(help: "Show findings in spite of suppressions in the files.") var noInlineIgnores = false

  func write(into options: inout CheckOptions) {
    options.select = select.isEmpty ? nil : select
    options.extendSelect = extendSelect
    options.ignore = ignore
    options.levels = level
    options.minimumConfidence = minConfidence
    options.failOn = failOn
    options.ignoresInlineSuppressions = noInlineIgnores
  }
}

extension OutputFormat: ExpressibleByArgument {}
extension CheckOptions.ColorChoice: ExpressibleByArgument {}

struct OutputOptions: ParsableArguments {
  @Option(help: "Format of the standard output.") var format: OutputFormat?
  @Option(help: "FORMAT=FILE: write a file too (repeatable).") var output: [String] = []
  @Option(help: "Colour.") var color = CheckOptions.ColorChoice.auto
  @Option(help: "Columns to wrap text at.") var width: Int?
  @Option(help: "Findings of one code that text shows; 0: all.") var maxPerRule = 5
  @Flag(help: "No summary when there is nothing to say.") var quiet = false
  @Flag(help: "Counts for each check.") var stats = false

  func write(into options: inout CheckOptions) {
    options.format = format
    options.outputs = output
    options.color = color
    options.width = width
    options.maximumPerRule = maxPerRule
    options.isQuiet = quiet
    options.showsStatistics = stats
  }
}

struct FixOptions: ParsableArguments {
  @Option(
    help: "Write fixes: --fix, or --fix=CLASS of equivalent (the default), response, narrow, widen, change or all.")
  var fix: String?
  @Flag(help: "Print what fixes would change as a unified diff; write nothing.") var diff = false
  @Option(help: "Only fixes of this code (repeatable).") var onlyFix: [String] = []
  @Flag(help: "Fix even where that cuts the way of the admin networks.") var allowLockout = false

  func write(into options: inout CheckOptions) {
    options.fix = fix
    options.showsDiff = diff
    options.onlyFix = onlyFix
    options.allowsLockout = allowLockout
  }
}
