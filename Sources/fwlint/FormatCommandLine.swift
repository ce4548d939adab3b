import ArgumentParser
import Driver

struct FormatCommandLine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "format", abstract: "Print a rule set in its canonical form, without loading it.",
    discussion: """
      An nftables script becomes what `nft list ruleset` would print after loading it: variables and includes resolved,
      commands carried out, values by their standard names, sets merged and sorted. JSON becomes what
      `nft -j list ruleset` prints. Needs no privileges and changes no file.
      """)

  @Argument(help: "The rule set; - is standard input.") var ruleset: String
  @Flag(name: [.customShort("n"), .long], help: "Numbers instead of names, as nft -n does.") var numeric = false
  @Flag(name: [.customShort("s"), .long], help: "Without the counts of counters and quotas, as nft -s does.")
  var stateless = false
  @Flag(help: "Print JSON, whatever the input is.") var json = false
  @Flag(help: "Print nft text, whatever the input is.") var nft = false
  @OptionGroup(title: "Input") var input: InputOptions

  func validate() throws {
    if json, nft { throw ValidationError("--json and --nft exclude each other") }
  }

  func run() throws {
    var options = CheckOptions()
    input.write(into: &options)
    var command = FormatCommand(path: ruleset, options: options, world: .real())
    command.form = json ? .json : nft ? .nft : .same
    command.isNumeric = numeric
    command.isStateless = stateless
    throw Outcome(code: command.run())
  }
}
