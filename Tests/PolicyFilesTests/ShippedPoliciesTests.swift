import BuiltinChecks
import CheckKit
import Foundation
import PolicyFiles
import TestSupport
import Testing

@Suite struct ShippedPoliciesTests {
  private static let catalogue: [CheckMetadata] = allChecks.map { $0.metadata }

  private static var files: [String] {
    let folder = Corpora.packageRoot.appending(path: "Policies").path()
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  @Test func `every file of the folder is built in, byte for byte`() throws {
    #expect(Self.files == ShippedPolicies.all.map { "\($0.name).yml" })
    for pack in ShippedPolicies.all {
      let file = Corpora.packageRoot.appending(path: "Policies/\(pack.name).yml")
      #expect(try String(contentsOf: file, encoding: .utf8) == pack.text, "\(pack.name)")
    }
  }

  @Test(arguments: ShippedPolicies.all.map { $0.name }) func `a shipped pack reads with the program's own checks`(
    _ name: String
  ) throws {
    let bytes = try #require(ShippedPolicies.bytes(name))
    let pack = try PolicyPack.read(bytes, path: "Policies/\(name).yml", catalogue: Self.catalogue) { _ in nil }.get()
    #expect(pack.name == name && !pack.title.isEmpty && !pack.checks.isEmpty)
  }

  /// The rule-set checks of the FAQ that a program without these would not deserve the pack's name for.
  @Test func `the FAQ pack holds what the FAQ insists on`() throws {
    let bytes = try #require(ShippedPolicies.bytes("faq"))
    let pack = try PolicyPack.read(bytes, path: "faq", catalogue: Self.catalogue) { _ in nil }.get()
    let codes = Set(pack.checks.map { $0.code })
    for code in ["ICMP001", "ICMP009", "ICMP011", "REJ001", "OPT001", "SRC001", "BCAST001", "EXPOSE001"] {
      #expect(codes.contains(code))
    }
  }
}
