package import FirewallAnalysis
package import FirewallModel
package import Packets

/// `1 error`, `2 errors`.
package func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// Digits in groups of three: `1,204`.
package func grouped(_ number: Int) -> String {
  let digits = Array(String(number.magnitude))
  var result = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
    result.append(digit)
  }
  return number < 0 ? "-" + result : result
}

extension RejectKind {
  /// As nft(8) writes it after `reject with`.
  var words: String {
    switch self {
    case .tcpReset: "tcp reset"
    case .icmp(let code): "icmp code \(code)"
    case .icmpv6(let code): "icmpv6 code \(code)"
    case .icmpx(let code): "icmpx code \(code)"
    }
  }
}

extension Outcome {
  /// One word, as the kernel oracle and the JSON format have it.
  package var word: String {
    switch self {
    case .accept: "accept"
    case .drop: "drop"
    case .reject: "reject"
    case .queue: "queue"
    case .stolen: "stolen"
    case .held: "queued"
    case .lost: "lost"
    case .may: "may"
    }
  }

  package var words: String {
    switch self {
    case .reject(let kind): "rejected with \(kind.words)"
    case .accept: "accepted"
    case .drop: "dropped"
    case .queue: "queued to user space"
    case .stolen(let how): "taken away by \(how)"
    case .held: "held until all fragments have come"
    case .lost(let why): "lost outside the rules: \(why)"
    case .may(let reasons): "undecided: " + reasons.map(\.text).joined(separator: ", ")
    }
  }
}

extension Ruleset {
  /// A verdict as nft(8) writes it.
  func words(_ verdict: Verdict) -> String {
    switch verdict {
    case .accept: "accept"
    case .drop: "drop"
    case .reject(let kind): "reject with \(kind.words)"
    case .jump(let chain): "jump \(name(of: chain))"
    case .goto(let chain): "goto \(name(of: chain))"
    case .jumpToMissing(let name, let isGoto): "\(isGoto ? "goto" : "jump") \(name) (missing)"
    case .return: "return"
    case .continue: "continue"
    case .queue: "queue"
    case .translate(let translation): translation.kind.rawValue
    case .stolen(let how): how
    case .unknown(let reason): reason.text
    }
  }

  func name(of chain: ChainID) -> String {
    chains.indices.contains(chain.index) ? chains[chain.index].name : "?"
  }

  /// `inet filter forward`.
  package func fullName(of chain: ChainID) -> String {
    guard chains.indices.contains(chain.index) else { return "?" }
    let chain = self[chain]
    guard tables.indices.contains(chain.table.index) else { return chain.name }
    let table = self[chain.table]
    return "\(table.family.rawValue) \(table.name) \(chain.name)"
  }

  package func rule(_ id: RuleID) -> Rule? {
    guard chains.indices.contains(id.chain.index) else { return nil }
    let rules = self[id.chain].rules
    return rules.indices.contains(id.index) ? rules[id.index] : nil
  }
}

extension Packet {
  /// The packet in one line, most telling parts first: `iif wan0 oif lan0, TCP 192.0.2.1:40000 -> 198.51.100.7:113 [S]`.
  package var words: String {
    var parts: [String] = []
    let interfaces = [inInterface.map { "iif \($0)" }, outInterface.map { "oif \($0)" }].compactMap { $0 }
    if !interfaces.isEmpty { parts.append(interfaces.joined(separator: " ")) }
    parts.append(
      "\(protocolWords) \(endpoint(source, sourcePort)) -> \(endpoint(destination, destinationPort))" + flagWords)
    if let icmpType {
      var text = "type \(icmpType) code \(icmpCode ?? 0)"
      if let name = icmpName { text += " (\(name))" }
      if let icmpMTU { text += " mtu \(icmpMTU)" }
      parts.append(text)
    }
    if !ipOptions.isEmpty { parts.append("IP options \(ipOptions.joined(separator: " "))") }
    if !extensionHeaders.isEmpty { parts.append("extension headers \(extensionHeaders.joined(separator: " "))") }
    if let fragmentOffset, fragmentOffset > 0 || moreFragments { parts.append("fragment at \(fragmentOffset)") }
    if packetType != .host { parts.append("\(packetType)") }
    if mark != 0 { parts.append("mark \(mark)") }
    if let socketUID { parts.append("uid \(socketUID)") }
    return parts.joined(separator: ", ")
  }

  private func endpoint(_ address: Address, _ port: UInt16?) -> String {
    guard let port else { return "\(address)" }
    return address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }

  private var protocolWords: String {
    switch transportProtocol {
    case IPProtocol.icmp: "ICMP"
    case IPProtocol.icmpv6: "ICMPv6"
    case IPProtocol.tcp: "TCP"
    case IPProtocol.udp: "UDP"
    case IPProtocol.igmp: "IGMP"
    case IPProtocol.sctp: "SCTP"
    case IPProtocol.gre: "GRE"
    case IPProtocol.esp: "ESP"
    case IPProtocol.ah: "AH"
    default: "protocol \(transportProtocol)"
    }
  }

  private var flagWords: String {
    guard let tcpFlags else { return "" }
    let letters: [(UInt8, String)] = [
      (TCPFlag.syn, "S"), (TCPFlag.ack, "A"), (TCPFlag.fin, "F"), (TCPFlag.rst, "R"), (TCPFlag.psh, "P"),
      (TCPFlag.urg, "U"), (TCPFlag.ece, "E"), (TCPFlag.cwr, "C"),
    ]
    let text = letters.filter { tcpFlags & $0.0 != 0 }.map(\.1).joined()
    return " [\(text.isEmpty ? "no flags" : text)]"
  }

  private var icmpName: String? {
    guard let icmpType else { return nil }
    if transportProtocol == IPProtocol.icmpv6 {
      switch icmpType {
      case 1: return "destination unreachable"
      case 2: return "packet too big"
      case 3: return "time exceeded"
      case 4: return "parameter problem"
      case 128: return "echo request"
      case 129: return "echo reply"
      case 133: return "router solicitation"
      case 134: return "router advertisement"
      case 135: return "neighbour solicitation"
      case 136: return "neighbour advertisement"
      case 137: return "redirect"
      default: return nil
      }
    }
    switch (icmpType, icmpCode ?? 0) {
    case (0, _): return "echo reply"
    case (3, 0): return "network unreachable"
    case (3, 1): return "host unreachable"
    case (3, 2): return "protocol unreachable"
    case (3, 3): return "port unreachable"
    case (3, 4): return "fragmentation needed"
    case (3, 13): return "administratively prohibited"
    case (3, _): return "destination unreachable"
    case (4, _): return "source quench"
    case (5, _): return "redirect"
    case (8, _): return "echo request"
    case (11, _): return "time exceeded"
    case (12, _): return "parameter problem"
    default: return nil
    }
  }
}
