import SourceText

// Expressions that read something beside the packet: metadata, conntrack, routes, sockets, generators.
extension Parser {
  static let metaKeys = [
    "length", "nfproto", "l4proto", "protocol", "priority", "random", "mark", "iif", "iifname", "iiftype", "oif",
    "oifname", "oiftype", "skuid", "skgid", "nftrace", "rtclassid", "ibriport", "obriport", "ibrname", "obrname",
    "pkttype", "cpu", "iifgroup", "oifgroup", "cgroup", "iifkind", "oifkind", "ibrpvid", "ibrvproto", "ibrhwaddr",
    "sdif", "sdifname", "time", "day", "hour", "secpath", "secmark", "ipsec", "broute",
  ]

  mutating func parseMeta() -> NodeID {
    let id = open(.meta)
    advance()
    switch word {
    case .length, .nfproto, .l4proto, .protocolWord, .priority, .random, .mark, .iif, .iifname, .iiftype, .oif,
      .oifname, .oiftype, .skuid, .skgid, .nftrace, .rtclassid, .ibriport, .obriport, .ibrname, .obrname,
      .ibridgename, .obridgename, .pkttype, .cpu, .iifgroup, .oifgroup, .cgroup, .iifkind, .oifkind, .ibrpvid,
      .ibrvproto, .ibrhwaddr, .sdif, .sdifname, .time, .day, .hour, .secpath, .secmark, .ipsec, .broute:
      nodes[Int(id)].word = word
      advance()
      close(id)
      return id
    default: return fail("a meta key", near: Self.metaKeys)
    }
  }

  static let conntrackKeys = [
    "state", "direction", "status", "mark", "expiration", "helper", "label", "l3proto", "protocol", "saddr", "daddr",
    "proto-src", "proto-dst", "bytes", "packets", "avgpkt", "zone", "id", "secmark", "event", "timeout",
    "expectation", "count", "original", "reply",
  ]

  mutating func parseConntrack() -> NodeID {
    let id = open(.conntrack)
    advance()
    if word == .original || word == .reply {
      nodes[Int(id)].flag = word == .original ? 1 : 2
      advance()
    }
    if word == .ip || word == .ip6, nextToken.word == .saddr || nextToken.word == .daddr {
      nodes[Int(id)].field = word
      advance()
    }
    switch word {
    case .state, .direction, .status, .mark, .expiration, .helper, .label, .l3proto, .protocolWord, .saddr, .daddr,
      .protoSrc, .protoDst, .bytes, .packets, .avgpkt, .zone, .id, .secmark, .event, .timeout, .expectation:
      nodes[Int(id)].word = word
      let isDirected = nodes[Int(id)].flag != 0
      switch word {
      case .saddr, .daddr, .protoSrc, .protoDst:
        if !isDirected { return fail("`original` or `reply` before this key") }
      case .l3proto, .protocolWord, .bytes, .packets, .avgpkt, .zone: break
      default:
        if isDirected { return fail("a key that each direction has, such as `saddr`") }
      }
      advance()
      close(id)
      return id
    default: return fail("a ct key", near: Self.conntrackKeys)
    }
  }

  /// `rt classid`, `rt ip nexthop`, and the fields of the routing header: `rt type`.
  mutating func parseRouting() -> NodeID {
    let id = open(.routing)
    advance()
    if word == .ip || word == .ip6, nextToken.word == .nexthop || nextToken.word == .mtu {
      nodes[Int(id)].field = word
      advance()
    }
    switch word {
    case .classid, .nexthop, .mtu, .ipsec:
      nodes[Int(id)].word = word
      advance()
    case .nexthdr, .hdrlength, .type, .segLeft:
      nodes[Int(id)].kind = .payload
      nodes[Int(id)].word = .rt
      nodes[Int(id)].field = word
      advance()
    default:
      return fail(
        "an rt key", near: ["classid", "nexthop", "mtu", "ipsec", "nexthdr", "hdrlength", "type", "seg-left"])
    }
    close(id)
    return id
  }

  mutating func parseSocket() -> NodeID {
    let id = open(.socket)
    advance()
    switch word {
    case .transparent, .mark, .wildcard:
      nodes[Int(id)].word = word
      advance()
    case .cgroupv2:
      nodes[Int(id)].word = word
      advance()
      guard take(.level), kind == .number else { return fail("`level` and a number") }
      advance()
    default: return fail("a socket key", near: ["transparent", "mark", "wildcard", "cgroupv2"])
    }
    close(id)
    return id
  }

  mutating func parseOsf() -> NodeID {
    let id = open(.osf)
    advance()
    if take(.ttl) {
      guard word == .loose || word == .skip else { return fail("`loose` or `skip`", near: ["loose", "skip"]) }
      nodes[Int(id)].field = word
      advance()
    }
    guard word == .name || word == .version else { return fail("`name` or `version`", near: ["name", "version"]) }
    nodes[Int(id)].word = word
    advance()
    close(id)
    return id
  }

  /// `fib saddr . iif oif exists`; the children are the selectors, `word` the result.
  mutating func parseFib() -> NodeID {
    let id = open(.fib)
    advance()
    var list = ChildList()
    repeat {
      switch word {
      case .saddr, .daddr, .mark, .iif, .oif: add(leaf(.symbol, word: word), to: &list)
      default: return fail("`saddr`, `daddr`, `mark`, `iif` or `oif`", near: ["saddr", "daddr", "mark", "iif", "oif"])
      }
    } while take(.dot)
    checkFibKeys(list)
    if word == .check { advance() }
    guard word == .oif || word == .oifname || word == .type else {
      return fail("`oif`, `oifname` or `type`", near: ["oif", "oifname", "type"])
    }
    nodes[Int(id)].word = word
    advance()
    close(id, list)
    return id
  }

  /// A route is looked up by one address, and by one device at most.
  private mutating func checkFibKeys(_ list: ChildList) {
    var words: [Word] = []
    var child = list.head
    while child != 0 {
      words.append(nodes[Int(child)].word)
      child = nodes[Int(child)].next
    }
    let keys = range(from: Int(nodes[Int(list.head)].first), to: index)
    if words.contains(.saddr), words.contains(.daddr) {
      report("`fib` takes either `saddr` or `daddr`, not both", at: keys)
    } else if !words.contains(.saddr), !words.contains(.daddr) {
      report("`fib` needs `saddr` or `daddr`", at: keys, hint: "write `fib saddr . \(words.first?.text ?? "iif")`")
    }
    if words.contains(.iif), words.contains(.oif) { report("`fib` takes either `iif` or `oif`, not both", at: keys) }
  }

  /// `mod 0` leaves no value.
  private mutating func checkModulus() {
    if tokenText(index) == "0" { report("`mod 0` leaves no value", at: range(from: index, to: index + 1)) }
  }

  mutating func parseNumgen() -> NodeID {
    let id = open(.numgen)
    advance()
    guard word == .inc || word == .random else { return fail("`inc` or `random`", near: ["inc", "random"]) }
    nodes[Int(id)].word = word
    advance()
    var list = ChildList()
    guard take(.mod), kind == .number else { return fail("`mod` and a number") }
    checkModulus()
    add(leaf(.symbol), to: &list)
    if take(.offset) {
      guard kind == .number else { return fail("a number") }
      add(leaf(.symbol), to: &list)
    }
    close(id, list)
    return id
  }

  mutating func parseHash() -> NodeID {
    let id = open(.hash)
    nodes[Int(id)].word = word
    advance()
    var list = ChildList()
    if nodes[Int(id)].word == .jhash {
      let key = nested { $0.parseLeftSide() }
      if key == 0 { return 0 }
      add(key, to: &list)
    }
    guard take(.mod), kind == .number else { return fail("`mod` and a number") }
    checkModulus()
    add(leaf(.symbol), to: &list)
    while word == .seed || word == .offset {
      let option = open(.option)
      nodes[Int(option)].word = word
      advance()
      guard kind == .number else { return fail("a number") }
      advance()
      close(option)
      add(option, to: &list)
    }
    close(id, list)
    return id
  }

  mutating func parseIpsec() -> NodeID {
    let id = open(.ipsec)
    advance()
    guard word == .in || word == .out else { return fail("`in` or `out`", near: ["in", "out"]) }
    nodes[Int(id)].flag = word == .in ? 1 : 2
    advance()
    var list = ChildList()
    if take(.spnum) {
      guard kind == .number, Int(tokenText(index)).map({ $0 <= 255 }) ?? false else {
        return fail("a number up to 255")
      }
      add(leaf(.symbol), to: &list)
    }
    if word == .ip || word == .ip6 {
      nodes[Int(id)].field = word
      advance()
      guard word == .saddr || word == .daddr else { return fail("`saddr` or `daddr`", near: ["saddr", "daddr"]) }
    } else if word != .reqid, word != .spi {
      return fail("`reqid`, `spi` or an address", near: ["reqid", "spi", "ip", "ip6"])
    }
    nodes[Int(id)].word = word
    advance()
    close(id, list)
    return id
  }
}
