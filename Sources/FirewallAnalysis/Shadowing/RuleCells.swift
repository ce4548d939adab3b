import FirewallModel
import PacketSets
import Packets

/// The packets that a rule matches as a union of boxes, as far as that can be told.
struct RuleCells {
  /// Every packet for which the rule does anything is in one of these.
  var boxes: [[Cell]] = [[]]
  /// The boxes are exactly what the rule's end takes.
  var isExact = true
  var end = End.none
  /// Index of the step that contradicts an earlier one, so that no packet matches.
  var contradiction: Int?
  /// Fields that its own effects change.
  var written = FieldSet()

  enum End {
    case none
    case verdict(Verdict)
    case map(VerdictMap)
  }

  /// All packets that come to the rule, and nothing else happens to them.
  var isUnconditional: Bool { isExact && boxes.count == 1 && boxes[0].isEmpty }
}

/// Reads rules of one table family as boxes.
struct RuleReader {
  let ruleset: Ruleset
  private let family: UInt128?
  private static let mostBoxes = 64
  /// Larger sets are not turned round.
  private static let largestComplement = 65_536

  init(_ ruleset: Ruleset, _ family: Family) {
    self.ruleset = ruleset
    switch family {
    case .ip: self.family = NetworkProtocol.ipv4
    case .ip6: self.family = NetworkProtocol.ipv6
    case .inet, .arp, .bridge, .netdev: self.family = nil
    }
  }

  /// Numbers of fields are as the rule sees them at its place.
  func read(_ rule: Rule, _ pool: inout CellPool) -> RuleCells {
    var result = RuleCells()
    walking: for index in rule.steps.indices {
      switch rule.steps[index] {
      case .match(let match):
        if !narrow(&result.boxes, match.condition, result.written, &pool, 0) { result.isExact = false }
        if result.boxes.isEmpty {
          result.contradiction = index
          return result
        }
      case .effect(let effect, _):
        if effect.mayEndRule { result.isExact = false }
        result.written.bits |= effect.writtenFields.bits
        switch effect {
        case .restoreMark, .setMarkFromMap, .setConntrackMarkFromMap, .unknown: result.isExact = false
        default: break
        }
      case .verdict(let verdict, _):
        result.end = .verdict(verdict)
        break walking
      case .verdictMap(let map, _):
        result.end = .map(map)
        break walking
      }
    }
    return result
  }

  /// Leaves of the boxes what a condition allows, or what it does not; false when it says more than that, or something
  /// unknown.
  private func narrow(
    _ boxes: inout [[Cell]], _ condition: Condition, isNegated: Bool = false, _ written: FieldSet,
    _ pool: inout CellPool, _ depth: Int
  ) -> Bool {
    guard depth < 16 else { return false }
    switch condition {
    case .field(let field, let values):
      // A packet without the field does not meet the condition.
      let wanted = isNegated ? field.domain.subtracting(values) : values
      return narrow(&boxes, field, wanted, written, &pool)
    case .masked(let field, let mask, let values):
      guard let preimage = MaskedValues.preimage(of: values, mask: mask, width: field.width) else { return false }
      return narrow(&boxes, .field(field, preimage), isNegated: isNegated, written, &pool, depth + 1)
    case .member(let id, let fields, let negated):
      guard id.index < ruleset.sets.count, !ruleset.sets[id.index].isDynamic else { return false }
      switch ruleset.sets[id.index].contents {
      case .values(let values):
        guard fields.count == 1, !(negated || isNegated) || values.intervalCount <= Self.largestComplement else {
          return false
        }
        let wanted = negated ? values.complement(in: fields[0]) : values
        return narrow(&boxes, .field(fields[0], wanted), isNegated: isNegated, written, &pool, depth + 1)
      case .tuples(let tuples):
        guard !negated, !isNegated, tuples.count * boxes.count <= Self.mostBoxes else { return false }
        return narrow(&boxes, anyOf: tuples, fields, written, &pool)
      case .map, .unknown: return false
      }
    case .all(let parts), .any(let parts):
      var isConjunction = isNegated
      if case .all = condition { isConjunction.toggle() }
      var isWhole = true
      if isConjunction {
        for part in parts where !narrow(&boxes, part, isNegated: isNegated, written, &pool, depth + 1) {
          isWhole = false
        }
        return isWhole
      }
      guard parts.count * boxes.count <= Self.mostBoxes else { return false }
      var union: [[Cell]] = []
      for part in parts {
        var own = boxes
        if !narrow(&own, part, isNegated: isNegated, written, &pool, depth + 1) { isWhole = false }
        union += own
      }
      boxes = union
      return isWhole
    case .not(let part): return narrow(&boxes, part, isNegated: !isNegated, written, &pool, depth + 1)
    case .constant(let holds):
      if holds == isNegated { boxes = [] }
      return true
    case .unknown: return false
    }
  }

  private func narrow(
    _ boxes: inout [[Cell]], anyOf tuples: [[Interval]], _ fields: [Field], _ written: FieldSet,
    _ pool: inout CellPool
  ) -> Bool {
    guard tuples.allSatisfy({ $0.count == fields.count }), !fields.contains(where: { written.contains($0) }) else {
      return false
    }
    var union: [[Cell]] = []
    for tuple in tuples {
      var own = boxes
      for (field, interval) in zip(fields, tuple) { _ = narrow(&own, field, ValueSet(interval), written, &pool) }
      union += own
    }
    boxes = union
    return true
  }

  func narrow(
    _ boxes: inout [[Cell]], _ field: Field, _ values: ValueSet, _ written: FieldSet, _ pool: inout CellPool
  ) -> Bool {
    if written.contains(field) { return false }
    if field == .family, let family {
      if !values.contains(family) { boxes = [] }
      return true
    }
    guard let cell = pool.cell(field, possible(field, values, boxes)) else {
      boxes = []
      return true
    }
    if boxes.count == 1 {
      if !Self.narrow(&boxes[0], cell, &pool) { boxes = [] }
      return true
    }
    boxes = boxes.compactMap { box in
      var own = box
      return Self.narrow(&own, cell, &pool) ? own : nil
    }
    return true
  }

  /// Without the numbers that no packet has there, which negations bring in.
  private func possible(_ field: Field, _ values: ValueSet, _ boxes: [[Cell]]) -> ValueSet {
    switch field {
    case .ctState, .packetType:
      return field.domain.contains(values.last ?? 0) ? values : values.intersection(field.domain)
    case .source, .destination, .ctOriginalSource, .ctOriginalDestination:
      guard let last = values.last, last > UInt128(UInt32.max) else { return values }
      let isV4 =
        family == NetworkProtocol.ipv4
        || family == nil
          && boxes.allSatisfy { box in
            guard let first = box.first, first.field == Field.family.rawValue else { return false }
            return first.isSingle && first.lower == NetworkProtocol.ipv4
          }
      return isV4 ? values.intersection(ValueSet(Interval(0, UInt128(UInt32.max)))) : values
    default:
      // In one IP version's table some fields are always there.
      guard let family, let last = values.last, last > field.maximum, let presence = field.presence,
        presence.guardField == .family, presence.certain.contains(family)
      else { return values }
      return values.intersection(ValueSet(allOf: field))
    }
  }

  /// False when nothing is left.
  private static func narrow(_ box: inout [Cell], _ cell: Cell, _ pool: inout CellPool) -> Bool {
    var place = box.count
    while place > 0, box[place - 1].field > cell.field { place -= 1 }
    guard place > 0, box[place - 1].field == cell.field else {
      if place == box.count { box.append(cell) } else { box.insert(cell, at: place) }
      return true
    }
    guard let common = pool.intersection(box[place - 1], cell) else { return false }
    box[place - 1] = common
    return true
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
