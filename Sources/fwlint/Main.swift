import ArgumentParser
import Driver

/// Own entry: ArgumentParser's exit codes (64 for usage, 1 for others) would be mistaken for findings.
@main
enum Main {
  static func main() async {
    let code: Driver.ExitCode
    if CommandLine.arguments.dropFirst().elementsEqual(["--version"]) {
      // Scripts ask for it often: no need to build the parser of all commands for that.
      World.real().write(.output, Array((Version.current + "\n").utf8))
      FWLint.exit()
    }
    do {
      var command = try FWLint.parseAsRoot(arguments())
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      code = .clean
    } catch {
      code = mapped(error)
    }
    FWLint.exit(withError: ArgumentParser.ExitCode(code.rawValue))
  }

  /// `--fix` alone means `--fix=equivalent`: an option whose value may be left out, which ArgumentParser does not have.
  private static func arguments() -> [String] {
    let given = CommandLine.arguments.dropFirst()
    let end = given.firstIndex(of: "--") ?? given.endIndex
    return given[..<end].map { $0 == "--fix" ? "--fix=equivalent" : $0 } + given[end...]
  }

  private static func mapped(_ error: any Error) -> Driver.ExitCode {
    if let outcome = error as? Outcome { return outcome.code }
    let world = World.real()
    let text = FWLint.fullMessage(for: error)
    switch FWLint.exitCode(for: error) {
    case .success:
      world.write(.output, Array((text + "\n").utf8))
      return .clean
    case .validationFailure:
      world.write(.error, Array("fwlint: \(text.replacingPrefix("Error: ", with: "error: "))\n".utf8))
      return .usage
    default:
      world.write(
        .error, Array("fwlint: internal error: \(error)\nPlease report it with the input that caused it.\n".utf8))
      return .internalError
    }
  }
}

/// Carries a command's exit code out of `run`.
struct Outcome: Error {
  let code: Driver.ExitCode
}

extension String {
  fileprivate func replacingPrefix(_ prefix: String, with other: String) -> String {
    hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
  }
}

struct FWLint: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fwlint", abstract: "Lints, explains and repairs Linux packet-filter configurations.",
    version: Version.current,
    subcommands: [
      CheckCommandLine.self, LogsCommandLine.self, ExplainCommandLine.self, TraceCommandLine.self,
      QueryCommandLine.self, DiffCommandLine.self, TestCommandLine.self, FormatCommandLine.self, WhyCommandLine.self,
      ReportCommandLine.self, RulesCommandLine.self, CompletionsCommandLine.self,
    ], defaultSubcommand: CheckCommandLine.self)
}
