import FirewallModel
import PacketSets
import Packets

/// The packets that a rule matches, as one product of sets where that can be told.
struct RuleBox: Sendable {
  /// Every packet for which the rule does anything is in here.
  var upper: Box
  /// `upper` is exactly what the rule's final verdict takes.
  var isExact: Bool
  /// The verdict that ends the rule for packets that match; nil: they go on with the next rule.
  var verdict: Verdict?
  /// Index of the step that contradicts an earlier one, so that no packet matches.
  var contradiction: Int?

  /// `family`: of the table. Numbers of fields are as the rule sees them at its place.
  init(_ rule: Rule, _ ruleset: Ruleset, family: Family) {
    var constraints: [Box.Constraint] = []
    constraints.reserveCapacity(rule.steps.count + 1)
    isExact = true
    verdict = nil
    contradiction = nil
    switch family {
    case .ip: constraints.append(Box.Constraint(.family, ValueSet(NetworkProtocol.ipv4)))
    case .ip6: constraints.append(Box.Constraint(.family, ValueSet(NetworkProtocol.ipv6)))
    case .inet, .arp, .bridge, .netdev: break
    }
    var written = FieldSet()
    var fresh: [Box.Constraint] = []
    walking: for (index, step) in rule.steps.enumerated() {
      switch step {
      case .match(let match):
        fresh.removeAll(keepingCapacity: true)
        if !Self.collect(match.condition, ruleset, written, into: &fresh) { isExact = false }
        for constraint in fresh where !Self.insert(constraint, into: &constraints) {
          if contradiction == nil { contradiction = index }
        }
      case .effect(let effect, _):
        if effect.mayEndRule { isExact = false }
        written.bits |= effect.writtenFields.bits
        switch effect {
        case .restoreMark, .setMarkFromMap, .unknown: isExact = false
        default: break
        }
      case .verdict(let verdict, _):
        self.verdict = verdict
        break walking
      case .verdictMap:
        isExact = false
        break walking
      }
    }
    upper = Box(sorted: constraints)
  }

  /// Adds what a condition says of single fields; false when it says more than that, or something unknown.
  private static func collect(
    _ condition: Condition, _ ruleset: Ruleset, _ written: FieldSet, into list: inout [Box.Constraint]
  ) -> Bool {
    switch condition {
    case .field(let field, let values):
      if written.contains(field) { return false }
      list.append(Box.Constraint(field, values))
      return true
    case .masked(let field, let mask, let values):
      guard !written.contains(field), let preimage = MaskedValues.preimage(of: values, mask: mask, width: field.width)
      else {
        return false
      }
      list.append(Box.Constraint(field, preimage))
      return true
    case .member(let id, let fields, let negated):
      guard id.index < ruleset.sets.count, fields.count == 1, !written.contains(fields[0]) else { return false }
      let set = ruleset.sets[id.index]
      guard case .values(let values) = set.contents, !set.isDynamic else { return false }
      list.append(Box.Constraint(fields[0], negated ? values.complement(in: fields[0]) : values))
      return true
    case .all(let parts):
      var isWhole = true
      for part in parts where !collect(part, ruleset, written, into: &list) { isWhole = false }
      return isWhole
    case .constant(true): return true
    case .constant(false):
      list.append(Box.Constraint(.family, .empty))
      return true
    case .any, .not, .unknown: return false
    }
  }

  /// Puts one more condition in its place; false when its field has no value left.
  private static func insert(_ new: Box.Constraint, into list: inout [Box.Constraint]) -> Bool {
    for index in list.indices {
      if list[index].field == new.field {
        list[index].values = list[index].values.intersection(new.values)
        return !list[index].values.isEmpty
      }
      if list[index].field.rawValue > new.field.rawValue {
        list.insert(new, at: index)
        return !new.values.isEmpty
      }
    }
    list.append(new)
    return !new.values.isEmpty
  }
}

/// A set of fields as one word.
struct FieldSet: Hashable, Sendable {
  var bits: UInt128 = 0
  static let all = FieldSet(bits: .max)
  func contains(_ field: Field) -> Bool { bits & (UInt128(1) << UInt128(field.rawValue)) != 0 }
  mutating func insert(_ field: Field) { bits |= UInt128(1) << UInt128(field.rawValue) }
}

extension Effect {
  /// Fields that later matches see changed.
  var writtenFields: FieldSet {
    var fields = FieldSet()
    switch self {
    case .setMark, .setMarkFromMap, .restoreMark: fields.insert(.mark)
    case .setConntrackMark, .saveMark, .setConntrackMarkFromMap: fields.insert(.ctMark)
    case .mixMark(let field, _): fields.insert(field)
    case .notrack:
      for field in Field.allCases where Journey.isConntrack(field) { fields.insert(field) }
    case .setField(let field, _): fields.insert(field)
    case .unknown: return .all
    case .counter, .log, .clampMSS, .updateSet, .other: break
    }
    return fields
  }
}
