import FirewallModel
import IptablesSyntax
import PacketSets
import Packets
import SourceText

extension IptablesBuilder {
  /// Bits of linux/netfilter/nf_conntrack_common.h.
  private enum Status {
    static let sourceNAT: UInt128 = 0x10
    static let destinationNAT: UInt128 = 0x20
  }

  /// `-m state` and `-m conntrack`: all options must hold.
  mutating func addConntrack(_ use: Use, to rule: inout Rule) {
    for position in use.options {
      let option = parser.rule.options[position]
      switch option.key {
      case .state, .ctstate: add(stateCondition(option), option.place, to: &rule)
      case .ctproto:
        let set = ValueSet(option.first)
        add(
          tracked(.field(.transportProtocol, negated(set, option.isNegated, upTo: 255))), option.place, to: &rule)
      case .ctorigsrc: addTrackedAddress(option, .ctOriginalSource, to: &rule)
      case .ctorigdst: addTrackedAddress(option, .ctOriginalDestination, to: &rule)
      case .ctorigsrcport: addInterval(option, .ctOriginalSourcePort, to: &rule)
      case .ctorigdstport: addInterval(option, .ctOriginalDestinationPort, to: &rule)
      case .ctdir: add(.field(.ctDirection, ValueSet(option.first)), option.place, to: &rule)
      case .ctstatus: add(statusCondition(option), option.place, to: &rule)
      case .ctexpire: add(uncertain(.time, option.place), option.place, to: &rule)
      default: add(notModelled(option.place, kind: "--\(option.key.rawValue)"), option.place, to: &rule)
      }
    }
  }

  /// Only a packet with a connection has a protocol of its own there.
  private func tracked(_ condition: Condition) -> Condition {
    .all([.field(.ctDirection, ValueSet(allOf: .ctDirection)), condition])
  }

  private mutating func addTrackedAddress(_ option: Option, _ field: Field, to rule: inout Rule) {
    let condition = addressTest(option.first, mask: option.second, field, isNegated: option.isNegated)
    add(condition ?? .field(field, ValueSet(Interval(0, addressMaximum))), option.place, to: &rule)
  }

  /// Bits in the order of `StateNames.all`: INVALID NEW RELATED ESTABLISHED UNTRACKED SNAT DNAT.
  private func stateCondition(_ option: Option) -> Condition {
    let order: [ConntrackState] = [.invalid, .new, .related, .established, .untracked]
    var values: [UInt128] = []
    for (bit, state) in order.enumerated() where option.first >> UInt128(bit) & 1 == 1 {
      values.append(UInt128(state.rawValue))
    }
    let set = ValueSet(values: values)
    let last = UInt128(ConntrackState.allCases.count - 1)
    var statuses: UInt128 = 0
    if option.first >> 5 & 1 == 1 { statuses |= Status.sourceNAT }
    if option.first >> 6 & 1 == 1 { statuses |= Status.destinationNAT }
    if statuses == 0 { return .field(.ctState, negated(set, option.isNegated, upTo: last)) }
    let hasStatus = Condition.masked(.ctStatus, mask: statuses, ValueSet(Interval(1, statuses)))
    let all = Condition.any([.field(.ctState, set), hasStatus])
    return option.isNegated ? .not(all) : all
  }

  private func statusCondition(_ option: Option) -> Condition {
    // NONE asks for no bit at all; otherwise any of the bits. Bits as the kernel has them: 1, 2, 4, 8.
    if option.first == 0 {
      return .field(.ctStatus, negated(ValueSet(0), option.isNegated, upTo: Field.ctStatus.maximum))
    }
    let none = ValueSet(0)
    let some = ValueSet(Interval(1, option.first))
    return .masked(.ctStatus, mask: option.first, option.isNegated ? none : some)
  }

  /// Matches that are a set of values of one field.
  mutating func addFieldOptions(_ use: Use, _ id: ModuleID, to rule: inout Rule) {
    for position in use.options {
      let option = parser.rule.options[position]
      switch option.key {
      case .ttlEq, .hlEq: addInterval(option, .ttl, to: &rule)
      case .ttlLt, .hlLt: addBelow(option, .ttl, to: &rule)
      case .ttlGt, .hlGt: addAbove(option, .ttl, to: &rule)
      case .length: addInterval(option, .packetLength, to: &rule)
      case .mss: addInterval(option, .tcpMSS, to: &rule)
      case .macSource:
        // Only Ethernet frames have one (kernel: mac_mt).
        rule.steps.append(
          .match(Match(.field(.inInterfaceType, ValueSet(1)), at: range(option.place), isImplied: true)))
        let set = ValueSet(option.first)
        add(
          .field(.etherSource, negated(set, option.isNegated, upTo: Field.etherSource.maximum)), option.place, to: &rule
        )
      case .pktType:
        let last = UInt128(PacketType.allCases.count - 1)
        add(.field(.packetType, negated(ValueSet(option.first), option.isNegated, upTo: last)), option.place, to: &rule)
      case .srcRange: addAddressRange(option, .source, to: &rule)
      case .dstRange: addAddressRange(option, .destination, to: &rule)
      case .mark: addMasked(option, id == .mark ? .mark : .ctMark, to: &rule)
      case .srcGroup: addMasked(option, .inInterfaceGroup, to: &rule)
      case .dstGroup: addMasked(option, .outInterfaceGroup, to: &rule)
      case .dscp, .dscpClass: addInterval(option, .dscp, to: &rule)
      case .tos: add(tosCondition(option), option.place, to: &rule)
      case .ecnTcpEce: addFlag(TCPFlag.ece, option, to: &rule)
      case .ecnTcpCwr: addFlag(TCPFlag.cwr, option, to: &rule)
      case .ecnIpEct: addInterval(option, .ecn, to: &rule)
      default: add(notModelled(option.place, kind: "--\(option.key.rawValue)"), option.place, to: &rule)
      }
    }
  }

  private mutating func addAddressRange(_ option: Option, _ field: Field, to rule: inout Rule) {
    guard option.first <= option.second else {
      add(.constant(option.isNegated), option.place, to: &rule)
      return
    }
    let set = ValueSet(Interval(option.first, option.second))
    add(.field(field, negated(set, option.isNegated, upTo: addressMaximum)), option.place, to: &rule)
  }

  private mutating func addBelow(_ option: Option, _ field: Field, to rule: inout Rule) {
    add(
      option.first == 0 ? .constant(false) : .field(field, ValueSet(Interval(0, option.first - 1))), option.place,
      to: &rule)
  }

  private mutating func addAbove(_ option: Option, _ field: Field, to rule: inout Rule) {
    add(
      option.first >= field.maximum
        ? .constant(false) : .field(field, ValueSet(Interval(option.first + 1, field.maximum))), option.place, to: &rule
    )
  }

  private mutating func addFlag(_ bit: UInt8, _ option: Option, to rule: inout Rule) {
    add(
      .field(.tcpFlags, FlagSets.values(mask: bit, compare: option.isNegated ? 0 : bit)), option.place, to: &rule)
  }

  /// `value/mask`; a value outside of the mask never matches.
  private mutating func addMasked(_ option: Option, _ field: Field, to rule: inout Rule) {
    add(maskedCondition(option.first, option.second, field, isNegated: option.isNegated), option.place, to: &rule)
  }

  func maskedCondition(_ value: UInt128, _ mask: UInt128, _ field: Field, isNegated: Bool) -> Condition {
    let set = negated(ValueSet(value), isNegated, upTo: field.maximum)
    if mask == field.maximum { return .field(field, set) }
    return .masked(field, mask: mask, set)
  }

  /// The TOS byte is DSCP and ECN together.
  private func tosCondition(_ option: Option) -> Condition {
    let value = UInt8(truncatingIfNeeded: option.first)
    let mask = UInt8(truncatingIfNeeded: option.second)
    var parts: [Condition] = []
    if value & ~mask != 0 { return .constant(option.isNegated) }
    if mask >> 2 != 0 { parts.append(.field(.dscp, smallSet(mask: mask >> 2, value: value >> 2, upTo: 63))) }
    if mask & 3 != 0 { parts.append(.field(.ecn, smallSet(mask: mask & 3, value: value & 3, upTo: 3))) }
    if parts.isEmpty { return .constant(!option.isNegated) }
    if parts.count == 1, let only = parts.first { return option.isNegated ? .not(only) : only }
    return option.isNegated ? .not(.all(parts)) : .all(parts)
  }

  private func smallSet(mask: UInt8, value: UInt8, upTo maximum: UInt8) -> ValueSet {
    ValueSet(values: (0...maximum).filter { $0 & mask == value }.map { UInt128($0) })
  }
}
