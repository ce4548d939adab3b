import Driver
import Foundation
import JSONText
import Synchronization
import Testing

/// A slow connection made with real packets: its rules, what the kernel logged and how long was waited.
struct Scenario: Sendable, CustomTestStringConvertible {
  var name: String
  /// The kind of cause that is to be first.
  var cause: String
  /// What becomes of the connection when the fix is in force.
  var mended: String

  var testDescription: String { name }

  static let all = [
    Scenario(name: "ident-dropped", cause: "ident-dropped", mended: "greeted"),
    Scenario(name: "ident-reset-lost", cause: "ident-reset-lost", mended: "greeted"),
    Scenario(name: "path-mtu-v4", cause: "path-mtu-v4", mended: "arrived"),
    Scenario(name: "path-mtu-v6", cause: "path-mtu-v6", mended: "arrived"),
    Scenario(name: "dns-tcp-blocked", cause: "dns-tcp-blocked", mended: "connected"),
    Scenario(name: "neighbour-discovery-blocked", cause: "neighbour-discovery-blocked", mended: "connected"),
    Scenario(name: "conntrack-full", cause: "conntrack-full", mended: "connected"),
    Scenario(name: "asymmetric-route", cause: "asymmetric-route", mended: "connected"),
    Scenario(name: "established-missing", cause: "established-missing", mended: "connected"),
    Scenario(name: "late-udp-answers", cause: "late-udp-answers", mended: "answered"),
    Scenario(name: "source-port-filter", cause: "source-port-filter", mended: "connected"),
    Scenario(name: "dns-blocked", cause: "dns-blocked", mended: "answered"),
    Scenario(name: "loopback-blocked", cause: "loopback-blocked", mended: "connected"),
  ]

  static var folder: URL? { Bundle.module.url(forResource: "Scenarios", withExtension: nil) }

  func file(_ kind: String) throws -> URL {
    try #require(Self.folder).appending(path: "\(name).\(kind)")
  }

  func text(_ kind: String) throws -> String { try String(contentsOf: file(kind), encoding: .utf8) }

  /// `fwlint why` on rules and log, as JSON.
  static func why(_ rules: URL?, log: URL?, sysctl: URL?) async throws -> JSONValue {
    let output = Output()
    var world = World.real()
    world.write = { stream, bytes in if stream == .output { output.add(bytes) } }
    var options = CheckOptions()
    options.ignoresConfig = true
    options.logs = log.map { [$0.path(percentEncoded: false)] } ?? []
    options.sysctl = sysctl?.path(percentEncoded: false)
    var command = WhyCommand(options: options, world: world)
    command.rulesets = rules.map { [$0.path(percentEncoded: false)] } ?? []
    command.format = .json
    _ = await command.run()
    return try JSONValue(parsing: output.text)
  }
}

final class Output: Sendable {
  private let bytes = Mutex<[UInt8]>([])
  func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}

extension JSONValue {
  var causes: [JSONValue] { self["causes"]?.arrayValue ?? [] }
  var kind: String { self["kind"]?.stringValue ?? "" }
  var seconds: Double? {
    guard case .number(let text)? = self["delay"]?["seconds"] else { return nil }
    return Double(text)
  }
  var number: Double? {
    if case .number(let text) = self { return Double(text) }
    return nil
  }
}

/// Applies a unified diff to a text.
func patched(_ text: String, _ patch: String) throws -> String {
  var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  var shift = 0
  var place = 0
  for line in patch.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
    if line.hasPrefix("---") || line.hasPrefix("+++") || line.isEmpty { continue }
    if let match = line.firstMatch(of: #/^@@ -(\d+)/#) {
      place = try #require(Int(match.1)) - 1 + shift
      continue
    }
    switch line.first {
    case "+":
      lines.insert(String(line.dropFirst()), at: place)
      place += 1
      shift += 1
    case "-":
      try #require(lines[place] == line.dropFirst())
      lines.remove(at: place)
      shift -= 1
    default: place += 1
    }
  }
  return lines.joined(separator: "\n")
}
