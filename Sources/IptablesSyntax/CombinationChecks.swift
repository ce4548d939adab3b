import SourceText

/// What single extensions say of their options taken together.
extension RuleParser {
  /// Options of which one of several must be there.
  mutating func checkParts(of use: RuleSyntax.ModuleUse) {
    guard let module = use.module else { return }
    let alternatives: [OptionKey]
    switch registry.modules[module].id {
    case .addrtype:
      checkSides(use)
      alternatives = [.srcType, .dstType]
    case .string: alternatives = [.string, .hexString]
    case .hashlimit:
      alternatives = [.hashlimitUpto, .hashlimitAbove]
      if let rate = rule.option(.hashlimitUpto, of: use) ?? rule.option(.hashlimitAbove, of: use), rate.second == 1,
        let burst = rule.option(.hashlimitBurst, of: use), burst.isValid, burst.first < rate.first
      {
        fail(.typeError, "burst cannot be smaller than \(rate.first)b", at: burst.place)
      }
    case .connlimit: alternatives = [.connlimitUpto, .connlimitAbove]
    case .recent: alternatives = [.set, .rcheck, .update, .remove]
    case .ecn:
      for key: OptionKey in [.ecnTcpCwr, .ecnTcpEce] {
        if let option = rule.option(key, of: use) { needTCP(option.place, key.rawValue) }
      }
      return
    case .cluster:
      if let node = rule.option(.clusterLocalNode, of: use), let total = rule.option(.clusterTotalNodes, of: use),
        node.first > total.first
      {
        fail(.typeError, "`--cluster-local-node` must not be above `--cluster-total-nodes`", at: node.place)
      }
      checkClusterMask(use)
      alternatives = [.clusterLocalNode, .clusterLocalNodemask]
    case .owner: alternatives = [.uidOwner, .gidOwner, .socketExists]
    case .policy:
      checkPolicy(use)
      alternatives = [.dir]
    case .statistic:
      if let packet = rule.option(.packet, of: use), let every = rule.option(.every, of: use),
        packet.first >= max(1, every.first)
      {
        fail(.typeError, "`--packet` must be below `--every`", at: packet.place)
      }
      alternatives = rule.option(.mode, of: use)?.first == 1 ? [.every] : [.probability]
    case .time: return checkContiguous(use)
    case .ipvs:
      if let option = rule.option(.ipvs, of: use), option.isNegated, use.seen.nonzeroBitCount > 1 {
        fail(.syntaxError, "`! --ipvs` cannot stand together with other options", at: option.place)
      }
      return
    case .rt: return checkRoutingHeader(use)
    case .devgroup: return checkSides(use)
    case .ECN:
      for key: OptionKey in [.ecnTcpCwr, .ecnTcpEce, .ecnTcpRemove] {
        if let option = rule.option(key, of: use) { needTCP(option.place, key.rawValue) }
      }
      return
    case .SET:
      guard let option = rule.option(.mapSet, of: use) else { return }
      if [.mapMark, .mapPrio, .mapQueue].allSatisfy({ rule.option($0, of: use) == nil }) {
        fail(.syntaxError, "`--map-set` needs `--map-mark`, `--map-prio` or `--map-queue`", at: option.place)
      }
      return
    case .CLUSTERIP: return checkClusterAddress(use)
    case .HMARK: return checkHashMark(use)
    case .TCPMSS: return checkSegmentSize(use)
    case .CONNMARK: alternatives = [.setXmark, .setMark, .andMark, .orMark, .xorMark, .saveMark, .restoreMark]
    default: return
    }
    if alternatives.contains(where: { rule.option($0, of: use) != nil }) { return }
    let names = alternatives.map { "`--\($0.rawValue)`" }.joined(separator: " or ")
    fail(.syntaxError, "\(registry.modules[module].id.rawValue): \(names) must be specified", at: use.place)
  }

  private var hook: HookSet? { rule.chain.flatMap { HookSet(chain: text($0)) } }

  private mutating func checkClusterMask(_ use: RuleSyntax.ModuleUse) {
    guard let mask = rule.option(.clusterLocalNodemask, of: use), let total = rule.option(.clusterTotalNodes, of: use),
      total.first < 32, mask.first >> total.first != 0
    else { return }
    fail(.typeError, "`--cluster-local-nodemask` has nodes above `--cluster-total-nodes`", at: mask.place)
  }

  /// libxt_policy's own rules, element by element; `--next` starts the next one. The kernel refuses a direction that a
  /// hook does not have.
  private mutating func checkPolicy(_ use: RuleSyntax.ModuleUse) {
    let isStrict = rule.option(.strict, of: use) != nil
    if let kind = rule.option(.pol, of: use), kind.isValid, kind.first == 0, isStrict {
      fail(.syntaxError, "policy: `--pol none` cannot stand with `--strict`", at: kind.place)
    }
    if let direction = rule.option(.dir, of: use), direction.isValid, let hook {
      let isIn = direction.first == 0
      if isIn ? hook == .output || hook == .postrouting : hook == .prerouting || hook == .input {
        fail(
          .notAllowedHere, "policy: `--dir \(isIn ? "in" : "out")` is not valid in this chain", at: direction.place)
      }
    }
    var seen: [OptionKey] = []
    var isTunnel = false
    var end: RuleSyntax.OptionUse?
    func finish(_ parser: inout RuleParser) {
      if isStrict, seen.isEmpty {
        parser.fail(
          .syntaxError, "policy: empty policy element; with `--strict` each needs reqid, spi, proto, mode or tunnel",
          at: end?.place ?? use.place)
      }
      if let end, !isTunnel {
        parser.fail(
          .syntaxError, "policy: `--\(end.key.rawValue)` is only valid with `--mode tunnel`", at: end.place)
      }
    }
    for position in use.options {
      let option = rule.options[position]
      switch option.key {
      case .next:
        finish(&self)
        (seen, isTunnel, end) = ([], false, nil)
        continue
      case .reqid, .spi, .proto, .mode, .tunnelSrc, .tunnelDst: break
      default: continue
      }
      if seen.contains(option.key) {
        fail(.syntaxError, "policy: double `--\(option.key.rawValue)` option", at: option.place)
      }
      seen.append(option.key)
      if option.key == .mode { isTunnel = option.first == 1 }
      if option.key == .tunnelSrc || option.key == .tunnelDst { end = end ?? option }
      if option.key == .proto, option.isValid, ![50, 51, 108].contains(option.first) {
        fail(.typeError, "policy: the protocol must be ah, esp or ipcomp", at: option.place)
      }
    }
    finish(&self)
  }

  private mutating func checkContiguous(_ use: RuleSyntax.ModuleUse) {
    guard let option = rule.option(.contiguous, of: use) else { return }
    let start = rule.option(.timestart, of: use)?.first ?? 0
    let stop = rule.option(.timestop, of: use)?.first ?? 86_399
    if stop >= start {
      fail(
        .syntaxError, "time: `--contiguous` only makes sense when the stop time is before the start time",
        at: option.place)
    }
  }

  private mutating func checkRoutingHeader(_ use: RuleSyntax.ModuleUse) {
    let type = rule.option(.rtType, of: use)
    for key: OptionKey in [.rt0Res, .rt0Addrs] {
      guard let option = rule.option(key, of: use) else { continue }
      if type == nil || type?.first != 0 || type?.isNegated == true {
        fail(.syntaxError, "`--\(key.rawValue)` needs `--rt-type 0` before it", at: option.place)
      }
    }
  }

  /// A packet has no outgoing interface before it is routed, and no incoming one when it is made here; the kernel
  /// refuses rules that ask for them.
  private mutating func checkSides(_ use: RuleSyntax.ModuleUse) {
    guard let hook else { return }
    for position in use.options {
      let option = rule.options[position]
      let isIn = option.key == .limitIfaceIn || option.key == .srcGroup
      let isOut = option.key == .limitIfaceOut || option.key == .dstGroup
      if isIn && (hook == .output || hook == .postrouting) || isOut && (hook == .prerouting || hook == .input) {
        fail(.notAllowedHere, "`--\(option.key.rawValue)` is not valid in this chain", at: option.place)
      }
      // BROADCAST and what stands behind UNREACHABLE or is BLACKHOLE has no meaning in IPv6 (kernel: addrtype_mt_checkentry_v1).
      if isIPv6, option.key == .srcType || option.key == .dstType, option.first & 0b1111_0100_1000 != 0 {
        fail(.typeError, "IPv6 knows no such address type", at: option.place)
      }
    }
  }

  private mutating func checkClusterAddress(_ use: RuleSyntax.ModuleUse) {
    guard let new = rule.option(.new, of: use) else { return }
    for key: OptionKey in [.hashmode, .clustermac, .totalNodes, .localNode] where rule.option(key, of: use) == nil {
      fail(.syntaxError, "CLUSTERIP: `--new` needs `--\(key.rawValue)`", at: new.place)
    }
    if let mac = rule.option(.clustermac, of: use), mac.isValid, mac.first >> 40 & 1 == 0 {
      fail(.typeError, "the address must be a multicast Ethernet address", at: mac.place)
    }
  }

  private mutating func checkHashMark(_ use: RuleSyntax.ModuleUse) {
    let fields: [(String, [OptionKey])] = [
      ("ct", []), ("src", [.hmarkSrcPrefix]), ("dst", [.hmarkDstPrefix]), ("sport", [.hmarkSportMask, .hmarkSport]),
      ("dport", [.hmarkDportMask, .hmarkDport]), ("spi", [.hmarkSpiMask, .hmarkSpi]), ("proto", [.hmarkProtoMask]),
    ]
    let keys: [OptionKey] = fields.flatMap(\.1)
    guard let tuple = rule.option(.hmarkTuple, of: use) else {
      if !keys.contains(where: { rule.option($0, of: use) != nil }) {
        fail(.syntaxError, "HMARK: `--hmark-tuple` or a part of it must be specified", at: use.place)
      }
      return
    }
    for part in text(tuple.value).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let field = fields.first(where: { part.elementsEqual($0.0.utf8) }) else {
        fail(.typeError, "HMARK: bad type `\(Read.string(part.prefix(40)))`", at: tuple.value)
        return
      }
      for key in field.1 {
        guard let option = rule.option(key, of: use) else { continue }
        fail(
          .syntaxError, "HMARK: `--\(key.rawValue)` cannot be used together with `\(field.0)` in `--hmark-tuple`",
          at: option.place)
      }
    }
  }

  /// A segment size leaves room for the headers in 65535 bytes. That the rule must ask for SYN is a wish of the legacy
  /// back end alone (kernel: tcpmss_tg4_check), so it is none here.
  private mutating func checkSegmentSize(_ use: RuleSyntax.ModuleUse) {
    let most: UInt128 = isIPv6 ? 65_475 : 65_495
    if let size = rule.option(.setMss, of: use), size.isValid, size.first > most {
      fail(.typeError, "TCPMSS: `--set-mss` is above \(most)", at: size.place)
    }
    if let clamp = rule.option(.clampMssToPmtu, of: use), let hook, hook == .prerouting || hook == .input {
      fail(
        .notAllowedHere, "TCPMSS: `--clamp-mss-to-pmtu` works in FORWARD, OUTPUT and POSTROUTING only", at: clamp.place)
    }
  }
}
