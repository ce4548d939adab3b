import FirewallModel
import NftablesSyntax
import SourceText

// Counters, quotas, limits, helpers …: what their blocks may say.
extension NftablesReader {
  /// Reports what nft refuses in the block of an object. `first` is its first entry.
  mutating func checkObject(_ x: Ex, object: Word, kind: Word, first: Ex) {
    var entry = first
    var hasHelper = false
    while entry.node != 0 {
      if node(entry).kind == .entry {
        switch object {
        case .counter: checkWords(entry, ["packets", "bytes", "comment"], "counter")
        case .limit:
          let words = text(entry)
          if words.contains("rate"), !words.contains("/") {
            report(.syntaxError, "a rate needs its unit of time", at: range(entry), hint: "write `rate 5/second`")
          }
        case .quota: checkWords(entry, ["over", "until", "used", "bytes", "kbytes", "mbytes", "comment"], "quota")
        case .ct where kind == .helper:
          let words = children(entry).map { symbol($0) }
          if node(entry).word == .type {
            hasHelper = true
            if !words.contains("protocol") {
              report(
                .typeError, "a ct helper needs its protocol", at: range(entry), hint: "add `protocol tcp` behind it")
            }
            checkHelper(children(entry))
          }
        case .ct where kind == .timeout: checkTimeout(entry, first: first)
        default: break
        }
      }
      entry = sibling(entry)
    }
    if object == .ct, kind == .helper, !hasHelper {
      report(.typeError, "a ct helper needs its type", at: range(x), hint: "add `type \"ftp\" protocol tcp`")
    }
  }

  /// The helpers of the kernel and of conntrackd(8), with the protocols that each is registered for.
  private static let helpers: [(name: String, protocols: [String])] = [
    ("amanda", ["udp"]), ("dhcpv6", ["udp"]), ("ftp", ["tcp"]), ("h323", ["tcp", "udp"]), ("irc", ["tcp"]),
    ("mdns", ["udp"]), ("netbios-ns", ["udp"]), ("pptp", ["tcp"]), ("Q.931", ["tcp"]), ("RAS", ["udp"]),
    ("rpc", ["tcp", "udp"]), ("sane", ["tcp"]), ("sip", ["tcp", "udp"]), ("slp", ["udp"]), ("snmp", ["udp"]),
    ("snmp_trap", ["udp"]), ("ssdp", ["tcp", "udp"]), ("tftp", ["udp"]), ("tns", ["tcp"]),
  ]

  /// `type "ftp" protocol tcp`
  private mutating func checkHelper(_ parts: [Ex]) {
    let words = parts.map { symbol($0) }
    guard parts.count >= 4, words[2] == "protocol" else { return }
    guard let helper = Self.helpers.first(where: { $0.name == words[1] }) else {
      report(
        .undefinedReference, "there is no conntrack helper `\(words[1].prefix(60))`", at: range(parts[1]),
        hint: NearestWord.find(words[1], among: Self.helpers.map(\.name)).map { "did you mean `\($0)`?" })
      return
    }
    guard ["tcp", "udp"].contains(words[3]), !helper.protocols.contains(words[3]) else { return }
    report(
      .typeError, "helper `\(helper.name)` is not for \(words[3])", at: range(parts[3]),
      hint: "write `protocol \(helper.protocols[0])`")
  }

  /// Flowtables stand at the ingress hook. `first` is the first entry of the block.
  mutating func checkFlowtable(first: Ex) {
    var entry = first
    while entry.node != 0 {
      if node(entry).kind == .entry, node(entry).word == .hook {
        let parts = children(entry)
        if parts.count > 1, symbol(parts[1]) != "ingress" {
          report(
            .notAllowedHere, "a flowtable has no hook `\(symbol(parts[1]).prefix(60))`", at: range(parts[1]),
            hint: "write `hook ingress`")
        }
      }
      entry = sibling(entry)
    }
  }

  private mutating func checkWords(_ entry: Ex, _ allowed: [String], _ what: String) {
    guard node(entry).word != .comment else { return }
    for part in children(entry) where token(part).kind == .word {
      let text = symbol(part)
      guard !allowed.contains(text) else { continue }
      report(
        .syntaxError, "`\(text.prefix(60))` is no property of a \(what)", at: range(part),
        hint: NearestWord.find(text, among: allowed).map { "did you mean `\($0)`?" })
      return
    }
  }

  /// The states that nf_conntrack has timeouts for.
  private mutating func checkTimeout(_ entry: Ex, first: Ex) {
    let parts = children(entry)
    guard let word = parts.first.map({ symbol($0) }) else { return }
    if word == "protocol", let value = parts.dropFirst().first, !["tcp", "udp"].contains(symbol(value)) {
      report(.typeError, "timeouts can be set for tcp and udp only", at: range(value))
    }
    guard word == "policy" else { return }
    var item = first
    var isUDP = false
    while item.node != 0 {
      let words = node(item).kind == .entry ? children(item).map { symbol($0) } : []
      if words.first == "protocol", words.dropFirst().first == "udp" { isUDP = true }
      item = sibling(item)
    }
    let states =
      isUDP
      ? ["unreplied", "replied"]
      : [
        "syn_sent", "syn_recv", "established", "fin_wait", "close_wait", "last_ack", "time_wait", "close", "syn_sent2",
        "retrans", "unack",
      ]
    for part in parts.dropFirst() where token(part).kind == .word && !states.contains(symbol(part)) {
      report(
        .typeError, "`\(symbol(part))` is no state of this protocol", at: range(part),
        hint: NearestWord.find(symbol(part), among: states).map { "did you mean `\($0)`?" })
    }
  }
}
