import FirewallModel
import IptablesSyntax
import PacketSets
import Packets
import SourceText

extension IptablesBuilder {
  /// Matches on what the host knows: address types, sockets, routes, sets.
  mutating func addHostOptions(_ use: Use, _ id: ModuleID, to rule: inout Rule) {
    switch id {
    case .addrtype: addAddressTypes(use, to: &rule)
    case .owner: addOwner(use, to: &rule)
    case .rpfilter: addReversePath(use, to: &rule)
    case .set: addSet(use, to: &rule)
    default: break
    }
  }

  private mutating func addAddressTypes(_ use: Use, to rule: inout Rule) {
    // With an interface the type is asked for that interface alone, which the model does not know.
    if let limit = parser.rule.option(.limitIfaceIn, of: use) ?? parser.rule.option(.limitIfaceOut, of: use) {
      add(uncertain(.hostFact, use.place), limit.place, to: &rule)
      return
    }
    for position in use.options {
      let option = parser.rule.options[position]
      if isIPv6 {
        let condition = ipv6AddressTypes(option.first, of: option.key == .srcType ? .source : .destination)
        add(option.isNegated ? .not(condition) : condition, option.place, to: &rule)
        continue
      }
      let field: Field = option.key == .srcType ? .sourceAddressType : .destinationAddressType
      let last = UInt128(AddressType.allCases.count - 1)
      let values = (0...last).filter { option.first >> $0 & 1 == 1 }
      add(.field(field, negated(ValueSet(values: values), option.isNegated, upTo: last)), option.place, to: &rule)
    }
  }

  /// In IPv6 all named types must hold, and unicast and multicast go by the address alone (kernel: xt_addrtype,
  /// match_type6): an own address is unicast too.
  private func ipv6AddressTypes(_ types: UInt128, of address: Field) -> Condition {
    func has(_ type: AddressType) -> Bool { types >> UInt128(type.rawValue) & 1 == 1 }
    let multicast = Interval(0xff << 120, .max)
    var parts: [Condition] = []
    if has(.multicast) { parts.append(.field(address, ValueSet(multicast))) }
    if has(.unicast) {
      // Neither multicast, nor `::`, nor ::ffff:0:0/96 (kernel: __ipv6_addr_type).
      let others = ValueSet([Interval(0), Interval(0xffff_0000_0000, 0xffff_ffff_ffff), multicast])
      parts.append(.field(address, others.complement(in: address)))
    }
    if has(.unspec) { parts.append(.field(address, ValueSet(0))) }
    let routed = [AddressType.local, .anycast, .unreachable].filter(has)
    if !routed.isEmpty {
      let field: Field = address == .source ? .sourceAddressType : .destinationAddressType
      parts.append(.field(field, ValueSet(values: routed.map { UInt128($0.rawValue) })))
    }
    return .all(parts)
  }

  /// Without a socket a packet matches when every option is negated (kernel: owner_mt).
  private mutating func addOwner(_ use: Use, to rule: inout Rule) {
    for position in use.options {
      let option = parser.rule.options[position]
      var condition: Condition
      switch option.key {
      case .uidOwner, .gidOwner:
        if option.first == .max {
          condition = uncertain(.hostFact, option.place)
          add(condition, option.place, to: &rule)
          continue
        }
        let field: Field = option.key == .uidOwner ? .socketUID : .socketGID
        condition = .field(field, ValueSet(Interval(option.first, option.second)))
      case .socketExists: condition = .field(.socketUID, ValueSet(allOf: .socketUID))
      default:
        add(notModelled(option.place, kind: "--\(option.key.rawValue)"), option.place, to: &rule)
        continue
      }
      if option.isNegated { condition = .not(condition) }
      add(condition, option.place, to: &rule)
    }
  }

  private mutating func addReversePath(_ use: Use, to rule: inout Rule) {
    let relaxing: [OptionKey] = [.loose, .validmark, .acceptLocal]
    if relaxing.contains(where: { parser.rule.option($0, of: use) != nil }) {
      add(uncertain(.hostFact, use.place), use.place, to: &rule)
      return
    }
    let fails = parser.rule.option(.invert, of: use) != nil
    add(.field(.reversePathOK, ValueSet(fails ? 0 : 1)), use.place, to: &rule)
  }

  private mutating func addSet(_ use: Use, to rule: inout Rule) {
    guard let option = parser.rule.option(.matchSet, of: use) else { return }
    let name = String(decoding: text(option.value), as: UTF8.self)
    let directions = Array(parser.rule.pool[option.list])
    checkSet(name, option)
    if let condition = sets.condition(
      name, directions: directions, isIPv6: isIPv6, isNegated: option.isNegated,
      returnsExceptions: parser.rule.option(.returnNomatch, of: use) != nil, in: &ruleset)
    {
      add(condition, option.place, to: &rule)
    } else {
      add(uncertain(.hostFact, option.place), option.place, to: &rule)
    }
    // The counters of an element change with each packet.
    let counters: [OptionKey] = [.packetsEq, .packetsLt, .packetsGt, .bytesEq, .bytesLt, .bytesGt]
    if counters.contains(where: { parser.rule.option($0, of: use) != nil }) {
      add(uncertain(.rate, use.place), use.place, to: &rule)
    }
  }

  /// A set must be of the family of the rules. A set that no file has may still be there on the host.
  mutating func checkSet(_ name: String, _ option: Option) {
    guard let set = sets[name] else { return }
    let place = option.value.range(in: file.source.id)
    let hasAddress = set.dimensions.contains(.ip) || set.dimensions.contains(.net)
    if hasAddress, set.isIPv6 != isIPv6 {
      problems.add(
        Problem(
          .typeError, "set `\(name)` is of family \(set.isIPv6 ? "IPv6" : "IPv4"), which is not applicable", at: place))
    }
  }
}
