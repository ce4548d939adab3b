import FirewallAnalysis
import FirewallModel
import JSONText
import Lowering
import Packets
import Reporting
import SourceText

/// `fwlint trace RULESET PACKET`: walks packets through the rules and says why they end where they do.
package struct TraceCommand: Sendable {
  package var ruleset: String
  /// A packet as JSON or in the text form; nil when `packetFile` is given.
  package var packet: String?
  /// One packet in JSON on each line; `-` is standard input.
  package var packetFile: String?
  package var asJSON = false
  /// Shows the rules that did not match, too.
  package var showsAll = false
  package var options: CheckOptions
  let world: World

  package init(ruleset: String, options: CheckOptions, world: World) {
    self.ruleset = ruleset
    self.options = options
    self.world = world
  }

  package func run() async -> ExitCode {
    let packets: [Packet]
    do { packets = try readPackets() } catch {
      world.complain("error", error.message)
      return .usage
    }
    let settings: Settings
    do { settings = try Settings(options, world: world) } catch {
      world.complain(error)
      return .usage
    }
    var options = settings.options
    options.paths = [ruleset]
    let loaded = await CheckCommand(options, world: world).load(settings)
    for problem in loaded.problems { world.complain("error", "\(problem.path): \(problem.message)") }
    guard let unit = loaded.units.first, loaded.problems.isEmpty else {
      return loaded.problems.isEmpty ? .noInput : .incomplete
    }
    if loaded.units.count > 1 {
      world.complain("error", "\(ruleset): \(loaded.units.count) rule sets; name one")
      return .usage
    }
    let analysis = Analysis(unit.lowered.ruleset, host: unit.host)
    let shown = Report.Unit(
      path: unit.path, dialect: unit.lowered.dialect, isLoadable: unit.lowered.isLoadable, sources: unit.sources,
      ruleset: unit.lowered.ruleset)
    for (index, packet) in packets.enumerated() {
      let trace = analysis.trace(packet, recordsFailures: showsAll)
      if asJSON {
        world.print(shown.witness(trace).text() + "\n")
      } else {
        world.print((index > 0 ? "\n" : "") + shown.traceText(trace))
      }
    }
    let hasGap =
      unit.lowered.problems.contains(where: LoadChecks.leavesGap)
      || !unit.lowered.ruleset.coverage.notUnderstood.isEmpty
    return hasGap && !options.allowsUnknown ? .incomplete : .clean
  }

  private func readPackets() throws(UsageError) -> [Packet] {
    if let packet { return [try Self.packet(packet)] }
    guard let packetFile else { throw UsageError("no packet given") }
    let bytes: [UInt8]
    do {
      bytes =
        packetFile == "-"
        ? try world.readStandardInput(Loading.maximumFileSize) : try world.read(packetFile, Loading.maximumFileSize)
    } catch { throw UsageError("\(packetFile): \(error.message)") }
    var packets: [Packet] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let text = String(decoding: line, as: UTF8.self)
      guard text.contains(where: { !$0.isWhitespace }) else { continue }
      do { packets.append(try Self.packet(text)) } catch {
        throw UsageError("\(packetFile):\(index + 1): \(error.message)")
      }
    }
    return packets
  }

  /// JSON in the oracle's schema, or words: `key=value` pairs with the same keys (`iif=wan0 src=192.0.2.1 dport=113`).
  static func packet(_ text: String) throws(UsageError) -> Packet {
    let trimmed = text.drop { $0.isWhitespace }
    let json: JSONValue
    if trimmed.first == "{" {
      do { json = try JSONValue(parsing: Array(text.utf8)) } catch {
        throw UsageError("the packet is not JSON: \(error)")
      }
    } else {
      json = try words(text)
    }
    do { return try Packet(json: json) } catch { throw UsageError("packet: \(error.message)") }
  }

  private static func words(_ text: String) throws(UsageError) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    for word in text.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      if parts.count == 2 {
        members.append((parts[0], Int(parts[1]).map { .int($0) } ?? .string(parts[1])))
      } else if let hook = ["input", "forward", "output"].first(where: { $0 == parts[0] }) {
        members.append(("hook", .string(hook)))
      } else {
        throw UsageError(
          "`\(word)` in the packet: expected key=value, such as src=192.0.2.1 dst=198.51.100.7 proto=tcp dport=113")
      }
    }
    return .object(members)
  }
}
