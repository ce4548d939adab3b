import ArgumentParser
import Driver

struct CompletionsCommandLine: AsyncParsableCommand {
  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Print the completion script of a shell.",
    discussion: "For instance: fwlint completions bash > /etc/bash_completion.d/fwlint")
  @Argument(help: "bash, zsh or fish.") var shell: Shell

  func run() async throws {
    let script =
      switch shell {
      case .bash: FWLint.completionScript(for: .bash)
      case .zsh: FWLint.completionScript(for: .zsh)
      case .fish: FWLint.completionScript(for: .fish)
      }
    World.real().write(.output, Array((script + "\n").utf8))
    throw Outcome(code: .clean)
  }
}
