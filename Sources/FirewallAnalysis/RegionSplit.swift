import FirewallModel
import PacketSets
import Packets

/// A region cut by a condition: disjoint parts that together are the region.
struct Split {
  var yes: [Box] = []
  var no: [Box] = []
  var maybe: [(region: Box, why: Uncertainty)] = []

  var negated: Split { Split(yes: no, no: yes, maybe: maybe) }
}

/// Cuts regions by conditions, exactly.
struct RegionSplitter {
  let ruleset: Ruleset
  /// Set elements that are gone through one by one at most.
  static let maximumElements = 20_000

  func split(_ region: Box, _ condition: Condition, _ view: RegionView, depth: Int = 0) -> Split {
    guard depth < 64 else {
      return Split(maybe: [(region, Uncertainty(.notModelled, "deeply nested condition"))])
    }
    switch condition {
    case .field(let field, let values): return split(region, field, values, view)
    case .masked(let field, let mask, let values): return split(region, field, mask: mask, values, view)
    case .member(let id, let fields, let negated):
      let found = split(region, member: id, fields, view)
      return negated ? negate(found, keepingPresent: fields, view) : found
    case .any(let parts): return any(region, parts, view, depth)
    case .all(let parts): return all(region, parts, view, depth)
    case .not(let part): return split(region, part, view, depth: depth + 1).negated
    case .constant(let holds): return holds ? Split(yes: [region]) : Split(no: [region])
    case .unknown(let why): return Split(maybe: [(region, why)])
    }
  }

  /// `field ∈ values`, which asks that the field is there.
  func split(_ region: Box, _ field: Field, _ values: ValueSet, _ view: RegionView) -> Split {
    switch view[field] {
    case .number(let number): return values.contains(number) ? Split(yes: [region]) : Split(no: [region])
    case .absent: return Split(no: [region])
    case .unknown(let why):
      if values.isEmpty { return Split(no: [region]) }
      if ValueSet(allOf: field).isSubset(of: values) { return Split(yes: [region]) }
      return Split(maybe: [(region, why)])
    case .oneLess:
      let shifted = ValueSet(
        values.intervals.compactMap { interval -> Interval? in
          guard interval.lower < field.maximum else { return nil }
          return Interval(interval.lower + 1, min(interval.upper, field.maximum - 1) + 1)
        })
      return splitPlain(region, field, shifted)
    case nil: break
    }
    if field == .sourcePort || field == .destinationPort { return splitPort(region, field, values) }
    return splitPlain(region, field, values)
  }

  private func splitPlain(_ region: Box, _ field: Field, _ values: ValueSet) -> Split {
    var result = Split()
    let present =
      values.bounds.map { $0.upper <= field.maximum } ?? true
      ? values : values.intersection(ValueSet(allOf: field))
    let current = region[field]
    if let current {
      if current.isDisjoint(with: present) { return Split(no: [region]) }
      if current.isSubset(of: present) { return Split(yes: [region]) }
    }
    if let yes = RegionFacts.settle(region.narrowed(field, to: present)) { result.yes.append(yes) }
    let rest = (current ?? field.domain).subtracting(present)
    if let no = RegionFacts.settle(region.replacing(field, with: rest)) { result.no.append(no) }
    return result
  }

  /// Protocols without ports have other bytes where nft reads ports.
  private func splitPort(_ region: Box, _ field: Field, _ values: ValueSet) -> Split {
    let protocols = region[.transportProtocol] ?? ValueSet(allOf: .transportProtocol)
    if protocols.isSubset(of: Field.withPorts) { return splitPlain(region, field, values) }
    var result = Split()
    if let others = RegionFacts.settle(
      region.narrowed(.transportProtocol, to: protocols.subtracting(Field.withPorts)))
    {
      result.maybe.append((others, .unknownField(field)))
    }
    if let ported = RegionFacts.settle(region.narrowed(.transportProtocol, to: Field.withPorts)) {
      let inner = splitPlain(ported, field, values)
      result.yes += inner.yes
      result.no += inner.no
    }
    return result
  }

  private func split(
    _ region: Box, _ field: Field, mask: UInt128, _ values: ValueSet, _ view: RegionView
  ) -> Split {
    switch view[field] {
    case .number(let number): return values.contains(number & mask) ? Split(yes: [region]) : Split(no: [region])
    case .absent: return Split(no: [region])
    case .unknown(let why): return Split(maybe: [(region, why)])
    case .oneLess: return Split(maybe: [(region, .unknownField(field))])
    case nil: break
    }
    if let single = region[field]?.single, single <= field.maximum {
      return values.contains(single & mask) ? Split(yes: [region]) : Split(no: [region])
    }
    if let preimage = MaskedValues.preimage(of: values, mask: mask, width: field.width) {
      return split(region, field, preimage, view)
    }
    return Split(maybe: [(region, Uncertainty(.notModelled, "a mask on \(field)"))])
  }

  private func negate(_ split: Split, keepingPresent fields: [Field], _ view: RegionView) -> Split {
    var result = Split(no: split.yes, maybe: split.maybe)
    for region in split.no {
      // Of what is no element only packets that have all the fields match.
      var remaining = [region]
      for field in fields {
        var next: [Box] = []
        for part in remaining {
          let presence = self.split(part, field, ValueSet(allOf: field), view)
          next += presence.yes
          result.no += presence.no
          result.maybe += presence.maybe
        }
        remaining = next
      }
      result.yes += remaining
    }
    return result
  }

  private func any(_ region: Box, _ parts: [Condition], _ view: RegionView, _ depth: Int) -> Split {
    var result = Split()
    var remaining: [(region: Box, why: Uncertainty?)] = [(region, nil)]
    for part in parts {
      var next: [(region: Box, why: Uncertainty?)] = []
      for (region, why) in remaining {
        let cut = split(region, part, view, depth: depth + 1)
        result.yes += cut.yes
        next += cut.no.map { ($0, why) }
        next += cut.maybe.map { ($0.region, why ?? $0.why) }
      }
      remaining = next
    }
    for (region, why) in remaining {
      if let why { result.maybe.append((region, why)) } else { result.no.append(region) }
    }
    return result
  }

  private func all(_ region: Box, _ parts: [Condition], _ view: RegionView, _ depth: Int) -> Split {
    var result = Split()
    var remaining: [(region: Box, why: Uncertainty?)] = [(region, nil)]
    for part in parts {
      var next: [(region: Box, why: Uncertainty?)] = []
      for (region, why) in remaining {
        let cut = split(region, part, view, depth: depth + 1)
        result.no += cut.no
        next += cut.yes.map { ($0, why) }
        next += cut.maybe.map { ($0.region, why ?? $0.why) }
      }
      remaining = next
    }
    for (region, why) in remaining {
      if let why { result.maybe.append((region, why)) } else { result.yes.append(region) }
    }
    return result
  }

  // MARK: Sets

  private func split(_ region: Box, member id: SetID, _ fields: [Field], _ view: RegionView) -> Split {
    guard id.index < ruleset.sets.count else {
      return Split(maybe: [(region, Uncertainty(.notModelled, "set that is not there"))])
    }
    let set = ruleset.sets[id.index]
    var result: Split
    switch set.contents {
    case .unknown(let why): return Split(maybe: [(region, why)])
    case .values(let values):
      guard fields.count == 1 else { return Split(maybe: [(region, set.mismatch)]) }
      result = split(region, fields[0], values, view)
    case .tuples(let tuples): result = split(region, keys: tuples.lazy.map { $0 }, fields, view, set)
    case .map(let elements, _): result = split(region, keys: elements.lazy.map(\.key), fields, view, set)
    }
    if set.isDynamic {
      // What the text does not show may have been added; absent fields still match nothing.
      for region in result.no {
        let rest = negate(Split(no: [region]), keepingPresent: fields, view)
        result.maybe += rest.yes.map { ($0, set.uncertainty) } + rest.maybe
        result.no = result.no.filter { $0 != region } + rest.no
      }
    }
    return result
  }

  private func split(
    _ region: Box, keys: some Collection<[Interval]>, _ fields: [Field], _ view: RegionView, _ set: NamedSet
  ) -> Split {
    guard keys.count <= Self.maximumElements else {
      return Split(maybe: [(region, Uncertainty(.notModelled, "a large set @\(set.name)"))])
    }
    var result = Split()
    var remaining = [region]
    for key in keys {
      guard key.count == fields.count else { return Split(maybe: [(region, set.mismatch)]) }
      var next: [Box] = []
      for part in remaining {
        let cut = split(part, key: key, fields, view)
        result.yes += cut.yes
        result.maybe += cut.maybe
        next += cut.no
      }
      remaining = next
      if remaining.isEmpty || remaining.count > 512 { break }
    }
    if remaining.count > 512 {
      return Split(maybe: [(region, Uncertainty(.notModelled, "a large set @\(set.name)"))])
    }
    result.no = remaining
    return result
  }

  /// All fields within a key's intervals.
  func split(_ region: Box, key: [Interval], _ fields: [Field], _ view: RegionView) -> Split {
    for (interval, field) in zip(key, fields) where !view.has(field) {
      if let own = region[field], own.isDisjoint(with: ValueSet(interval)) { return Split(no: [region]) }
    }
    var result = Split()
    var remaining = [region]
    for (interval, field) in zip(key, fields) {
      var next: [Box] = []
      for part in remaining {
        let cut = split(part, field, ValueSet(interval), view)
        result.no += cut.no
        result.maybe += cut.maybe
        next += cut.yes
      }
      remaining = next
    }
    result.yes = remaining
    return result
  }
}

/// Numbers that a mask maps into a set.
enum MaskedValues {
  /// All `x` of a width with `x & mask` in `values`, when that is at most some thousand intervals; else nil.
  static func preimage(of values: ValueSet, mask: UInt128, width: Int) -> ValueSet? {
    let all: UInt128 = width >= 128 ? .max : (UInt128(1) << UInt128(width)) - 1
    let mask = mask & all
    if mask == all { return values }
    // Free bits below the mask's lowest bit make intervals; those above it multiply them.
    let low = min(mask.trailingZeroBitCount, width)
    let free = ~mask & all & ~(low >= 128 ? .max : (UInt128(1) << UInt128(low)) - 1)
    let below = low >= 128 ? UInt128.max : (UInt128(1) << UInt128(low)) - 1
    if free == 0 {
      // A prefix: an interval stays an interval, rounded to whole prefixes.
      return ValueSet(
        values.intervals.compactMap { interval -> Interval? in
          let (raised, overflow) = interval.lower.addingReportingOverflow(below)
          let lower = raised & ~below
          let upper = min(interval.upper, all) & ~below
          return overflow || lower > upper ? nil : Interval(lower, upper | below)
        })
    }
    guard free.nonzeroBitCount <= 10 else { return nil }
    var keys: [UInt128] = []
    for interval in values.intervals {
      guard interval.lower <= mask else { break }
      let upper = min(interval.upper, mask)
      // Only numbers under the mask can come out.
      var value = interval.lower
      var steps = 0
      while value <= upper {
        if value & ~mask == 0 { keys.append(value) }
        steps += 1
        if steps > 4096 { return nil }
        let (next, overflow) = value.addingReportingOverflow(UInt128(1) << UInt128(min(low, 127)))
        if overflow { break }
        value = low > 0 ? next & ~((UInt128(1) << UInt128(low)) - 1) : next
      }
    }
    var intervals: [Interval] = []
    for key in keys {
      var part: UInt128 = 0
      repeat {
        intervals.append(Interval(key | part, key | part | below))
        if intervals.count > 8192 { return nil }
        part = (part &- free) & free
      } while part != 0
    }
    return ValueSet(intervals)
  }
}
