import Packets

/// Explains lines of the other logs that the FAQ speaks of: name servers, web servers, mail servers, the portmapper.
enum ServerLogGuide {
  static func topics(_ line: String) -> [Topic] {
    let text = line.lowercased()
    var topics: [Topic] = []
    for id in dns(text) + web(line) + smtp(text) + ident(text) {
      if let topic = Knowledge.topic(id: id) { topics.append(topic) }
    }
    topics += rpc(text)
    var seen: Set<String> = []
    return topics.filter { seen.insert($0.id).inserted }
  }

  private static func dns(_ text: String) -> [String] {
    var ids: [String] = []
    if text.contains("unexpected source") { ids.append("OL001") }
    if text.contains("version.bind") { ids.append("OL004") }
    let isTransfer = text.contains("axfr") || text.contains("zone transfer")
    if isTransfer, ["denied", "unapproved", "refused"].contains(where: { text.contains($0) }) {
      ids.append("OL003")
      if text.contains("128.9.160.57") || text.contains("198.32.4.13") { ids.append("AD012") }
    }
    if text.contains("named"), text.contains("127.0.0.1") { ids.append("OL002") }
    return ids
  }

  /// The request of a web server's access log stands in quotes: `"GET /robots.txt HTTP/1.1"`.
  private static func web(_ line: String) -> [String] {
    for part in line.split(separator: "\"").dropFirst() {
      let words = part.split(separator: " ", maxSplits: 3)
      guard words.count >= 2, ["GET", "POST", "HEAD", "CONNECT", "PUT", "OPTIONS"].contains(words[0]) else { continue }
      if words[0] == "CONNECT" { return ["OL007"] }
      return Knowledge.answer(.url(String(words[1]))).topics.map(\.id).filter { $0 != "url" }
    }
    return []
  }

  private static func smtp(_ text: String) -> [String] {
    var ids: [String] = []
    if ["relaying denied", "relay access denied", "relay not permitted", "unable to relay"].contains(where: {
      text.contains($0)
    }) {
      ids.append("OL029")
    }
    for command in ["vrfy ", "expn "] {
      guard let range = text.ranges(of: command).first else { continue }
      let argument = text[range.upperBound...].prefix { $0 != " " }
      ids.append(argument.utf8.count > 100 ? "OL033" : "OL032")
      ids.append("OL034")
    }
    return ids
  }

  private static func ident(_ text: String) -> [String] {
    if text.contains("no ident response") { return ["OL035"] }
    return text.contains("identd[") ? ["RC014"] : []
  }

  /// `portmap[9]: connect from 203.0.113.9 to getport(mountd): request from unauthorized host`.
  private static func rpc(_ text: String) -> [Topic] {
    guard text.contains("portmap") || text.contains("rpcbind") || text.contains("rpcinfo") else { return [] }
    var topics: [Topic] = []
    for (number, name) in Knowledge.portmapProcedures.enumerated() {
      guard let range = text.ranges(of: "\(name)(").first else { continue }
      // `unset(` holds `set(`.
      if name == "set", text[..<range.lowerBound].hasSuffix("un") { continue }
      topics += Knowledge.answer(.rpcProcedure(UInt32(number))).topics
      let argument = String(text[range.upperBound...].prefix { $0 != ")" && $0 != "," })
      if let program = UInt32(argument) ?? RPCPrograms.named(argument) {
        topics += Knowledge.answer(.rpc(program)).topics
      }
    }
    if topics.isEmpty, let topic = Knowledge.topic(id: "OL008") { topics.append(topic) }
    return topics
  }
}
