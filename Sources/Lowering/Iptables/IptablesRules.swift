import FirewallModel
import IptablesSyntax
import PacketSets
import Packets
import SourceText

extension IptablesBuilder {
  /// The rule that the parser holds.
  ///
  /// A port match of the legacy back end never sees a fragment beyond the first; the nf_tables back end reads its payload
  /// as ports, and with connection tracking there are no fragments to see. The model has no fragment condition here.
  mutating func lowerRule(_ line: IptablesFile.Line, id: RuleID) -> Rule {
    let syntax = parser.rule
    var rule = Rule(steps: [], origin: file.range(of: line))
    rule.steps.reserveCapacity(syntax.matches.count + 5)
    ruleset.coverage.statements += 1
    if let test = syntax.source { add(address(test, .source), test.place, to: &rule) }
    if let test = syntax.destination { add(address(test, .destination), test.place, to: &rule) }
    if let test = syntax.inInterface { add(interface(test, .inInterface), test.place, to: &rule) }
    if let test = syntax.outInterface { add(interface(test, .outInterface), test.place, to: &rule) }
    if let test = syntax.transportProtocol { add(transport(test), test.place, to: &rule) }
    if let test = syntax.fragment {
      let later = Interval(1, Field.fragmentOffset.maximum)
      add(.field(.fragmentOffset, test.isNegated ? ValueSet(0) : ValueSet(later)), test.place, to: &rule)
    }
    if let place = syntax.unreadable { add(refused(place), place, to: &rule) }
    for use in syntax.matches { addMatch(use, to: &rule) }
    if let counters = syntax.counters {
      rule.steps.append(
        .effect(.counter(packets: counters.packets, bytes: counters.bytes), at: file.range(of: line)))
    }
    if let target = syntax.target { addTarget(target, id: id, to: &rule) }
    return rule
  }

  @inline(__always)
  func text(_ word: Word) -> ArraySlice<UInt8> { parser.text(word) }

  func range(_ place: RuleSyntax.Place) -> SourceRange { place.range(in: file.source.id) }

  mutating func add(_ condition: Condition?, _ place: RuleSyntax.Place, to rule: inout Rule) {
    ruleset.coverage.statements += 1
    guard let condition else { return }
    rule.steps.append(.match(Match(condition, at: range(place))))
  }

  /// The words of a place, for texts that people read.
  func words(_ place: RuleSyntax.Place) -> String {
    let upper = min(Int(place.upper), Int(place.lower) + 120)
    return String(decoding: bytes[Int(place.lower)..<upper], as: UTF8.self)
  }

  /// A match or option that the reader does not know.
  mutating func notUnderstood(_ place: RuleSyntax.Place, kind: String) -> Condition {
    ruleset.coverage.notUnderstood.append(Coverage.Gap(kind, at: range(place)))
    return .unknown(Uncertainty(.notUnderstood, words(place)))
  }

  /// A known option with a value that iptables refuses. The problem tells it; it is no gap in what the reader knows.
  func refused(_ place: RuleSyntax.Place) -> Condition { .unknown(Uncertainty(.notUnderstood, words(place))) }

  /// Something that is understood, but for which the model has no field.
  mutating func notModelled(_ place: RuleSyntax.Place, kind: String) -> Condition {
    ruleset.coverage.notModelled.append(Coverage.Gap(kind, at: range(place)))
    return .unknown(Uncertainty(.notModelled, words(place)))
  }

  func uncertain(_ kind: Uncertainty.Kind, _ place: RuleSyntax.Place) -> Condition {
    .unknown(Uncertainty(kind, words(place)))
  }

  // MARK: Conditions of the rule itself

  /// All ones of an address of this family.
  var addressMaximum: UInt128 { isIPv6 ? .max : 0xffff_ffff }

  func negated(_ set: ValueSet, _ isNegated: Bool, upTo maximum: UInt128) -> ValueSet {
    isNegated ? set.complement(upTo: maximum) : set
  }

  private mutating func address(_ test: RuleSyntax.AddressTest, _ field: Field) -> Condition? {
    guard test.isValid, !test.entries.isEmpty else {
      return refused(test.place)
    }
    let pool = parser.rule.pool
    if test.entries.count == 2 {
      return addressTest(
        pool[test.entries.lowerBound], mask: pool[test.entries.lowerBound + 1], field, isNegated: test.isNegated)
    }
    // iptables makes one rule of each pair of source and destination; the model keeps them together.
    var intervals: [Interval] = []
    var masked: [Condition] = []
    var index = test.entries.lowerBound
    while index + 1 < test.entries.upperBound {
      if let interval = prefix(pool[index], mask: pool[index + 1]) {
        intervals.append(interval)
      } else {
        masked.append(.masked(field, mask: pool[index + 1], ValueSet(pool[index])))
      }
      index += 2
    }
    let set = ValueSet(intervals)
    if masked.isEmpty { return .field(field, negated(set, test.isNegated, upTo: addressMaximum)) }
    if !intervals.isEmpty { masked.append(.field(field, set)) }
    return test.isNegated ? .not(.any(masked)) : .any(masked)
  }

  /// An address with its mask; nil when it says nothing.
  func addressTest(_ address: UInt128, mask: UInt128, _ field: Field, isNegated: Bool) -> Condition? {
    let address = address & mask
    guard let interval = prefix(address, mask: mask) else {
      let set = ValueSet(address)
      return .masked(field, mask: mask, negated(set, isNegated, upTo: addressMaximum))
    }
    if mask == 0, !isNegated { return nil }
    return .field(field, negated(ValueSet(interval), isNegated, upTo: addressMaximum))
  }

  /// The addresses of a mask that is a prefix; nil for another mask.
  func prefix(_ address: UInt128, mask: UInt128) -> Interval? {
    let hosts = ~mask & addressMaximum
    guard hosts & (hosts &+ 1) == 0 else { return nil }
    return Interval(address, address | hosts)
  }

  private func interface(_ test: RuleSyntax.InterfaceTest, _ field: Field) -> Condition? {
    let name = text(test.name)
    let set: ValueSet
    if name.last == UInt8(ascii: "+") {
      if name.count == 1, !test.isNegated { return nil }
      let bounds = InterfaceName.prefixBounds(String(decoding: name.dropLast(), as: UTF8.self))
      set = ValueSet(Interval(bounds.lower, bounds.upper))
    } else {
      set = ValueSet(InterfaceName.value(String(decoding: name, as: UTF8.self)))
    }
    return .field(field, negated(set, test.isNegated, upTo: field.maximum))
  }

  private mutating func transport(_ test: RuleSyntax.ProtocolTest) -> Condition? {
    guard let number = test.number else { return refused(test.place) }
    if number == 0 { return test.isNegated ? .constant(false) : nil }
    return .field(.transportProtocol, negated(ValueSet(UInt128(number)), test.isNegated, upTo: 255))
  }
}
