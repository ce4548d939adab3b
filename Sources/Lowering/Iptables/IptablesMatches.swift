import FirewallModel
import IptablesSyntax
import PacketSets
import Packets
import SourceText

extension IptablesBuilder {
  typealias Use = RuleSyntax.ModuleUse
  typealias Option = RuleSyntax.OptionUse

  /// Adds the steps of one match.
  mutating func addMatch(_ use: Use, to rule: inout Rule) {
    guard let module = use.module else {
      let name = String(decoding: text(use.name).prefix(40), as: UTF8.self)
      // In a line that is no rule at all the words after `-m` name nothing.
      let isRule = parser.rule.unreadable == nil
      add(
        isRule ? notUnderstood(use.place, kind: use.isImplicit ? name : "-m \(name)") : refused(use.place), use.place,
        to: &rule)
      return
    }
    let id = registry.modules[module].id
    if id == .comment {
      ruleset.coverage.statements += 1
      guard let option = parser.rule.option(.comment, of: use) else { return }
      let comment = String(decoding: text(option.value), as: UTF8.self)
      rule.comment = rule.comment.map { $0 + " " + comment } ?? comment
      return
    }
    for position in use.options where !parser.rule.options[position].isValid {
      let option = parser.rule.options[position]
      add(refused(option.place), option.place, to: &rule)
      return
    }
    implyProtocol(use, id, to: &rule)
    switch id {
    case .tcp, .udp, .sctp, .dccp: addPortOptions(use, id, to: &rule)
    case .u32: addU32(use, to: &rule)
    case .bpf: addBPF(use, to: &rule)
    case .icmp, .icmp6: addICMP(use, id, to: &rule)
    case .multiport: addMultiport(use, to: &rule)
    case .state, .conntrack: addConntrack(use, to: &rule)
    case .ttl, .hl, .length, .tcpmss, .mac, .pkttype, .iprange, .mark, .connmark, .dscp, .tos, .ecn, .devgroup:
      addFieldOptions(use, id, to: &rule)
    case .addrtype, .owner, .rpfilter, .set: addHostOptions(use, id, to: &rule)
    case .ah, .esp, .ipcomp, .rt, .frag, .hbh, .dst, .ipv6header, .mh: addHeaderOptions(use, id, to: &rule)
    case .limit, .hashlimit, .connlimit, .quota, .recent, .connbytes, .rateest:
      add(uncertain(.rate, use.place), use.place, to: &rule)
      if id == .recent { addRecentEffect(use, to: &rule) }
    case .statistic: addStatistic(use, to: &rule)
    case .time: add(uncertain(.time, use.place), use.place, to: &rule)
    case .socket, .cgroup, .realm, .physdev, .policy, .ipvs:
      add(uncertain(.hostFact, use.place), use.place, to: &rule)
    case .nfacct:
      // Counts and always matches.
      ruleset.coverage.statements += 1
      rule.steps.append(.effect(.other(words(use.place)), at: range(use.place)))
    default: add(notModelled(use.place, kind: "-m \(id.rawValue)"), use.place, to: &rule)
    }
  }

  /// A match of one protocol in a rule without `-p`: the text would not load, and nothing but that protocol is meant.
  private func implyProtocol(_ use: Use, _ id: ModuleID, to rule: inout Rule) {
    guard parser.rule.transportProtocol == nil, let module = use.module else { return }
    let protocols = registry.modules[module].protocols
    guard let first = protocols.first, protocols.count == 1 else { return }
    rule.steps.append(
      .match(Match(.field(.transportProtocol, ValueSet(UInt128(first))), at: range(use.place), isImplied: true)))
  }

  /// A field in the interval that the option gives.
  mutating func addInterval(_ option: Option, _ field: Field, to rule: inout Rule) {
    guard option.first <= option.second else {
      add(.constant(option.isNegated), option.place, to: &rule)
      return
    }
    let set = ValueSet(Interval(option.first, option.second))
    add(.field(field, negated(set, option.isNegated, upTo: field.maximum)), option.place, to: &rule)
  }

  private mutating func addPortOptions(_ use: Use, _ id: ModuleID, to rule: inout Rule) {
    if use.options.isEmpty { ruleset.coverage.statements += 1 }
    for position in use.options {
      let option = parser.rule.options[position]
      switch option.key {
      case .sport: addInterval(option, .sourcePort, to: &rule)
      case .dport: addInterval(option, .destinationPort, to: &rule)
      case .syn: addTCPFlags(mask: 0x17, compare: 0x02, option, to: &rule)
      case .tcpFlags:
        addTCPFlags(
          mask: UInt8(truncatingIfNeeded: option.first), compare: UInt8(truncatingIfNeeded: option.second), option,
          to: &rule)
      case .dccpTypes:
        let values = (0...15).filter { option.first >> $0 & 1 == 1 }.map { UInt128($0) }
        add(.field(.dccpType, negated(ValueSet(values: values), option.isNegated, upTo: 15)), option.place, to: &rule)
      case .tcpOption where option.first == 2:
        // Kind 2 is the maximum segment size.
        let isThere = Condition.field(.tcpMSS, ValueSet(allOf: .tcpMSS))
        add(option.isNegated ? .not(isThere) : isThere, option.place, to: &rule)
      case .tcpOption where option.first > 0 && option.first < 64:
        let kind = UInt128(1) << option.first
        let isThere = Condition.masked(.tcpOptionKinds, mask: kind, ValueSet(Interval(1, kind)))
        add(option.isNegated ? .not(isThere) : isThere, option.place, to: &rule)
      default: add(notModelled(option.place, kind: "--\(option.key.rawValue)"), option.place, to: &rule)
      }
    }
  }

  private mutating func addTCPFlags(mask: UInt8, compare: UInt8, _ option: Option, to rule: inout Rule) {
    let set = mask == 0x17 && compare == 0x02 ? FlagSets.syn : FlagSets.values(mask: mask, compare: compare)
    add(.field(.tcpFlags, negated(set, option.isNegated, upTo: 255)), option.place, to: &rule)
  }

  private mutating func addICMP(_ use: Use, _ id: ModuleID, to rule: inout Rule) {
    guard let option = parser.rule.option(id == .icmp ? .icmpType : .icmpv6Type, of: use), option.list.count == 2 else {
      ruleset.coverage.statements += 1
      return
    }
    let lower = parser.rule.pool[option.list.lowerBound]
    let upper = parser.rule.pool[option.list.lowerBound + 1]
    // Type 255 is "any", whatever the code (kernel: icmp_type_code_match).
    if option.first == 255, id == .icmp {
      add(option.isNegated ? .constant(false) : nil, option.place, to: &rule)
      return
    }
    let type = Condition.field(.icmpType, ValueSet(option.first))
    if lower == 0, upper == 255 {
      add(
        .field(.icmpType, negated(ValueSet(option.first), option.isNegated, upTo: 255)), option.place, to: &rule)
      return
    }
    let code = Condition.field(.icmpCode, ValueSet(Interval(lower, upper)))
    if option.isNegated {
      let others: [Condition] = [
        .field(.icmpType, ValueSet(option.first).complement(upTo: 255)),
        .field(.icmpCode, ValueSet(Interval(lower, upper)).complement(upTo: 255)),
      ]
      add(.any(others), option.place, to: &rule)
    } else {
      add(type, option.place, to: &rule)
      rule.steps.append(.match(Match(code, at: range(option.place))))
    }
  }

  private mutating func addMultiport(_ use: Use, to rule: inout Rule) {
    // xt_multiport never looks into later fragments.
    rule.steps.append(
      .match(Match(.field(.fragmentOffset, ValueSet(0)), at: range(use.place), isImplied: true)))
    for position in use.options {
      let option = parser.rule.options[position]
      var intervals: [Interval] = []
      var index = option.list.lowerBound
      while index + 1 < option.list.upperBound {
        intervals.append(Interval(parser.rule.pool[index], parser.rule.pool[index + 1]))
        index += 2
      }
      let set = ValueSet(intervals)
      switch option.key {
      case .sports:
        add(.field(.sourcePort, negated(set, option.isNegated, upTo: 65535)), option.place, to: &rule)
      case .dports:
        add(.field(.destinationPort, negated(set, option.isNegated, upTo: 65535)), option.place, to: &rule)
      default:
        let outside = set.complement(upTo: 65535)
        add(
          option.isNegated
            ? .all([.field(.sourcePort, outside), .field(.destinationPort, outside)])
            : .any([.field(.sourcePort, set), .field(.destinationPort, set)]), option.place, to: &rule)
      }
    }
  }

  /// `--set`, `--update` and `--remove` change the list as a side effect of the match.
  private mutating func addRecentEffect(_ use: Use, to rule: inout Rule) {
    let changes: [OptionKey] = [.set, .update, .remove]
    if changes.contains(where: { parser.rule.option($0, of: use) != nil }) {
      rule.steps.append(.effect(.updateSet(nil, words(use.place)), at: range(use.place)))
    }
  }
}

/// Sets of TCP flag bytes.
enum FlagSets {
  /// `--syn`: of FIN, SYN, RST and ACK only SYN.
  static let syn = values(mask: 0x17, compare: 0x02)

  static func values(mask: UInt8, compare: UInt8) -> ValueSet {
    var intervals: [Interval] = []
    for value in 0...UInt8.max where value & mask == compare {
      if let last = intervals.last, last.upper + 1 == UInt128(value) {
        intervals[intervals.count - 1].upper = UInt128(value)
      } else {
        intervals.append(Interval(UInt128(value)))
      }
    }
    return ValueSet(intervals)
  }
}
