import FirewallAnalysis
import FirewallModel
import Foundation
import Lowering
import Packets
import SourceText
import TestSupport
import Testing

/// Ten dumps with bounds that another project proved by machine: each NEW packet that `.lower` accepts is accepted by the
/// dump, each one that the dump accepts is accepted by `.upper`. Compared on packets at the corners of all rules.
@Suite(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
struct IptablesBoundsTests {
  struct BoundRule {
    var isAccept: Bool
    var transportProtocol: UInt8?
    var source: ClosedRange<UInt32>
    var destination: ClosedRange<UInt32>
    var sourcePorts: ClosedRange<UInt16>?
    var destinationPorts: ClosedRange<UInt16>?

    func matches(_ packet: Packet) -> Bool {
      guard case .v4(let from) = packet.source, case .v4(let to) = packet.destination else { return false }
      guard source.contains(from), destination.contains(to) else { return false }
      if let transportProtocol, transportProtocol != packet.transportProtocol { return false }
      if let sourcePorts { guard let port = packet.sourcePort, sourcePorts.contains(port) else { return false } }
      if let destinationPorts {
        guard let port = packet.destinationPort, destinationPorts.contains(port) else { return false }
      }
      return true
    }
  }

  /// The rules of one chain of an `iptables -L -n` listing.
  static func rules(_ text: String, chain: String) -> [BoundRule] {
    var result: [BoundRule] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
      let words = line.split(separator: " ").map(String.init)
      if words.first == "Chain" {
        isInside = words.count > 1 && words[1] == chain
        continue
      }
      guard isInside, words.count >= 5, words[0] == "ACCEPT" || words[0] == "DROP" else { continue }
      guard let source = network(words[3]), let destination = network(words[4]) else { continue }
      let protocols: [String: UInt8] = ["tcp": 6, "udp": 17, "icmp": 1]
      var rule = BoundRule(
        isAccept: words[0] == "ACCEPT", transportProtocol: protocols[words[1]], source: source, destination: destination
      )
      for word in words.dropFirst(5) {
        let parts = word.split(separator: ":").map(String.init)
        guard let first = parts.dropFirst().first.flatMap({ UInt16($0) }) else { continue }
        let last = parts.count > 2 ? UInt16(parts[2]) ?? first : first
        if parts[0].hasPrefix("d") { rule.destinationPorts = first...last } else { rule.sourcePorts = first...last }
      }
      result.append(rule)
    }
    return result
  }

  static func network(_ text: String) -> ClosedRange<UInt32>? {
    let parts = text.split(separator: "/")
    guard let first = parts.first, case .v4(let value) = Address(first) else { return nil }
    let length = parts.count > 1 ? Int(parts[1]) ?? 32 : 32
    let hosts: UInt32 = length >= 32 ? 0 : UInt32.max >> UInt32(length)
    return (value & ~hosts)...(value | hosts)
  }

  @Test func `the proved bounds hold`() throws {
    let root = try #require(Corpora.root).appending(path: "iptables/semantics-bounds")
    var checked = 0
    var may = 0
    var files = 0
    var violations: [String] = []
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
      let lower = Self.rules(try text(lowerName), chain: chain)
      let upper = Self.rules(try text(upperName), chain: chain)
      let dump = try text(dumpName)
      let source = SourceFile(id: SourceID(0), path: folder, text: dump)
      var ruleset = Lowering.iptablesSave(source, dialect: .iptablesSave).ruleset
      // The bounds speak of the filter table alone.
      for index in ruleset.tables.indices where ruleset.tables[index].name != "filter" {
        ruleset.tables[index].chains = []
        ruleset.tables[index].isDormant = true
      }
      let analysis = Analysis(ruleset)
      files += 1
      var state: UInt64 = 88172645463325252
      func next<T>(_ values: [T]) -> T {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return values[Int(state % UInt64(values.count))]
      }
      let all = lower + upper
      var addresses: [UInt32] = [0x0101_0101, 0x7f00_0001, 0xc0a8_0001, 0x0a00_0001, 0xe000_0001]
      var ports: [UInt16] = [0, 1, 22, 80, 1024, 65535]
      for rule in all {
        for range in [rule.source, rule.destination] {
          addresses += [range.lowerBound, range.upperBound, range.lowerBound &- 1, range.upperBound &+ 1]
        }
        for range in [rule.sourcePorts, rule.destinationPorts].compactMap({ $0 }) {
          ports += [range.lowerBound, range.upperBound, range.lowerBound &- 1, range.upperBound &+ 1]
        }
      }
      for _ in 0..<3000 {
        let from = next(addresses)
        var packet = Packet(
          source: .v4(from), destination: .v4(next(addresses)), transportProtocol: next([6, 6, 17, 1, 47]))
        packet.hook = isInput ? .input : .forward
        packet.state = .new
        // The bounds replace `-i lo` by the addresses 127.0.0.0/8.
        packet.inInterface = from >> 24 == 127 ? "lo" : "eth0"
        if !isInput { packet.outInterface = "eth1" }
        if packet.transportProtocol == 6 || packet.transportProtocol == 17 {
          packet.sourcePort = next(ports)
          packet.destinationPort = next(ports)
        }
        if packet.transportProtocol == 6 { packet.tcpFlags = TCPFlag.syn }
        if packet.transportProtocol == 1 {
          packet.icmpType = 8
          packet.icmpCode = 0
        }
        let isLower = lower.first { $0.matches(packet) }?.isAccept ?? true
        let isUpper = upper.first { $0.matches(packet) }?.isAccept ?? true
        let outcome = analysis.trace(packet).outcome
        checked += 1
        if case .may = outcome { may += 1 }
        let breaksLower = isLower && outcome.isRefused
        let breaksUpper = !isUpper && outcome == .accept
        if breaksLower || breaksUpper, violations.count < 20 {
          violations.append("\(folder): \(breaksLower ? "lower" : "upper") \(packet) -> \(outcome)")
        }
      }
    }
    print("iptables bounds: \(files) dumps, \(checked) packets, \(may) undecided, \(violations.count) violations")
    for line in violations { print("  \(line)") }
    #expect(files == 10)
    #expect(violations.isEmpty)
  }
}
