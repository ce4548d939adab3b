package import Packets
import SourceText

/// What `fwlint explain` knows apart from checks: a pure function from a question to topics. The facts come from Robert
/// Graham's FAQ "Firewall Forensics" (2003), brought up to date, and from the registries of IANA.
package enum Knowledge {
  /// Answers the words after `fwlint explain`. Cost: one pass over some 500 facts.
  package static func explain(_ words: [String]) -> Answer {
    switch Question.parse(words) {
    case .success(let question): return answer(question)
    case .failure(let problem):
      return Answer(
        subject: words.joined(separator: " "), topics: [], suggestions: problem.suggestions, problem: problem.message)
    }
  }

  /// Answers a question. Topics come most specific first; a question that was understood always has at least one,
  /// except a word that is not known.
  package static func answer(_ question: Question) -> Answer {
    var answer = Answer(subject: question.text, topics: facts(for: question))
    switch question {
    case .port(let port, let transport): complete(&answer, port: port, transport: transport)
    case .sourcePort(let port, let transport): complete(&answer, sourcePort: port, transport: transport)
    case .icmp(let type, let code): complete(&answer, ICMPTables.topics(type: type, code: code, isV6: false))
    case .icmpv6(let type, let code): complete(&answer, ICMPTables.topics(type: type, code: code, isV6: true))
    case .address(let address): if answer.topics.isEmpty { answer.topics = [plainAddress(address)] }
    case .ttl(let ttl): answer.topics.insert(TTLInference(ttl).topic, at: 0)
    case .rpc(let program): if answer.topics.isEmpty { answer.topics = [RPCPrograms.topic(program)] }
    case .rpcProcedure(let procedure): if answer.topics.isEmpty { answer.topics = [plainProcedure(procedure)] }
    case .url(let path): if answer.topics.isEmpty { answer.topics = [plainURL(path)] }
    case .word(let word): if answer.topics.isEmpty { unknown(&answer, word: word) }
    case .ipID(let id?): answer.topics.insert(swapped(id), at: 0)
    case .ipID(nil): break
    case .log(let line): answer = LogLine.explain(line)
    }
    return answer
  }

  /// The facts that answer a question, closest first, in the order of the tables among equals.
  private static func facts(for question: Question) -> [Topic] {
    var found: [(distance: Int, order: Int, fact: Fact)] = []
    for (order, fact) in FactTable.all.enumerated() {
      let distance = fact.triggers.compactMap { $0.distance(to: question) }.min()
      if let distance { found.append((distance, order, fact)) }
    }
    found.sort { ($0.distance, $0.order) < ($1.distance, $1.order) }
    return found.map(\.fact.topic)
  }

  /// The fact with an id of the FAQ; nil when there is none.
  package static func topic(id: String) -> Topic? { FactTable.all.first { $0.ids.contains(id) }?.topic }

  /// The closest thing known of an address; nil for an ordinary one.
  package static func specialAddress(_ address: Address) -> Topic? {
    if case .v6(let value) = address, value >> 125 == 1 {
      // 2000::/3 as a whole is what an ordinary address is in.
      return facts(for: .address(address)).first { $0.id != "address-2000::/3" }
    }
    return facts(for: .address(address)).first
  }

  /// What a line of a name server, web server, mail server, identd or portmapper says; empty for any other line.
  package static func serverTopics(_ line: String) -> [Topic] { ServerLogGuide.topics(line) }

  // MARK: - Services

  /// The service usually found at a port; the first of the table when several are.
  package static func service(at port: UInt16, _ transport: Transport?) -> Service? {
    ServiceTable.all.first { $0.port == port && $0.transport.covers(transport) }
  }

  package static func service(named name: String) -> Service? {
    let wanted = serviceAliases[name.lowercased()] ?? name.lowercased()
    return ServiceTable.all.first { $0.name == wanted }
  }

  static func nearestServices(to name: String) -> [String] {
    NearMiss.nearest(to: name.lowercased(), among: ServiceTable.all.map(\.name))
  }

  private static let serviceAliases: [String: String] = [
    "dns": "domain", "smb": "microsoft-ds", "cifs": "microsoft-ds", "rpcbind": "sunrpc", "portmapper": "sunrpc",
    "auth": "ident", "identd": "ident", "www": "http", "dhcp": "bootps", "dhcpv6": "dhcpv6-client", "ike": "isakmp",
    "mssql": "ms-sql-s", "postgres": "postgresql", "mariadb": "mysql", "lpd": "printer", "rsh": "shell",
    "rlogin": "login", "rexec": "exec", "cups": "ipp", "elastic": "elasticsearch", "mongo": "mongodb", "quic": "https",
    "snmptrap": "snmp-trap", "netbios": "netbios-ns", "remote-desktop": "rdp", "k8s": "kubernetes-api",
  ]

  // MARK: - Completing an answer

  private static func complete(_ answer: inout Answer, port: UInt16, transport: Transport?) {
    let services = ServiceTable.all.filter { $0.port == port && $0.transport.covers(transport) }
    // The FAQ's own entry says more than the table's line; the table fills what it leaves out.
    let known = answer.topics.contains { $0.id.hasPrefix("P") }
    if !known { answer.topics.insert(contentsOf: services.map(\.topic), at: 0) }
    if answer.topics.isEmpty {
      answer.topics = rangeTopics(port)
      answer.suggestions = neighbours(port, transport)
    }
    for other in [Transport.tcp, .udp] where transport != nil && transport != .both && transport != other {
      let question = Question.port(port, other)
      let isKnown = !facts(for: question).isEmpty || service(at: port, other) != nil
      if isKnown { answer.suggestions.append(question.text) }
    }
    if !facts(for: .sourcePort(port, transport)).isEmpty {
      answer.suggestions.append(Question.sourcePort(port, transport).text)
    }
  }

  /// Adds what the tables say, except of a type or code of which the FAQ's own entry (`icmp 3/4 (…)`) speaks already.
  private static func complete(_ answer: inout Answer, _ tables: [Topic]) {
    func number(_ topic: Topic) -> Substring { topic.subject.prefix { $0 != "(" } }
    let entries = Set(answer.topics.filter { $0.id.hasPrefix("IC") }.map(number))
    answer.topics += tables.filter { !entries.contains(number($0)) }
  }

  private static func complete(_ answer: inout Answer, sourcePort port: UInt16, transport: Transport?) {
    let services = ServiceTable.all.filter { $0.port == port && $0.transport.covers(transport) }
    for service in services {
      answer.topics.append(
        Topic(
          id: "source-\(service.topic.id)", subject: "source-\(service.topic.subject)",
          meaning: "Most likely an answer of the service \(service.name): \(service.purpose)",
          advice: "Let conntrack accept answers (`ct state established`); never trust a source port by itself.",
          today: "Holds: the sender chooses its source port, so this is a guess.", checks: ["SRC002"]))
    }
    if answer.topics.isEmpty { answer.topics = rangeTopics(port) }
    if !services.isEmpty || !facts(for: .port(port, transport)).isEmpty {
      answer.suggestions.append(Question.port(port, transport).text)
    }
  }

  /// What can be said of any port: its class, and how to find out more.
  private static func rangeTopics(_ port: UInt16) -> [Topic] {
    let general = FactTable.all.filter { fact in
      fact.triggers.contains { trigger in
        if case .portRange(let range) = trigger { return range.contains(port) }
        return false
      }
    }
    return general.map(\.topic)
  }

  /// Known ports within two of an unknown one.
  private static func neighbours(_ port: UInt16, _ transport: Transport?) -> [String] {
    var result: [String] = []
    for offset in [-1, 1, -2, 2] {
      guard let near = UInt16(exactly: Int(port) + offset), let service = service(at: near, transport) else { continue }
      result.append(Question.port(near, service.transport).text)
    }
    return result
  }

  private static func plainAddress(_ address: Address) -> Topic {
    Topic(
      id: address.isV4 ? "address-unicast-v4" : "address-unicast-v6", subject: "address \(address)",
      meaning: address.isV4
        ? "An ordinary unicast address: no registry gives it a meaning of its own."
        : "An IPv6 address outside of the ranges that are assigned: no host should have it.",
      advice: address.isV4
        ? "Ask its owner's registry by RDAP; the reverse name is written by the owner and proves nothing."
        : "Drop it at the border.",
      today: "Holds as of IANA's registries known here.")
  }

  private static func plainProcedure(_ procedure: UInt32) -> Topic {
    Topic(
      id: "rpc-procedure", subject: "portmap procedure \(procedure)",
      meaning: "Version 2 of the portmapper has no such procedure; rpcbind (versions 3 and 4) goes up to 12.",
      advice: "Block 111 from outside.", today: "Holds (RFC 1833).", checks: ["EXPOSE002"])
  }

  private static func plainURL(_ path: String) -> Topic {
    Topic(
      id: "url", subject: "url \(path)",
      meaning: "Nothing is known of this path here. Scanners ask every web server for pages of well-known programs.",
      advice: "If you do not run the program that it belongs to, ignore it; if you do, keep it up to date.",
      today: "Holds.")
  }

  private static func swapped(_ id: UInt16) -> Topic {
    Topic(
      id: "ip-id-swapped", subject: "ip-id \(id)",
      meaning: "With its bytes swapped, \(id) is \(id.byteSwapped).",
      advice: "If neighbouring lines step by 256, swap them all: the sender counts by one.",
      today: "Holds for old systems; new ones choose IDs at random, or 0 with DF.")
  }

  private static func unknown(_ answer: inout Answer, word: String) {
    answer.problem = "nothing is known of `\(word)`"
    if let port = UInt16(word) {
      answer.suggestions = ["port \(port)"] + (port < 256 ? ["icmp \(port)", "ttl \(port)"] : [])
    } else if let service = service(named: word) {
      answer = self.answer(.port(service.port, service.transport))
    } else if let type = ICMPTables.named(word, isV6: false) {
      answer = self.answer(.icmp(type.type, code: type.code))
    } else if let type = ICMPTables.named(word, isV6: true) {
      answer = self.answer(.icmpv6(type.type, code: type.code))
    } else if case let named = factsNaming(word), !named.isEmpty {
      answer.topics = named
      answer.problem = nil
    } else {
      answer.suggestions = NearMiss.nearest(to: word, among: FactTable.words + ServiceTable.all.map(\.name))
    }
  }

  /// Facts whose subject holds a word, such as the name of a program: `subseven`, `slammer`. At most twelve.
  private static func factsNaming(_ word: String) -> [Topic] {
    guard word.utf8.count >= 3, word.utf8.count <= 64 else { return [] }
    let wanted = word.split(separator: "-")
    guard !wanted.isEmpty else { return [] }
    let found = FactTable.all.lazy.filter { fact in
      let parts = fact.subject.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" }
      return wanted.allSatisfy { parts.contains($0) }
    }
    return found.prefix(12).map(\.topic)
  }

  /// Names of the portmapper's procedures, by number.
  static let portmapProcedures: [String] = ["null", "set", "unset", "getport", "dump", "callit"]
}
