import Foundation
import JSONText
import TestSupport
import Testing

/// The shipped examples show what `examples/README.md` says of them.
@Suite struct ExampleRuns {
  struct Example: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    /// Codes that must be among the findings; none: there must be no finding at all.
    var codes: Set<String>
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ arguments: String, _ codes: Set<String>) {
      self.arguments = arguments.split(separator: " ").map(String.init)
      self.codes = codes
    }
  }

  @Test(arguments: [
    Example("mail-slow.rules", ["REJ001"]), Example("gateway-stalls.nft", ["ICMP001"]),
    Example("web-no-neighbours.nft", ["IP6001"]), Example("dns-trusts-port-53.rules", ["SRC001"]),
    Example("source-routed.rules --sysctl source-routed.sysctl", ["OPT002"]),
    Example("host.v4.rules host.v6.rules", ["STATE001"]), Example("log-floods-disk.nft", ["HYG002"]),
    Example("docker-host.rules", ["EXPOSE004"]),
    Example("office-amplifier.rules --host office-amplifier.host.yml", ["BCAST001"]),
    Example("old-mail-relay.rules", ["ICMP001", "ICMP009", "REJ001", "SRC001", "SRC008", "SRC010"]),
    Example("home-router.nft", []), Example("clean-server.nft", []),
  ]) func `an example is reported as its README says`(_ example: Example) throws {
    let folder = Corpora.packageRoot.appending(path: "examples")
    let arguments = example.arguments.map { $0.hasPrefix("-") ? $0 : folder.appending(path: $0).path() }
    let run = try Program.run(["check", "--no-config", "--format", "json"] + arguments)
    let codes = Set(run.output.matches(of: /"code":\s*"([A-Z0-9]+)"/).map { String($0.1) })
    if example.codes.isEmpty {
      #expect(run.status == 0 && codes.isEmpty, "\(codes.sorted()) \(run.error)")
    } else {
      #expect(codes.isSuperset(of: example.codes), "\(codes.sorted()) \(run.error)")
      #expect(run.status == 1)
    }
  }

  @Test(arguments: [
    ("mail-slow", "rules", "ident-dropped"), ("gateway-stalls", "nft", "pmtu-blackhole-v4"),
    ("gateway-stalls", "nft", "pmtu-blackhole-v6"), ("web-no-neighbours", "nft", "nd-dropped"),
  ]) func `an example log shows its symptom`(_ name: String, _ ending: String, _ symptom: String) throws {
    let folder = Corpora.packageRoot.appending(path: "examples")
    let run = try Program.run([
      "logs", "--no-config", folder.appending(path: "\(name).log").path(), "--ruleset",
      folder.appending(path: "\(name).\(ending)").path(),
    ])
    #expect(run.output.contains(symptom), "\(run.output)\(run.error)")
  }
}
