import FirewallModel
import IptablesSyntax
import PacketSets
import Packets
import SourceText

/// Matches on the headers of IPsec, compression and mobility, and on IPv6 extension headers, as the kernel's modules
/// have them (ip6t_ah, ip6t_frag, ip6t_rt, ip6t_hbh, ip6t_mh, ip6t_ipv6header, xt_esp, xt_ipcomp).
extension IptablesBuilder {
  mutating func addHeaderOptions(_ use: Use, _ id: ModuleID, to rule: inout Rule) {
    ruleset.coverage.statements += 1
    if let header = Self.header(of: id) { imply(.field(header, ValueSet(1)), use, to: &rule) }
    // The kernel takes AH for the transport protocol of IPv6 too, whatever follows it.
    if id == .ah, isIPv6 { imply(.field(.transportProtocol, ValueSet(51)), use, to: &rule) }
    if id == .ipv6header {
      addHeaderList(use, to: &rule)
      return
    }
    for position in use.options {
      let option = parser.rule.options[position]
      if let condition = headerCondition(option) {
        rule.steps.append(.match(Match(condition, at: range(option.place))))
      } else if !Self.isWithoutEffect(option.key) {
        imply(notModelled(option.place, kind: "--\(option.key.rawValue)"), use, to: &rule)
      }
    }
  }

  private mutating func imply(_ condition: Condition, _ use: Use, to rule: inout Rule) {
    rule.steps.append(.match(Match(condition, at: range(use.place))))
  }

  /// The field that says that the header is there, where the match itself asks for it.
  private static func header(of id: ModuleID) -> Field? {
    switch id {
    case .rt: .hasRoutingHeader
    case .frag: .hasFragmentHeader
    case .hbh: .hasHopByHop
    case .dst: .hasDestinationOptions
    case .mh: .hasMobilityHeader
    default: nil
    }
  }

  /// The kernel keeps these, but looks at none of them.
  private static func isWithoutEffect(_ key: OptionKey) -> Bool { key == .fraglen || key == .compres }

  /// nil: not modelled, or without effect.
  private func headerCondition(_ option: Option) -> Condition? {
    switch option.key {
    case .ahspi: interval(option, .ahSPI)
    case .espspi: interval(option, .espSPI)
    case .ipcompspi: interval(option, .ipcompCPI)
    case .fragid: interval(option, .fragmentID)
    case .rtSegsleft: interval(option, .routingSegmentsLeft)
    case .mhType: interval(option, .mobilityType)
    // The header's length in bytes: AH counts words of 4 bytes and leaves out two, the others count words of 8 and leave
    // out one.
    case .ahlen: length(option, .ahLength, word: 4, leavingOut: 2)
    case .rtLen: length(option, .routingLength, word: 8, leavingOut: 1)
    case .hbhLen: length(option, .hopByHopLength, word: 8, leavingOut: 1)
    case .dstLen: length(option, .destinationOptionsLength, word: 8, leavingOut: 1)
    case .ahres: .field(.ahReserved, ValueSet(0))
    case .fragres: .all([.field(.fragmentReserved, ValueSet(0)), .field(.fragmentReservedBits, ValueSet(0))])
    case .fragfirst: .field(.fragmentOffset, ValueSet(0))
    case .fragmore: .field(.moreFragments, ValueSet(1))
    case .fraglast: .field(.moreFragments, ValueSet(0))
    case .rtType:
      option.first > 255
        ? .constant(option.isNegated)
        : .field(.routingType, negated(ValueSet(option.first), option.isNegated, upTo: 255))
    default: nil
    }
  }

  /// Bounds that may lie beyond the field's largest value.
  private func interval(_ option: Option, _ field: Field) -> Condition {
    guard option.first <= option.second, option.first <= field.maximum else { return .constant(option.isNegated) }
    let set = ValueSet(Interval(option.first, min(option.second, field.maximum)))
    return .field(field, negated(set, option.isNegated, upTo: field.maximum))
  }

  /// 0 asks for nothing.
  private func length(_ option: Option, _ field: Field, word: UInt128, leavingOut least: UInt128) -> Condition {
    if option.first == 0 { return .constant(true) }
    let words = option.first / word
    guard option.first % word == 0, words >= least, words - least <= field.maximum else {
      return .constant(option.isNegated)
    }
    return .field(field, negated(ValueSet(words - least), option.isNegated, upTo: field.maximum))
  }

  /// `--header` with `--soft`: all of these are there (none of them, when negated). Without it: these and no others;
  /// the negation then asks for a packet without any, which there is not.
  private mutating func addHeaderList(_ use: Use, to rule: inout Rule) {
    guard let option = parser.rule.option(.header, of: use) else { return }
    let isSoft = parser.rule.option(.soft, of: use) != nil
    if !isSoft, option.isNegated {
      imply(.constant(false), use, to: &rule)
      return
    }
    let fields: [(UInt128, Field)] = [
      (128, .hasHopByHop), (64, .hasDestinationOptions), (32, .hasRoutingHeader), (16, .hasFragmentHeader), (8, .hasAH),
      (4, .hasESP),
    ]
    var parts: [Condition] = []
    for (bit, field) in fields {
      let isAsked = option.first & bit != 0
      guard isAsked || !isSoft else { continue }
      parts.append(.field(field, ValueSet(isAsked && !option.isNegated ? 1 : 0)))
    }
    let nothing = ValueSet(59)
    // What ESP hides is no protocol to the module.
    let none = ValueSet(values: [50, 59])
    let (asksNothing, asksProtocol) = (option.first & 2 != 0, option.first & 1 != 0)
    if asksNothing || !isSoft {
      let isThere = asksNothing && !option.isNegated
      parts.append(.field(.transportProtocol, isThere ? nothing : nothing.complement(upTo: 255)))
    }
    if asksProtocol || !isSoft {
      let isThere = asksProtocol && !option.isNegated
      parts.append(.field(.transportProtocol, isThere ? none.complement(upTo: 255) : none))
    }
    imply(.all(parts), use, to: &rule)
  }
}
