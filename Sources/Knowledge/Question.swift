package import Packets
import SourceText

/// What `fwlint explain` can be asked, apart from the codes of checks.
package enum Question: Sendable, Hashable {
  case port(UInt16, Transport?)
  case sourcePort(UInt16, Transport?)
  case icmp(UInt8, code: UInt8?)
  case icmpv6(UInt8, code: UInt8?)
  case address(Address)
  case ttl(UInt8)
  /// The value, when one was given.
  case ipID(UInt16?)
  case rpc(UInt32)
  case rpcProcedure(UInt32)
  case url(String)
  case log(String)
  /// A word of the field: `smurf`, `path-mtu`.
  case word(String)

  /// As a user would ask it.
  package var text: String {
    switch self {
    case .port(let port, let transport): "port \(port)" + Self.suffix(transport)
    case .sourcePort(let port, let transport): "source-port \(port)" + Self.suffix(transport)
    case .icmp(let type, let code): "icmp \(type)" + (code.map { "/\($0)" } ?? "")
    case .icmpv6(let type, let code): "icmpv6 \(type)" + (code.map { "/\($0)" } ?? "")
    case .address(let address): "address \(address)"
    case .ttl(let ttl): "ttl \(ttl)"
    case .ipID(let id): "ip-id" + (id.map { " \($0)" } ?? "")
    case .rpc(let program): "rpc \(program)"
    case .rpcProcedure(let procedure): "rpc procedure \(procedure)"
    case .url(let path): "url \(path)"
    case .log: "log line"
    case .word(let word): word
    }
  }

  private static func suffix(_ transport: Transport?) -> String {
    guard let transport, transport != .both else { return "" }
    return "/\(transport.rawValue)"
  }
}

/// Why a question could not be understood.
package struct QuestionProblem: Error, Sendable, Hashable {
  /// Lower-case start, no full stop.
  package var message: String
  /// Whole questions that would be understood.
  package var suggestions: [String]

  init(_ message: String, suggestions: [String] = []) {
    self.message = message
    self.suggestions = suggestions
  }
}

extension Question {
  /// Reads the words after `fwlint explain`. Nothing is looked up here except the names of services and ICMP types.
  package static func parse(_ words: [String]) -> Result<Question, QuestionProblem> {
    guard let first = words.first else {
      return .failure(
        QuestionProblem("nothing to explain", suggestions: ["port 113", "icmp 3/4", "address 169.254.0.1"]))
    }
    let head = normalised(first)
    let rest = Array(words.dropFirst())
    switch head {
    case "port", "dport", "destination-port", "dst-port", "dpt": return port(rest, isSource: false)
    case "source-port", "sport", "src-port", "spt": return port(rest, isSource: true)
    case "source" where rest.first.map(normalised) == "port": return port(Array(rest.dropFirst()), isSource: true)
    case "tcp", "udp", "sctp", "dccp":
      if rest.isEmpty { break }
      return port(["\(rest.joined(separator: " "))/\(head)"], isSource: false)
    case "icmp", "icmpv4":
      if rest.isEmpty { break }
      return icmp(rest, isV6: false)
    case "icmpv6", "icmp6", "ipv6-icmp": return icmp(rest, isV6: true)
    case "address", "addr", "ip", "source-address", "src", "dst": return address(rest)
    case "ttl", "hoplimit", "hop-limit": return ttl(rest)
    case "ip-id", "ipid": return ipID(rest)
    case "rpc": return rpc(rest)
    case "url":
      return rest.isEmpty ? .failure(missing("a path", "url /robots.txt")) : .success(.url(rest.joined(separator: " ")))
    case "log":
      return rest.isEmpty
        ? .failure(missing("a log line in quotes", "log 'LINE'")) : .success(.log(rest.joined(separator: " ")))
    default: break
    }
    if rest.isEmpty, let question = bare(first) { return .success(question) }
    return .success(.word(normalised(words.joined(separator: "-"))))
  }

  /// `Path MTU` → `path-mtu`.
  static func normalised(_ text: String) -> String {
    let lower = text.lowercased()
    return String(lower.map { $0 == " " || $0 == "_" ? "-" : $0 })
  }

  /// A question without its kind: `113/tcp`, `tcp/113`, `169.254.0.1`, `/robots.txt`.
  private static func bare(_ word: String) -> Question? {
    if let address = Address(unzoned(word)) { return .address(address) }
    if word.hasPrefix("/") || word.hasPrefix("http://") || word.hasPrefix("https://") { return .url(word) }
    if word.contains("/"), let (port, transport) = portAndTransport(word), transport != nil {
      return .port(port, transport)
    }
    return nil
  }

  private static func missing(_ what: String, _ example: String) -> QuestionProblem {
    QuestionProblem("\(what) is missing", suggestions: [example])
  }

  private static func port(_ words: [String], isSource: Bool) -> Result<Question, QuestionProblem> {
    let kind = isSource ? "source-port" : "port"
    guard let first = words.first else { return .failure(missing("a port number", "\(kind) 113")) }
    // `port 113 tcp` and `port tcp 113` mean what `port 113/tcp` does.
    let text = words.count == 2 ? words.joined(separator: "/") : first
    guard words.count <= 2 else {
      return .failure(QuestionProblem("one port at a time", suggestions: ["\(kind) \(first)"]))
    }
    if let (port, transport) = portAndTransport(text) {
      return .success(isSource ? .sourcePort(port, transport) : .port(port, transport))
    }
    if let service = Knowledge.service(named: first) {
      return .success(isSource ? .sourcePort(service.port, service.transport) : .port(service.port, service.transport))
    }
    if let number = Int(first.prefix { $0 != "/" }) {
      if number < 0 || number > 65535 {
        return .failure(QuestionProblem("port numbers go from 0 to 65535", suggestions: ["\(kind) 65535"]))
      }
      return .failure(
        QuestionProblem(
          "`\(text)` names no transport protocol; write tcp, udp, sctp or dccp",
          suggestions: ["\(kind) \(number)/tcp", "\(kind) \(number)/udp"]))
    }
    return .failure(
      QuestionProblem(
        "no service is called `\(first)`", suggestions: Knowledge.nearestServices(to: first).map { "\(kind) \($0)" }))
  }

  /// `113`, `113/tcp`, `tcp/113`; nil for anything else.
  private static func portAndTransport(_ text: String) -> (UInt16, Transport?)? {
    let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let first = parts.first else { return nil }
    guard parts.count == 2 else { return UInt16(first).map { ($0, nil) } }
    func transport(_ part: Substring) -> Transport? {
      part == "both" ? nil : Transport(rawValue: String(part))
    }
    if let port = UInt16(first), let transport = transport(parts[1]) { return (port, transport) }
    if let port = UInt16(parts[1]), let transport = transport(first) { return (port, transport) }
    return nil
  }

  private static func icmp(_ words: [String], isV6: Bool) -> Result<Question, QuestionProblem> {
    let kind = isV6 ? "icmpv6" : "icmp"
    guard !words.isEmpty else { return .failure(missing("a type", isV6 ? "icmpv6 2" : "icmp 3/4")) }
    let filler: Set<String> = ["type", "code"]
    let kept = words.filter { !filler.contains($0.lowercased()) }
    let text = kept.joined(separator: "/")
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if let first = parts.first, let type = UInt8(first), parts.count <= 2 {
      if parts.count == 1 { return .success(isV6 ? .icmpv6(type, code: nil) : .icmp(type, code: nil)) }
      if parts[1] == "*" { return .success(isV6 ? .icmpv6(type, code: nil) : .icmp(type, code: nil)) }
      if let code = UInt8(parts[1]) { return .success(isV6 ? .icmpv6(type, code: code) : .icmp(type, code: code)) }
    }
    if parts.allSatisfy({ Int($0) != nil }) {
      return .failure(QuestionProblem("ICMP types and codes go from 0 to 255", suggestions: ["\(kind) 3/4"]))
    }
    let name = normalised(kept.joined(separator: "-"))
    if let known = ICMPTables.named(name, isV6: isV6) {
      return .success(isV6 ? .icmpv6(known.type, code: known.code) : .icmp(known.type, code: known.code))
    }
    let near = NearMiss.nearest(to: name, among: ICMPTables.names(isV6: isV6))
    return .failure(QuestionProblem("`\(name)` is no ICMP type", suggestions: near.map { "\(kind) \($0)" }))
  }

  private static func unzoned(_ text: String) -> Substring { text.prefix { $0 != "%" } }

  private static func address(_ words: [String]) -> Result<Question, QuestionProblem> {
    guard let first = words.first else { return .failure(missing("an address", "address 169.254.0.1")) }
    // A prefix asks about its first address.
    let text = unzoned(first).prefix { $0 != "/" }
    guard let address = Address(text) else {
      return .failure(
        QuestionProblem(
          "`\(first)` is no IPv4 or IPv6 address", suggestions: ["address 169.254.0.1", "address fe80::1"]))
    }
    return .success(.address(address))
  }

  private static func ttl(_ words: [String]) -> Result<Question, QuestionProblem> {
    guard let first = words.first else { return .failure(missing("a number", "ttl 112")) }
    guard let ttl = UInt8(first) else {
      return .failure(QuestionProblem("a TTL goes from 0 to 255", suggestions: ["ttl 112"]))
    }
    return .success(.ttl(ttl))
  }

  private static func ipID(_ words: [String]) -> Result<Question, QuestionProblem> {
    guard let first = words.first else { return .success(.ipID(nil)) }
    guard let id = UInt16(first) else {
      return .failure(QuestionProblem("an IP ID goes from 0 to 65535", suggestions: ["ip-id"]))
    }
    return .success(.ipID(id))
  }

  private static func rpc(_ words: [String]) -> Result<Question, QuestionProblem> {
    guard let first = words.first else { return .failure(missing("a program number", "rpc 100005")) }
    let lower = first.lowercased()
    if ["procedure", "proc"].contains(lower), words.count == 2 {
      if let number = UInt32(words[1]) { return .success(.rpcProcedure(number)) }
      if let number = Knowledge.portmapProcedures.firstIndex(of: words[1].lowercased()) {
        return .success(.rpcProcedure(UInt32(number)))
      }
    }
    if let number = UInt32(first) {
      // Program numbers start at 100000; the portmapper's own procedures are 0 to 5.
      return .success(number < 100 ? .rpcProcedure(number) : .rpc(number))
    }
    if let number = Knowledge.portmapProcedures.firstIndex(of: lower) { return .success(.rpcProcedure(UInt32(number))) }
    if let program = RPCPrograms.named(lower) { return .success(.rpc(program)) }
    return .failure(
      QuestionProblem(
        "`\(first)` is no RPC program",
        suggestions: NearMiss.nearest(to: lower, among: RPCPrograms.names).map { "rpc \($0)" }))
  }
}
