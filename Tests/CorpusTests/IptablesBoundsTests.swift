import FirewallAnalysis
import FirewallModel
import Foundation
import Lowering
import PacketSets
import Packets
import SourceText
import TestSupport
import Testing

/// Ten dumps with bounds that another project proved by machine: each NEW packet that `.lower` accepts is accepted by the
/// dump, each one that the dump accepts is accepted by `.upper`. Compared as sets of packets: every piece of the dump's
/// partition that is refused must hold no packet that the lower bound accepts, and every piece that is accepted none that
/// the upper bound refuses. What the dump may do either way is no violation of either bound.
@Suite(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
struct IptablesBoundsTests {
  /// One chain of an `iptables -L -n` listing as a rule set of its own.
  static func bound(_ listing: String, chain: String) -> Ruleset? {
    var text = "*filter\n:\(chain) ACCEPT [0:0]\n"
    var isInside = false
    for line in listing.split(separator: "\n", omittingEmptySubsequences: true) {
      let words = line.split(separator: " ").map(String.init)
      if words.first == "Chain" {
        isInside = words.count > 1 && words[1] == chain
        continue
      }
      guard isInside, words.count >= 5, words[0] == "ACCEPT" || words[0] == "DROP" else { continue }
      text += "-A \(chain) -s \(words[3]) -d \(words[4])"
      if words[1] != "all" { text += " -p \(words[1])" }
      var ports = ""
      for word in words.dropFirst(5) {
        let parts = word.split(separator: ":").map(String.init)
        guard parts.count > 1, parts[0].hasPrefix("dpt") || parts[0].hasPrefix("spt") else { continue }
        ports += " --\(parts[0].hasPrefix("d") ? "dport" : "sport") " + parts.dropFirst().joined(separator: ":")
      }
      if !ports.isEmpty { text += " -m \(words[1])" + ports }
      text += " -j \(words[0])\n"
    }
    let lowered = Lowering.iptablesSave(
      SourceFile(id: SourceID(0), path: "bound", text: text + "COMMIT\n"), dialect: .iptablesSave)
    return lowered.isLoadable ? lowered.ruleset : nil
  }

  static func network(_ first: UInt32, _ length: Int) -> ValueSet {
    let hosts: UInt32 = length >= 32 ? 0 : UInt32.max >> UInt32(length)
    return ValueSet(Interval(UInt128(first), UInt128(first | hosts)))
  }

  /// NEW packets with the interface that the bounds stand for: loopback everywhere; the other assignments are those by
  /// which the bounds of that dump were derived, as its lower bound shows (rules on `-i eth0` there are rules on
  /// 192.168.0.0/24). A new TCP connection starts with SYN.
  static func regions(folder: String, isInput: Bool) -> [Box] {
    let all = ValueSet(Interval(0, 0xffff_ffff))
    var parts: [(ValueSet, String)] = [(network(0x7f00_0000, 8), "lo")]
    if folder == "openvpn.eu" {
      parts += [(network(0xc0a8_0000, 24), "eth0"), (network(0xc0a8_0200, 24), "eth1")]
    }
    let named = parts.reduce(ValueSet.empty) { $0.union($1.0) }
    parts.append((all.subtracting(named), folder == "openvpn.eu" ? "eth9" : "eth0"))
    let notTCP = ValueSet(6).complement(upTo: 255)
    return parts.flatMap { sources, name in
      var box = Box().narrowed(.family, to: NetworkProtocol.ipv4).narrowed(.source, to: sources)
        .narrowed(.destination, to: all).narrowed(.inInterface, to: InterfaceName.value(name))
        .narrowed(.ctState, to: UInt128(ConntrackState.new.rawValue)).narrowed(.fragmentOffset, to: 0)
      if !isInput { box = box.narrowed(.outInterface, to: InterfaceName.value("eth1")) }
      return [
        box.narrowed(.transportProtocol, to: notTCP),
        box.narrowed(.transportProtocol, to: 6).narrowed(.tcpFlags, to: UInt128(TCPFlag.syn)),
      ]
    }
  }

  private struct Count {
    var files = 0
    var pieces = 0
    var undecided = 0
    var incomplete = 0
    var violations: [String] = []
  }

  @Test func `the proved bounds hold`() throws {
    let root = try #require(Corpora.root).appending(path: "iptables/semantics-bounds")
    var count = Count()
    for folder in try FileManager.default.contentsOfDirectory(atPath: root.path()).sorted() {
      let directory = root.appending(path: folder)
      let names = try FileManager.default.contentsOfDirectory(atPath: directory.path()).sorted()
      guard let lowerName = names.first(where: { $0.hasSuffix(".lower") }),
        let upperName = names.first(where: { $0.hasSuffix(".upper") }),
        let dumpName = names.first(where: { !$0.hasSuffix(".lower") && !$0.hasSuffix(".upper") && $0 != "src" })
      else { continue }
      func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: directory.appending(path: name)), as: UTF8.self)
      }
      let isInput = lowerName.contains("INP")
      let chain = isInput ? "INPUT" : "FORWARD"
      let lower = try #require(Self.bound(try text(lowerName), chain: chain), "\(folder): the lower bound is read")
      let upper = try #require(Self.bound(try text(upperName), chain: chain), "\(folder): the upper bound is read")
      let source = SourceFile(id: SourceID(0), path: folder, text: try text(dumpName))
      var ruleset = Lowering.iptablesSave(source, dialect: .iptablesSave).ruleset
      // The bounds speak of the filter table alone.
      for index in ruleset.tables.indices where ruleset.tables[index].name != "filter" {
        ruleset.tables[index].chains = []
        ruleset.tables[index].isDormant = true
      }
      count.files += 1
      let bounds = (Analysis(lower), Analysis(upper))
      for region in Self.regions(folder: folder, isInput: isInput) {
        compare(Analysis(ruleset), bounds, region, at: isInput ? .input : .forward, folder, &count)
      }
    }
    print(
      "iptables bounds: \(count.files) dumps, \(count.pieces) pieces compared exactly, \(count.undecided) undecided, "
        + "\(count.incomplete) beyond the work budget, \(count.violations.count) violations")
    for line in count.violations { print("  \(line)") }
    #expect(count.files == 10)
    #expect(count.incomplete == 0)
    #expect(count.violations.isEmpty)
  }

  private func compare(
    _ dump: Analysis, _ bounds: (lower: Analysis, upper: Analysis), _ region: Box, at hook: Hook, _ folder: String,
    _ count: inout Count
  ) {
    let partition = dump.partition(region, at: hook)
    if !partition.isComplete { count.incomplete += 1 }
    for piece in partition.pieces {
      count.pieces += 1
      let isAccepted = piece.outcome == .accept
      guard isAccepted || piece.outcome.isRefused else {
        count.undecided += 1
        continue
      }
      let found = (isAccepted ? bounds.upper : bounds.lower).search(piece.region, at: hook) {
        isAccepted ? $0.outcome.isRefused : $0.outcome == .accept
      }
      if !found.isComplete { count.incomplete += 1 }
      if let other = found.piece {
        let packet = dump.witness(in: other.region, at: hook).map { "\($0)" } ?? "\(other.region)"
        count.violations.append("\(folder): \(isAccepted ? "upper" : "lower") \(packet) -> \(piece.outcome)")
      }
    }
  }
}
