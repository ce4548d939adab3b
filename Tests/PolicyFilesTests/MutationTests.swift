import CheckKit
import HostFacts
import PolicyFiles
import SourceText
import Testing

/// Texts with random faults: whatever comes out, nothing may crash or hang.
@Suite struct MutationTests {
  private static let samples: [String] = [
    """
    schema: 1
    name: office
    extends: [faq]
    fail-on: never
    checks: [reject, { check: ICMP001, level: error }]
    input: { include: ["a/**"], defines: { WAN: eth0 } }
    host:
      role: router
      interfaces: { wan0: { zone: internet, mtu: 1492, addresses: [198.51.100.7/24] } }
    rules: { select: &x [icmp], ignore: *x, level: { ICMP001: "off" } }
    """,
    "net.ipv4.conf.all.rp_filter = 1\nnet/ipv4/ip_forward=0\n# comment\n-kernel.x=\t1\n",
  ]
  private static let pieces: [[UInt8]] = [
    "&a ", "*a ", "[", "]", "{", "}", ": ", "- ", "\n", "\"", "'", "# ", "|", ">", "!!set ", "%", "---\n", "\t", "? ",
    "<<: ", "~", "\u{FEFF}", "\u{85}", "\u{2028}",
  ].map { Array($0.utf8) }

  @Test(arguments: [1, 2, 3] as [UInt64]) func `broken texts give problems`(_ seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(truncatingIfNeeded: state >> 33) % max(1, bound)
    }
    var refused = 0
    for _ in 0..<700 {
      var bytes = Array(Self.samples[next(Self.samples.count)].utf8)
      for _ in 0...next(4) {
        let at = next(bytes.count)
        switch next(4) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: next(256))
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + 1 + next(6)))
        case 2: bytes.insert(contentsOf: Self.pieces[next(Self.pieces.count)], at: at)
        default: bytes += bytes[at...]
        }
        if bytes.isEmpty { bytes = [0x61] }
      }
      if case .failure(let problems) = Configuration.read(bytes, path: "x", catalogue: Catalogue.all) {
        refused += 1
        #expect(!problems.all.isEmpty && !problems.text.isEmpty)
      }
      _ = PolicyPack.read(bytes, path: "x", catalogue: Catalogue.all) { _ in (bytes, "x") }
      _ = HostFile.read(bytes, path: "x")
      _ = Sysctls.read(SourceFile(id: SourceID(0), path: "x", bytes: bytes))
    }
    #expect(refused > 600)
  }
}
