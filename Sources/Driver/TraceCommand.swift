import FirewallAnalysis
import FirewallModel
import HostFacts
import JSONText
import Lowering
import Packets
import Reporting
import SourceText

/// `fwlint trace RULESET... PACKET`: walks packets through the rules and says why they end where they do.
package struct TraceCommand: Sendable {
  package enum Format: String, Sendable, CaseIterable { case text, json }

  /// Rule set files, then the words of a packet.
  package var words: [String]
  /// One packet on each line, in JSON or in words; `-` is standard input. nil: the packet stands among the words.
  package var packetFile: String?
  /// Interfaces, routes and sysctls in the oracle's JSON form; nil: what the host facts tell.
  package var topology: String?
  /// Files of ipset-save.
  package var ipsets: [String] = []
  package var format = Format.text
  /// The witness form of the findings' schema instead of text, for packets given as words.
  package var asWitness = false
  /// Shows the rules that did not match, too.
  package var showsAll = false
  package var options: CheckOptions
  let world: World

  package init(words: [String], options: CheckOptions, world: World) {
    self.words = words
    self.options = options
    self.world = world
  }

  package func run() async -> ExitCode {
    do { return try runOrThrow() } catch {
      world.complain(error)
      return .usage
    }
  }

  private func runOrThrow() throws(UsageError) -> ExitCode {
    let (rulesets, packetWords) = split()
    guard !rulesets.isEmpty else { throw UsageError("no rule set given") }
    if packetFile == nil, packetWords.isEmpty {
      throw UsageError(
        "no packet given; write one behind the rule set, such as 'tcp 203.0.113.5:40000 > 192.0.2.10:22 in eth0'")
    }
    if packetFile != nil, !packetWords.isEmpty {
      throw UsageError("`\(packetWords[0])`: no such file, and --packets already names the packets")
    }
    let packet = packetFile == nil ? try Self.packet(packetWords.joined(separator: " ")) : nil
    let settings = try Settings(options, world: world)
    let (loaded, problems) = HostRuleset.load(rulesets + ipsets, settings: settings, world: world)
    for problem in problems { world.complain("error", "\(problem.path): \(problem.message)") }
    guard var ruleset = loaded else { return problems.isEmpty ? .noInput : .incomplete }
    try readTopology(&ruleset.host)
    let end: ExitCode
    if let packet {
      show(packet, ruleset)
      end = .clean
    } else {
      end = try showAll(ruleset)
    }
    return end == .clean && ruleset.hasGap && !options.allowsUnknown ? .incomplete : end
  }

  // MARK: Input

  /// Files come first; the packet begins at the first word that is no file.
  private func split() -> (rulesets: [String], packet: [String]) {
    guard packetFile == nil else {
      let files = words.prefix { $0 == "-" || world.kind($0) != nil || !Self.looksLikePacket($0) }
      return (Array(files), Array(words[files.count...]))
    }
    var count = min(1, words.count)
    while count < words.count, !Self.looksLikePacket(words[count]),
      world.kind(words[count]) != nil || words[count] == "-"
    {
      count += 1
    }
    return (Array(words[..<count]), Array(words[count...]))
  }

  private static func looksLikePacket(_ word: String) -> Bool {
    let first = word.split(whereSeparator: { $0.isWhitespace || $0 == "," }).first.map(String.init) ?? ""
    return word.hasPrefix("{") || word.contains(" ") || word.contains("=") && !word.contains("/")
      || ProtocolName.number(first) != nil || ["input", "forward", "output"].contains(first) || Address(first) != nil
  }

  private func readTopology(_ host: inout HostFacts) throws(UsageError) {
    guard let topology else {
      // Packets in the oracle's form speak of the oracle's host.
      if packetFile != nil, format == .json, host.interfaces.isEmpty { TopologyFile.standard(&host) }
      return
    }
    do { try TopologyFile.read(try world.read(topology, 16 << 20), into: &host) } catch let error as FileError {
      throw UsageError("\(topology): \(error.message)")
    } catch let error as UsageError {
      throw UsageError("\(topology): \(error.message)")
    } catch {
      throw UsageError("\(topology): \(error)")
    }
  }

  /// JSON in the oracle's schema, or words.
  static func packet(_ text: String) throws(UsageError) -> PacketRequest {
    do throws(PacketProblem) {
      if text.first(where: { !$0.isWhitespace }) == "{" {
        let json: JSONValue
        do { json = try JSONValue(parsing: Array(text.utf8)) } catch {
          throw PacketProblem("the packet is not JSON: \(error)")
        }
        return try PacketRequest(json: json)
      }
      return try PacketText.parse(text)
    } catch { throw UsageError(error.message) }
  }

  // MARK: Output

  private func show(_ request: PacketRequest, _ ruleset: HostRuleset, isFirst: Bool = true) {
    let analysis = Analysis(ruleset.lowered.ruleset, host: ruleset.host)
    let isText = !asWitness && format == .text
    let view = PacketView(analysis, request, recordsFailures: showsAll || isText)
    if asWitness {
      world.print(ruleset.reported.witness(view.trace).text() + "\n")
    } else if format == .json {
      var lines = TraceLines(ruleset.reported)
      var bytes: [UInt8] = []
      lines.append(request.id, view.fate, to: &bytes)
      world.write(.output, bytes)
    } else {
      world.print((isFirst ? "" : "\n") + ruleset.reported.traceText(view, maximumFailures: showsAll ? nil : 20))
    }
  }

  private func showAll(_ ruleset: HostRuleset) throws(UsageError) -> ExitCode {
    guard let packetFile else { return .clean }
    let analysis = Analysis(ruleset.lowered.ruleset, host: ruleset.host)
    if format == .json, var bulk = TraceBulk(analysis, ruleset.reported, path: packetFile, world: world) {
      do { try world.stream(packetFile) { bulk.take($0) } } catch {
        throw UsageError("\(packetFile): \(error.message)")
      }
      bulk.finish()
      return bulk.faults == 0 ? .clean : .incomplete
    }
    let bytes: [UInt8]
    do {
      bytes =
        packetFile == "-"
        ? try world.readStandardInput(Loading.maximumFileSize) : try world.read(packetFile, Loading.maximumFileSize)
    } catch { throw UsageError("\(packetFile): \(error.message)") }
    var isFirst = true
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let text = String(decoding: line, as: UTF8.self)
      guard let first = text.first(where: { !$0.isWhitespace }), first != "#" else { continue }
      do { show(try Self.packet(text), ruleset, isFirst: isFirst) } catch {
        throw UsageError("\(packetFile):\(index + 1): \(error.message)")
      }
      isFirst = false
    }
    return .clean
  }
}
