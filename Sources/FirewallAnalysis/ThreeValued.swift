import FirewallModel
import PacketSets
import Packets

/// Kleene's three values; what is not known says why.
enum Truth: Sendable {
  case no, yes
  case maybe(Uncertainty)

  var negated: Truth {
    switch self {
    case .no: .yes
    case .yes: .no
    case .maybe: self
    }
  }
}

/// Decides conditions for one concrete packet.
struct ConditionEvaluator {
  let core: AnalysisCore
  /// Some rule may have changed the addresses of known flows.
  let translates: Bool

  func evaluate(_ condition: Condition, _ packet: PacketValues, depth: Int = 0) -> Truth {
    guard depth < 64 else { return .maybe(Uncertainty(.notModelled, "deeply nested condition")) }
    switch condition {
    case .field(let field, let values):
      return test(field, packet) { values.contains($0) }
    case .masked(.ctStatus, let mask, let values) where packet.isUnknown(.ctStatus):
      guard let status = packet.knownStatus(mask, translates: translates) else {
        return .maybe(Uncertainty.unknownField(.ctStatus))
      }
      return values.contains(status) ? .yes : .no
    case .masked(let field, let mask, let values):
      return test(field, packet) { values.contains($0 & mask) }
    case .member(let id, let fields, let negated):
      let truth = member(id, fields, packet)
      guard negated else { return truth }
      // Negation keeps the demand that all fields are there.
      return fields.allSatisfy { packet.isPresent($0) } ? truth.negated : .no
    case .any(let parts):
      var result = Truth.no
      for part in parts {
        switch evaluate(part, packet, depth: depth + 1) {
        case .yes: return .yes
        case .no: continue
        case .maybe(let why): result = .maybe(why)
        }
      }
      return result
    case .all(let parts):
      var result = Truth.yes
      for part in parts {
        switch evaluate(part, packet, depth: depth + 1) {
        case .no: return .no
        case .yes: continue
        case .maybe(let why): result = .maybe(why)
        }
      }
      return result
    case .not(let part): return evaluate(part, packet, depth: depth + 1).negated
    case .constant(let value): return value ? .yes : .no
    case .unknown(let why): return .maybe(why)
    }
  }

  private func test(_ field: Field, _ packet: PacketValues, _ holds: (UInt128) -> Bool) -> Truth {
    guard packet.isPresent(field) else { return .no }
    if packet.isUnknown(field) { return .maybe(Uncertainty.unknownField(field)) }
    return holds(packet.number(field)) ? .yes : .no
  }

  private func member(_ id: SetID, _ fields: [Field], _ packet: PacketValues) -> Truth {
    guard id.index < core.ruleset.sets.count else { return .maybe(Uncertainty(.notModelled, "set that is not there")) }
    for field in fields {
      guard packet.isPresent(field) else { return .no }
      if packet.isUnknown(field) { return .maybe(Uncertainty.unknownField(field)) }
    }
    let set = core.ruleset.sets[id.index]
    switch contains(set, fields, packet) {
    case .no where set.isDynamic: return .maybe(set.uncertainty)
    case let truth: return truth
    }
  }

  private func contains(_ set: NamedSet, _ fields: [Field], _ packet: PacketValues) -> Truth {
    switch set.contents {
    case .values(let values):
      guard let field = fields.first, fields.count == 1 else { return .maybe(set.mismatch) }
      return values.contains(packet.number(field)) ? .yes : .no
    case .tuples(let tuples):
      for tuple in tuples where Self.holds(tuple, fields, packet) { return .yes }
      return .no
    case .map(let elements, _):
      for element in elements where Self.holds(element.key, fields, packet) { return .yes }
      return .no
    case .unknown(let why): return .maybe(why)
    }
  }

  private static func holds(_ key: [Interval], _ fields: [Field], _ packet: PacketValues) -> Bool {
    guard key.count == fields.count else { return false }
    for (interval, field) in zip(key, fields) where !interval.contains(packet.number(field)) { return false }
    return true
  }

  enum Lookup {
    case found(NamedSet.MapData)
    case missing
    case maybe(Uncertainty)
  }

  /// What a map holds for the packet's key.
  func look(up id: SetID, _ fields: [Field], _ packet: PacketValues) -> Lookup {
    guard id.index < core.ruleset.sets.count else { return .maybe(Uncertainty(.notModelled, "map that is not there")) }
    let set = core.ruleset.sets[id.index]
    for field in fields {
      guard packet.isPresent(field) else { return .missing }
      if packet.isUnknown(field) { return .maybe(Uncertainty.unknownField(field)) }
    }
    switch set.contents {
    case .map(let elements, let fallback):
      for element in elements where Self.holds(element.key, fields, packet) { return .found(element.data) }
      if set.isDynamic { return .maybe(set.uncertainty) }
      return fallback.map { .found($0) } ?? .missing
    case .unknown(let why): return .maybe(why)
    case .values, .tuples: return .maybe(set.mismatch)
    }
  }
}

extension NamedSet {
  var uncertainty: Uncertainty { Uncertainty(.dynamicSet, name.isEmpty ? "a set that changes" : "set @\(name)") }
  var mismatch: Uncertainty { Uncertainty(.notModelled, "set @\(name) with other key fields") }
}

extension Uncertainty {
  static func unknownField(_ field: Field) -> Uncertainty {
    switch field {
    case .sourceAddressType, .destinationAddressType: Uncertainty(.hostFact, "the address type by the host's routes")
    case .reversePathOK: Uncertainty(.hostFact, "the route back to the source")
    case .socketUID, .socketGID: Uncertainty(.hostFact, "the owner of the socket")
    case .mark: Uncertainty(.notModelled, "the packet mark")
    case .sourcePort, .destinationPort: Uncertainty(.notModelled, "ports read where the packet has none")
    default: Uncertainty(.notModelled, "\(field)")
    }
  }
}
