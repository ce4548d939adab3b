import FirewallModel
import Foundation
import Lowering
import PacketSets
import Packets
import SourceText
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Sets of ipset-save files as the rules see them.
@Suite struct IptablesSetMembershipTests {
  /// The packet's fields that a set may look at.
  struct Tuple {
    var source: UInt32
    var destination: UInt32 = 0x0909_0909
    var transport: UInt8 = 6
    var port: UInt16 = 0
    var sourcePort: UInt16 = 40000
    var interface = "eth0"

    func value(_ field: Field) -> UInt128? {
      switch field {
      case .source: UInt128(source)
      case .destination: UInt128(destination)
      case .transportProtocol: UInt128(transport)
      case .destinationPort: [6, 17, 132, 136].contains(transport) ? UInt128(port) : nil
      case .sourcePort: [6, 17, 132, 136].contains(transport) ? UInt128(sourcePort) : nil
      case .icmpType: transport == 1 ? UInt128(port >> 8) : nil
      case .icmpCode: transport == 1 ? UInt128(port & 255) : nil
      case .inInterface: InterfaceName.value(interface)
      default: nil
      }
    }
  }

  static func holds(_ condition: Condition, _ tuple: Tuple, _ ruleset: Ruleset) -> Bool {
    switch condition {
    case .field(let field, let set): return tuple.value(field).map(set.contains) ?? false
    case .member(let id, let fields, let negated):
      let values = fields.map { tuple.value($0) }
      guard !values.contains(nil) else { return false }
      switch ruleset[id].contents {
      case .values(let set): return set.contains((values[0] ?? 0)) != negated
      case .tuples(let list):
        return list.contains { zip($0, values).allSatisfy { $0.contains($1 ?? 0) } } != negated
      default: return false
      }
    case .any(let parts): return parts.contains { holds($0, tuple, ruleset) }
    case .all(let parts): return parts.allSatisfy { holds($0, tuple, ruleset) }
    case .not(let part): return !holds(part, tuple, ruleset)
    case .constant(let value): return value
    default: return false
    }
  }

  static func lower(_ sets: String, _ rule: String) -> Lowered {
    Lowering.iptablesSave(
      SourceFile(id: SourceID(0), path: "rules", text: "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT \(rule)\nCOMMIT\n"),
      dialect: .iptablesSave, ipsets: [SourceFile(id: SourceID(1), path: "sets", text: sets)])
  }

  static func matches(_ lowered: Lowered, _ tuple: Tuple) -> Bool {
    (lowered.ruleset.chains.first?.rules.first?.steps ?? []).allSatisfy {
      if case .match(let match) = $0 { holds(match.condition, tuple, lowered.ruleset) } else { true }
    }
  }

  @Test func `the longest prefix decides, and return-nomatch turns it round`() {
    let sets = "create s hash:net\nadd s 10.0.0.0/8\nadd s 10.1.0.0/16 nomatch\nadd s 10.1.2.0/24\n"
    let plain = Self.lower(sets, "-m set --match-set s src -j DROP")
    let turned = Self.lower(sets, "-m set --match-set s src --return-nomatch -j DROP")
    for (address, isIn, isException) in [
      (0x0a05_0001, true, false), (0x0a01_0001, false, true), (0x0a01_0201, true, false), (0x0b00_0001, false, false),
    ] as [(UInt32, Bool, Bool)] {
      #expect(Self.matches(plain, Tuple(source: address)) == isIn)
      #expect(Self.matches(turned, Tuple(source: address)) == isException)
    }
  }

  @Test func `networks and ports together have exceptions too`() {
    let sets = """
      create s hash:net,port
      add s 10.0.0.0/8,tcp:80
      add s 10.1.0.0/16,tcp:80 nomatch
      add s 10.0.0.0/8,icmp:echo-request
      add s 10.0.0.0/8,gre:0
      add s 10.2.0.0/16,udp:53-55

      """
    let lowered = Self.lower(sets, "-m set --match-set s src,dst -j DROP")
    #expect(lowered.problems == [])
    func isIn(_ source: UInt32, _ transport: UInt8, _ port: UInt16) -> Bool {
      Self.matches(lowered, Tuple(source: source, transport: transport, port: port))
    }
    #expect(isIn(0x0a05_0001, 6, 80))
    #expect(!isIn(0x0a01_0001, 6, 80))
    #expect(!isIn(0x0a05_0001, 17, 80))
    #expect(isIn(0x0a01_0001, 1, 0x0800))
    #expect(!isIn(0x0a01_0001, 1, 0x0300))
    #expect(isIn(0x0a01_0001, 47, 0))
    #expect(isIn(0x0a02_0001, 17, 55))
    #expect(!isIn(0x0a02_0001, 17, 56))
  }

  @Test func `elements that were taken out are gone`() {
    let sets = """
      create s hash:ip
      add s 10.0.0.0/29
      del s 10.0.0.2
      add s 10.0.0.9
      create t hash:ip,port
      add t 10.0.0.1,80
      add t 10.0.0.1,81
      del t 10.0.0.1,tcp:80
      create i hash:net,iface
      add i 10.0.0.0/8,eth wildcard
      add i 0.0.0.0/0,lo

      """
    let single = Self.lower(sets, "-m set --match-set s src -j DROP")
    #expect(Self.matches(single, Tuple(source: 0x0a00_0001)))
    #expect(!Self.matches(single, Tuple(source: 0x0a00_0002)))
    #expect(Self.matches(single, Tuple(source: 0x0a00_0009)))
    let pair = Self.lower(sets, "-m set --match-set t src,dst -j DROP")
    #expect(!Self.matches(pair, Tuple(source: 0x0a00_0001, port: 80)))
    #expect(Self.matches(pair, Tuple(source: 0x0a00_0001, port: 81)))
    let interfaces = Self.lower(sets, "-m set --match-set i src,src -j DROP")
    #expect(Self.matches(interfaces, Tuple(source: 0x0a00_0001, interface: "eth7")))
    #expect(Self.matches(interfaces, Tuple(source: 0x0b00_0001, interface: "lo")))
    #expect(!Self.matches(interfaces, Tuple(source: 0x0b00_0001, interface: "eth7")))
  }

  @Test func `what a rule asks of sets is checked when sets are given`() {
    let sets = "create s hash:ip family inet6\ncreate x hash:nonsense\n"
    #expect(
      Self.lower(sets, "-m set --match-set s src -j DROP").problems.map(\.message)
        .contains("set `s` is of family IPv6, which is not applicable"))
    #expect(Self.lower(sets, "-j DROP").problems.map(\.message) == ["unknown set type `hash:nonsense`"])
  }

  @Test func `a set of sets holds what its members hold`() {
    let sets =
      "create a hash:ip\nadd a 10.0.0.1\ncreate b bitmap:port range 0-100\nadd b 80-90\ncreate l list:set\nadd l a\nadd l b\n"
    let lowered = Self.lower(sets, "-m set --match-set l src -j DROP")
    #expect(Self.matches(lowered, Tuple(source: 0x0a00_0001)))
    #expect(Self.matches(lowered, Tuple(source: 0x0a00_0002, sourcePort: 85)))
    #expect(!Self.matches(lowered, Tuple(source: 0x0a00_0002, transport: 50, sourcePort: 85)))
  }

  @Test func `a large set stays one set`() {
    var text = "create s hash:ip maxelem 100000\n"
    for index in 0..<50_000 { text += "add s 10.\(index >> 14).\(index >> 6 & 255).\(index * 4 & 255)\n" }
    let lowered = Self.lower(text, "-m set --match-set s src -j DROP")
    #expect(lowered.ruleset.sets.count == 1)
    guard case .values(let set) = lowered.ruleset.sets.first?.contents else {
      Issue.record("no set of values")
      return
    }
    #expect(set.count == 50_000)
  }

  // MARK: The kernel as judge

  static var obstacle: String? {
    if geteuid() != 0 { return "needs root" }
    let programs = ["/usr/sbin/ipset", "/sbin/ipset"]
    return programs.contains { FileManager.default.isExecutableFile(atPath: $0) } ? nil : "needs ipset"
  }

  /// Random sets and elements; `ipset test` says what is in.
  @Test(.enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")), arguments: 0..<6)
  func `ipset agrees`(_ seed: Int) throws {
    var state = UInt64(seed) &* 0x9e37_79b9 &+ 12345
    func next(_ limit: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % limit
    }
    func address() -> UInt32 { 0x0a00_0000 | UInt32(next(4)) << 16 | UInt32(next(4)) << 8 | UInt32(next(8)) }
    func text(_ address: UInt32) -> String {
      "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    }
    func port() -> String { ["tcp:80", "tcp:80-82", "udp:53", "icmp:8/0", "gre:0", "443"][Int(next(6))] }
    let types = ["hash:net", "hash:net,port", "hash:ip,port", "hash:ip,port,net", "hash:ip", "hash:net,iface"]
    let type = types[seed % types.count]
    let dimensions = type.split(separator: ":")[1].split(separator: ",").map(String.init)
    var sets = "create s \(type)\n"
    for _ in 0..<25 {
      var parts: [String] = []
      for dimension in dimensions {
        switch dimension {
        case "net": parts.append(text(address()) + "/\([16, 22, 24, 30, 32][Int(next(5))])")
        case "ip": parts.append(text(address()))
        case "iface": parts.append(["eth0", "lo"][Int(next(2))])
        default: parts.append(port())
        }
      }
      let isException = dimensions.contains("net") && next(3) == 0
      sets += "add s \(parts.joined(separator: ","))\(isException ? " nomatch" : "") -exist\n"
    }
    var questions: [(Tuple, String)] = []
    for _ in 0..<120 {
      let kinds: [(UInt8, UInt16, String)] = [
        (6, 80, "tcp:80"), (6, 82, "tcp:82"), (17, 53, "udp:53"), (1, 0x0800, "icmp:8/0"), (47, 0, "gre:0"),
        (6, 443, "tcp:443"),
      ]
      let kind = kinds[Int(next(UInt64(kinds.count)))]
      let tuple = Tuple(
        source: address(), destination: address(), transport: kind.0, port: kind.1,
        interface: ["eth0", "lo"][Int(next(2))])
      let words = dimensions.enumerated().map { index, dimension in
        switch dimension {
        case "port": kind.2
        case "iface": tuple.interface
        default: text(index == 0 ? tuple.source : tuple.destination)
        }
      }
      questions.append((tuple, words.joined(separator: ",")))
    }
    let script =
      "ipset restore <<'E'\n\(sets)E\n"
      + questions.map { "ipset test s \($0.1) 2>/dev/null && echo in || echo out\n" }.joined()
    guard let answers = Self.run(script), answers.count == questions.count else {
      print("ipset agrees: skipped, the kernel has no set of type \(type)")
      return
    }
    // The first dimension is asked of the source, ports and the second address of the destination.
    let directions = dimensions.enumerated().map { $0.offset == 0 || $0.element == "iface" ? "src" : "dst" }
    let lowered = Self.lower(sets, "-m set --match-set s \(directions.joined(separator: ",")) -j DROP")
    #expect(lowered.problems == [])
    for (question, answer) in zip(questions, answers) {
      #expect(
        Self.matches(lowered, question.0) == (answer == "in"), "\(type) \(question.1): ipset says \(answer)\n\(sets)")
    }
  }

  /// The lines that a script prints in a network namespace of its own.
  private static func run(_ script: String) -> [String]? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["unshare", "-n", "sh", "-c", script]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil, let data = try? pipe.fileHandleForReading.readToEnd() else { return nil }
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
