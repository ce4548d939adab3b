import SourceText

extension RuleWriter {
  /// Extensions that are not printed option by option; nil for those that are.
  func ownForm(_ use: RuleSyntax.ModuleUse, _ id: ModuleID) -> String? {
    guard let module = use.module else { return nil }
    switch id {
    case .tcp: return tcp(use, module)
    case .limit: return limit(use)
    case .hashlimit: return hashlimit(use, module)
    case .connlimit: return connlimit(use)
    case .recent: return recent(use, module)
    case .string: return string(use, module)
    case .time: return time(use)
    case .policy: return policy(use)
    case .cluster: return cluster(use)
    case .ipcomp: return (rule.option(.ipcompspi, of: use) == nil ? " --ipcompspi 0" : "") + plain(use, module)
    case .conntrack, .ecn: return plain(use, module)
    case .owner: return owner(use, module)
    case .set: return set(use, module)
    case .CT: return connection(use, module)
    case .ECN: return explicitCongestion(use, module)
    case .TCPMSS: return segmentSize(use)
    case .MARK, .CONNMARK: return mark(use, module)
    case .TOS: return tos(use)
    case .DSCP: return setDSCP(use)
    case .LOG: return log(use, module)
    case .NFLOG: return nflog(use, module)
    case .REJECT: return reject(use)
    case .NFQUEUE: return queue(use, module)
    case .SNAT, .DNAT, .MASQUERADE, .REDIRECT: return translation(use, module)
    case .NETMAP: return netmap(use)
    case .TPROXY: return transparentProxy(use)
    case .HMARK: return hashMark(use, module)
    case .RATEEST: return rateEstimator(use)
    case .ULOG: return plain(use, module)
    default: return nil
    }
  }

  private func tcp(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    let isNegated = rule.option(.syn, of: use)?.isNegated
    let syn = isNegated.map { bang($0) + " --tcp-flags FIN,SYN,RST,ACK SYN" } ?? ""
    return plain(use, module, leaving: [.syn]) + syn
  }

  private func limit(_ use: RuleSyntax.ModuleUse) -> String {
    let rate = rule.option(.limit, of: use).map { one($0, registry.options[$0.option]) } ?? " --limit 3/hour"
    let burst = rule.option(.limitBurst, of: use)
    return rate + (burst.map { $0.first == 5 || $0.first == 0 ? "" : " --limit-burst \($0.first)" } ?? "")
  }

  private func hashlimit(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    let rate = rule.option(.hashlimitUpto, of: use) ?? rule.option(.hashlimitAbove, of: use)
    var head = ""
    if let rate, let value = value(rate, registry.options[rate.option]) {
      // `! --hashlimit-above` is printed as `--hashlimit-upto` and the other way round.
      head = " --hashlimit-" + ((rate.key == .hashlimitUpto) != rate.isNegated ? "upto" : "above") + " " + value
    }
    func positive(_ key: OptionKey) -> String { rule.option(key, of: use)?.first == 0 ? "" : flag(key, use) }
    // A burst counts what the rate counts, however it is written.
    let burst =
      rule.option(.hashlimitBurst, of: use).map {
        " --hashlimit-burst " + (rate?.second == 1 ? byteRate($0.first) : "\($0.first)")
      } ?? ""
    let defaultBurst = rate?.second == 1 ? "" : " --hashlimit-burst 5"
    let middle = flag(.hashlimitMode, use) + flag(.hashlimitName, use) + positive(.hashlimitHtableSize)
    let gc =
      rule.option(.hashlimitHtableGcinterval, of: use)?.first == 1000 ? "" : flag(.hashlimitHtableGcinterval, use)
    let whole: UInt128 = isIPv6 ? 128 : 32
    let source = rule.option(.hashlimitSrcmask, of: use)?.first == whole ? "" : flag(.hashlimitSrcmask, use)
    let destination = rule.option(.hashlimitDstmask, of: use)?.first == whole ? "" : flag(.hashlimitDstmask, use)
    return head + (burst.isEmpty ? defaultBurst : burst) + middle + positive(.hashlimitHtableMax) + gc
      + flag(.hashlimitHtableExpire, use) + source + destination + flag(.hashlimitRateMatch, use)
      + (rule.option(.hashlimitRateInterval, of: use)?.first == 1 ? "" : flag(.hashlimitRateInterval, use))
  }

  /// `! --connlimit-above` is printed as `--connlimit-upto` and the other way round.
  private func connlimit(_ use: RuleSyntax.ModuleUse) -> String {
    guard let option = rule.option(.connlimitUpto, of: use) ?? rule.option(.connlimitAbove, of: use) else { return "" }
    let isUpto = (option.key == .connlimitUpto) != option.isNegated
    let mask =
      rule.option(.connlimitMask, of: use).flatMap { AddressText.length($0.first, isIPv6: isIPv6) }
      ?? (isIPv6 ? 128 : 32)
    let side = rule.option(.connlimitDaddr, of: use) == nil ? "--connlimit-saddr" : "--connlimit-daddr"
    return " --connlimit-\(isUpto ? "upto" : "above") \(option.first) --connlimit-mask \(mask) \(side)"
  }

  private func recent(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    let name =
      rule.option(.name, of: use).map { one($0, registry.options[$0.option]).dropFirst(" --name ".count) } ?? "DEFAULT"
    let mask = rule.option(.mask, of: use)?.first ?? Read.allOnes(isIPv6: isIPv6)
    let side = use.options.reversed().lazy.map { rule.options[$0].key }.first { $0 == .rsource || $0 == .rdest }
    let isZero = rule.option(.hitcount, of: use)?.first == 0
    return plain(use, module, leaving: [.name, .mask, .rsource, .rdest] + (isZero ? [.hitcount] : []))
      + " --name \(name) --mask \(AddressText.plain(mask, isIPv6: isIPv6))"
      + (side == .rdest ? " --rdest" : " --rsource")
  }

  private func string(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    var result = ""
    for position in use.options {
      let option = rule.options[position]
      guard option.key == .string || option.key == .hexString else { continue }
      var text = one(option, registry.options[option.option])
      if option.key == .hexString, !text.contains("\"|") {
        text = text.replacingPrefix("--hex-string", by: "--string")
      }
      result += text
    }
    result += flag(.algo, use)
    if let from = rule.option(.from, of: use), from.first != 0 { result += " --from \(from.first)" }
    if let to = rule.option(.to, of: use), to.first != 65535 { result += " --to \(to.first)" }
    return result + flag(.icase, use)
  }

  private func time(_ use: RuleSyntax.ModuleUse) -> String {
    var result = ""
    let start = rule.option(.timestart, of: use)?.first ?? 0
    let stop = rule.option(.timestop, of: use)?.first ?? 86399
    if start != 0 || stop != 86399 {
      result +=
        " --timestart " + CalendarDate.clock(UInt64(truncatingIfNeeded: start)) + " --timestop "
        + CalendarDate.clock(UInt64(truncatingIfNeeded: stop))
    }
    result += days(.monthdays, use, all: 0xffff_fffe, names: (0...31).map { "\($0)" })
    result += days(.weekdays, use, all: 0xfe, names: [""] + CalendarDate.weekdays)
    if let date = rule.option(.datestart, of: use), date.first != 0 {
      result += one(date, registry.options[date.option])
    }
    let end = rule.option(.datestop, of: use)?.first ?? 0x7fff_ffff
    result += " --datestop " + CalendarDate.text(UInt64(truncatingIfNeeded: end))
    if rule.option(.localtz, of: use) != nil || rule.option(.kerneltz, of: use) != nil { result += " --kerneltz" }
    return result + flag(.contiguous, use)
  }

  /// A negated list is printed as the days that are left.
  private func days(_ key: OptionKey, _ use: RuleSyntax.ModuleUse, all: UInt128, names list: [String]) -> String {
    guard let option = rule.option(key, of: use) else { return "" }
    let bits = option.isNegated ? all & ~option.first : option.first
    return bits == all ? "" : " --\(key.rawValue) " + names(bits, list)
  }

  /// Elements are printed one after the other, each in a fixed order.
  private func policy(_ use: RuleSyntax.ModuleUse) -> String {
    var result = flag(.dir, use)
    result += rule.option(.pol, of: use) == nil ? " --pol ipsec" : flag(.pol, use)
    result += flag(.strict, use)
    // Without a policy there is nothing more to print.
    if let kind = rule.option(.pol, of: use), kind.first & 1 == 0 { return result }
    let order: [OptionKey] = [.reqid, .spi, .proto, .mode, .tunnelDst, .tunnelSrc]
    var elements: [[RuleSyntax.OptionUse]] = [[]]
    for position in use.options {
      let option = rule.options[position]
      if option.key == .next {
        elements.append([])
      } else if order.contains(option.key) {
        elements[elements.count - 1].append(option)
      }
    }
    for (index, element) in elements.enumerated() {
      if index > 0 { result += " --next" }
      for key in order {
        for option in element where option.key == key { result += one(option, registry.options[option.option]) }
      }
    }
    return result
  }

  /// Names of users and groups are numbers in the kernel; only that of root is known everywhere.
  private func owner(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    var result = ""
    for key: OptionKey in [.socketExists, .uidOwner, .gidOwner, .supplGroups] {
      guard let option = rule.option(key, of: use) else { continue }
      let isRoot = option.first == 0 && option.second == 0 && (key == .uidOwner || key == .gidOwner)
      result += isRoot ? bang(option.isNegated) + " --\(key.rawValue) 0" : one(option, registry.options[option.option])
    }
    return result
  }

  /// Counters are updated by default; only that they are not is printed.
  private func set(_ use: RuleSyntax.ModuleUse, _ module: Int) -> String {
    let defaults: [OptionKey] = [.updateCounters, .updateSubcounters]
    return plain(use, module, leaving: defaults.filter { rule.option($0, of: use)?.isNegated == false })
  }

  private func cluster(_ use: RuleSyntax.ModuleUse) -> String {
    var mask: UInt128 = 0
    var isNegated = false
    if let node = rule.option(.clusterLocalNode, of: use) {
      mask = 1 << (min(max(node.first, 1), 32) - 1)
      isNegated = node.isNegated
    } else if let nodes = rule.option(.clusterLocalNodemask, of: use) {
      mask = nodes.first
      isNegated = nodes.isNegated
    }
    return bang(isNegated) + " --cluster-local-nodemask " + hex(mask, digits: 8) + flag(.clusterTotalNodes, use)
      + flag(.clusterHashSeed, use)
  }
}

extension String {
  fileprivate func replacingPrefix(_ name: String, by other: String) -> String {
    guard let range = self.firstRange(of: name) else { return self }
    var result = self
    result.replaceSubrange(range, with: other)
    return result
  }
}
