package import Packets

/// A product of value sets: the packets whose every constrained field is present and has a value of the field's set.
/// A field that is not constrained may have any value or be absent.
package struct Box: Hashable, Sendable {
  /// Sorted by field; each field at most once.
  package private(set) var constraints: [Constraint]

  package struct Constraint: Hashable, Sendable {
    package var field: Field
    package var values: ValueSet
    package init(_ field: Field, _ values: ValueSet) {
      self.field = field
      self.values = values
    }
  }

  /// Every packet.
  package static let all = Box()
  package init() { constraints = [] }

  /// `constraints` must be sorted by field, each field at most once.
  package init(sorted constraints: [Constraint]) { self.constraints = constraints }

  package init(_ constraints: [Constraint]) {
    self.init()
    for constraint in constraints { self = narrowed(constraint.field, to: constraint.values) }
  }

  /// True when some field has no value left.
  package var isEmpty: Bool {
    for constraint in constraints where constraint.values.isEmpty { return true }
    return false
  }

  /// The set of a field, or nil when it is not constrained.
  package subscript(field: Field) -> ValueSet? {
    for index in constraints.indices where constraints[index].field.rawValue >= field.rawValue {
      return constraints[index].field.rawValue == field.rawValue ? constraints[index].values : nil
    }
    return nil
  }

  /// The box with one more condition.
  package func narrowed(_ field: Field, to values: ValueSet) -> Box {
    var result = self
    if let index = result.constraints.firstIndex(where: { $0.field.rawValue >= field.rawValue }) {
      if result.constraints[index].field.rawValue == field.rawValue {
        result.constraints[index].values = result.constraints[index].values.intersection(values)
      } else {
        result.constraints.insert(Constraint(field, values), at: index)
      }
    } else {
      result.constraints.append(Constraint(field, values))
    }
    return result
  }

  /// The box with other values of one field, whatever it said of the field before.
  package func replacing(_ field: Field, with values: ValueSet) -> Box {
    var result = self
    for index in result.constraints.indices where result.constraints[index].field.rawValue >= field.rawValue {
      if result.constraints[index].field.rawValue == field.rawValue {
        result.constraints[index].values = values
      } else {
        result.constraints.insert(Constraint(field, values), at: index)
      }
      return result
    }
    result.constraints.append(Constraint(field, values))
    return result
  }

  /// The number of intervals in all fields: what an operation on the box costs at most.
  package var intervalCount: Int { constraints.reduce(0) { $0 + $1.values.intervalCount } }

  package func narrowed(_ field: Field, to value: UInt128) -> Box { narrowed(field, to: ValueSet(value)) }

  package func intersection(_ other: Box) -> Box {
    var result = self
    for constraint in other.constraints { result = result.narrowed(constraint.field, to: constraint.values) }
    return result
  }
}
