import FirewallModel
import PacketSets
import Packets

/// What statements that let a packet go on make of a region.
enum SymbolicEffects {
  struct Result {
    var goesOn: [(region: Box, view: RegionView)] = []
    var breaks: [(region: Box, view: RegionView)] = []
    var maybe: [(region: Box, why: Uncertainty)] = []
  }

  static func apply(
    _ effect: Effect, _ region: Box, _ view: RegionView, _ cursor: SymbolicWalk.Cursor, _ walk: SymbolicWalk
  ) -> Result {
    var view = view
    switch effect {
    case .counter, .log, .clampMSS, .other, .updateSet: break
    case .setMark(let value, let mask): write(.mark, value, mask, region, &view)
    case .setConntrackMark(let value, let mask):
      return onTracked(region, view, walk) { region, view in write(.ctMark, value, mask, region, &view) }
    case .saveMark:
      return onTracked(region, view, walk) { region, view in copy(.mark, to: .ctMark, region, &view) }
    case .restoreMark:
      let table = walk.ruleset.chains[cursor.chain].table
      let goesOn = table.index < walk.ruleset.tables.count && walk.ruleset[table].dialect.isIptables
      return onTracked(region, view, walk, othersGoOn: goesOn) { region, view in copy(.ctMark, to: .mark, region, &view)
      }
    case .notrack: return notrack(region, view, cursor, walk)
    case .setMarkFromMap(let map, let key): return markFromMap(map, key, region, view, walk)
    case .mixMark(let field, _):
      return Result(maybe: [(region, Uncertainty(.notModelled, "\(field) made of two marks"))])
    case .setConntrackMarkFromMap:
      return Result(maybe: [(region, Uncertainty(.notModelled, "a connection mark from a map"))])
    case .setField(let field, let value): view.set(field, .number(value))
    case .unknown(let why): return Result(maybe: [(region, why)])
    }
    return Result(goesOn: [(region, view)])
  }

  private static func write(_ field: Field, _ value: UInt32, _ mask: UInt32, _ region: Box, _ view: inout RegionView) {
    if mask == .max {
      view.set(field, .number(UInt128(value)))
      return
    }
    let old: UInt128?
    if case .number(let number) = view[field] {
      old = number
    } else {
      old = view.has(field) ? nil : region[field]?.single
    }
    if let old, old <= field.maximum {
      view.set(field, .number(UInt128(UInt32(truncatingIfNeeded: old) & ~mask | value)))
    } else {
      view.set(field, .unknown(Uncertainty(.notModelled, "\(field) changed in part")))
    }
  }

  private static func copy(_ from: Field, to: Field, _ region: Box, _ view: inout RegionView) {
    if let value = view[from] {
      view.set(to, value)
    } else if let single = region[from]?.single, single <= from.maximum {
      view.set(to, .number(single))
    } else {
      view.set(to, .unknown(.unknownField(to)))
    }
  }

  /// Packets that conntrack knows are changed; the others go on as they are or end the rule.
  private static func onTracked(
    _ region: Box, _ view: RegionView, _ walk: SymbolicWalk, othersGoOn: Bool = true,
    _ change: (Box, inout RegionView) -> Void
  ) -> Result {
    let cut = walk.splitter.split(region, .ctMark, ValueSet(allOf: .ctMark), view)
    var result = Result()
    // A mark that was written is there, whatever it is.
    for part in cut.yes + cut.maybe.map(\.region) {
      var changed = view
      change(part, &changed)
      result.goesOn.append((part, changed))
    }
    let others = cut.no.map { (region: $0, view: view) }
    if othersGoOn { result.goesOn += others } else { result.breaks += others }
    return result
  }

  private static func notrack(
    _ region: Box, _ view: RegionView, _ cursor: SymbolicWalk.Cursor, _ walk: SymbolicWalk
  ) -> Result {
    func untracked(_ view: RegionView) -> RegionView {
      var view = view
      view.set(.ctState, .number(UInt128(ConntrackState.untracked.rawValue)))
      for field in SymbolicWalk.conntrackFields { view.set(field, .absent) }
      return view
    }
    if !cursor.isDecidedByConntrack { return Result(goesOn: [(region, untracked(view))]) }
    // Later it concerns only packets of which conntrack knows nothing.
    let cut = walk.splitter.split(region, .ctState, ValueSet(UInt128(ConntrackState.invalid.rawValue)), view)
    return Result(
      goesOn: cut.yes.map { ($0, untracked(view)) } + cut.no.map { ($0, view) },
      maybe: cut.maybe)
  }

  private static func markFromMap(
    _ id: SetID, _ key: [Field], _ region: Box, _ view: RegionView, _ walk: SymbolicWalk
  ) -> Result {
    guard id.index < walk.ruleset.sets.count,
      case .map(let elements, let fallback) = walk.ruleset.sets[id.index].contents, elements.count <= 2000,
      !walk.ruleset.sets[id.index].isDynamic, fallback == nil
    else { return Result(maybe: [(region, Uncertainty(.notModelled, "a mark from a map"))]) }
    var result = Result()
    var remaining = [region]
    for element in elements {
      var next: [Box] = []
      for part in remaining {
        let cut = walk.splitter.split(part, key: element.key, key, view)
        next += cut.no
        result.maybe += cut.maybe
        for found in cut.yes {
          if case .values(let numbers) = element.data, let number = numbers.first {
            var changed = view
            changed.set(.mark, .number(number))
            result.goesOn.append((found, changed))
          } else {
            result.maybe.append((found, Uncertainty(.notModelled, "a mark from a map")))
          }
        }
      }
      remaining = next
    }
    result.breaks = remaining.map { ($0, view) }
    return result
  }

  /// New addresses and ports for the rules that follow.
  static func translate(
    _ translation: Translation, _ cursor: inout SymbolicWalk.Cursor, _ walk: SymbolicWalk
  ) {
    cursor.translatedAt = cursor.hook
    cursor.translations.append(translation)
    let isSource: Bool
    switch translation.kind {
    case .snat, .masquerade: isSource = true
    case .dnat, .redirect: isSource = false
    case .netmap: isSource = cursor.hook == .postrouting || cursor.hook == .input
    case .tproxy: return
    }
    let why = Uncertainty(.notModelled, "an address chosen by \(translation.kind.rawValue)")
    let address: Field = isSource ? .source : .destination
    let port: Field = isSource ? .sourcePort : .destinationPort
    let isFromMap = translation.map != nil || translation.kind == .netmap
    if !isFromMap, let range = translation.addresses, range.lowerBound == range.upperBound {
      cursor.view.set(address, .number(range.lowerBound.value))
    } else if isFromMap || translation.addresses != nil || translation.kind == .redirect
      || translation.kind == .masquerade
    {
      cursor.view.set(address, .unknown(why))
    }
    if let ports = translation.ports {
      if ports.lowerBound == ports.upperBound {
        cursor.view.set(port, .number(UInt128(ports.lowerBound)))
      } else {
        cursor.view.set(port, .unknown(why))
      }
    } else if isFromMap {
      cursor.view.set(port, .unknown(why))
    }
    if !isSource, cursor.hook == .prerouting { reroute(translation, &cursor, walk) }
  }

  /// As in the walk of one packet: facts about the host's addresses decide, else the way stays as asked for.
  private static func reroute(
    _ translation: Translation, _ cursor: inout SymbolicWalk.Cursor, _ walk: SymbolicWalk
  ) {
    guard walk.hook == .input || walk.hook == .forward else { return }
    var isLocal: Bool? = translation.kind == .redirect ? true : nil
    if isLocal == nil, case .number(let number) = cursor.view[.destination] {
      let address: Address = walk.isV4 ? .v4(UInt32(truncatingIfNeeded: number)) : .v6(number)
      isLocal = walk.locals.isLocal(address)
      cursor.newOutInterface = walk.locals.interface(towards: address)
    }
    guard let isLocal else { return }
    cursor.isRerouted = isLocal != (walk.hook == .input)
    cursor.view.set(.destinationAddressType, .number(UInt128((isLocal ? AddressType.local : .unicast).rawValue)))
  }
}
