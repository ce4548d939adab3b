import FirewallModel
import PacketSets
import Packets

extension ConcreteWalk {
  enum EffectEnd {
    case goesOn
    /// The statement cannot be carried out: the rule ends, the next one runs.
    case breaks
    case maybe(Uncertainty)
  }

  /// Carries out a statement that lets the packet go on.
  func apply(_ effect: Effect, _ cursor: inout Cursor) -> EffectEnd {
    switch effect {
    case .counter, .log, .clampMSS, .other, .updateSet: return .goesOn
    case .setMark(let value, let mask):
      write(.mark, value, mask, &cursor.values)
    case .setConntrackMark(let value, let mask):
      guard cursor.values.isPresent(.ctMark) else {
        // Nothing is set, but nft breaks the rule where it reads the old mark.
        return mask == .max || isIptables(cursor) ? .goesOn : .breaks
      }
      write(.ctMark, value, mask, &cursor.values)
    case .saveMark:
      guard cursor.values.isPresent(.ctMark) else { return .goesOn }
      if let mark = cursor.values[.mark] { cursor.values.set(.ctMark, mark) } else { cursor.values.setUnknown(.ctMark) }
    case .restoreMark:
      guard cursor.values.isPresent(.ctMark) else {
        // nft's `meta mark set ct mark` breaks the rule; xt_CONNMARK lets it go on.
        return isIptables(cursor) ? .goesOn : .breaks
      }
      if let mark = cursor.values[.ctMark] { cursor.values.set(.mark, mark) } else { cursor.values.setUnknown(.mark) }
    case .notrack:
      let isWithoutFlow = !cursor.isDecidedByConntrack || cursor.values[.ctState] == 0
      if isWithoutFlow {
        cursor.values.set(.ctState, ConntrackState.untracked.rawValue)
        cursor.mask = Self.mask(of: cursor.values)
      }
    case .setMarkFromMap(let map, let key):
      switch evaluator.look(up: map, key, cursor.values) {
      case .found(.values(let numbers)):
        guard let number = numbers.first else { return .maybe(Uncertainty(.notModelled, "a map without numbers")) }
        cursor.values.set(.mark, number)
      case .found: return .maybe(Uncertainty(.notModelled, "a mark from a map"))
      case .missing: return .breaks
      case .maybe(let why): return .maybe(why)
      }
    case .mixMark(let field, let mix):
      let needsFlow = field == .ctMark || mix.source == .ctMark
      if needsFlow, !cursor.values.isPresent(.ctMark) {
        let reads = mix.source == .ctMark || mix.keep != 0 && field == .ctMark
        return isIptables(cursor) || !reads ? .goesOn : .breaks
      }
      guard let old = mix.keep == 0 ? 0 : cursor.values[field], let other = mix.source.map({ cursor.values[$0] }) ?? 0
      else {
        cursor.values.setUnknown(field)
        return .goesOn
      }
      let mixed = UInt32(truncatingIfNeeded: old) & mix.keep ^ UInt32(truncatingIfNeeded: other) & mix.take ^ mix.flip
      cursor.values.set(field, mixed)
    case .setConntrackMarkFromMap(let map, let key):
      switch evaluator.look(up: map, key, cursor.values) {
      case .found(.values(let numbers)):
        guard let number = numbers.first else { return .maybe(Uncertainty(.notModelled, "a map without numbers")) }
        if cursor.values.isPresent(.ctMark) { cursor.values.set(.ctMark, number) }
      case .found: return .maybe(Uncertainty(.notModelled, "a mark from a map"))
      case .missing: return .breaks
      case .maybe(let why): return .maybe(why)
      }
    case .setField(let field, let value):
      cursor.values.set(field, value)
      cursor.mask = Self.mask(of: cursor.values)
    case .unknown(let why): return .maybe(why)
    }
    return .goesOn
  }

  private func isIptables(_ cursor: Cursor) -> Bool {
    let table = ruleset.chains[cursor.chain].table
    return table.index < ruleset.tables.count && ruleset.tables[table.index].dialect.isIptables
  }

  private func write(_ field: Field, _ value: UInt32, _ mask: UInt32, _ values: inout PacketValues) {
    if mask == .max {
      values.set(field, value)
    } else if let old = values[field] {
      values.set(field, UInt32(truncatingIfNeeded: old) & ~mask | value)
    } else {
      values.setUnknown(field)
    }
  }

  enum TranslationEnd {
    case translated
    /// The key is not in the map: the next rule.
    case breaks
    /// There is no address to translate to.
    case dropped
  }

  /// Changes addresses and ports as a nat statement does.
  func translate(_ translation: Translation, _ cursor: inout Cursor) -> TranslationEnd {
    var translation = translation
    switch settle(&translation, cursor) {
    case .breaks: return .breaks
    case .dropped: return .dropped
    case .translated: break
    }
    if host != nil { return bind(translation, &cursor) }
    change(translation, &cursor)
    return .translated
  }

  /// Looks the address and port up that a map or a prefix gives for this packet.
  private func settle(_ translation: inout Translation, _ cursor: Cursor) -> TranslationEnd {
    if let map = translation.map {
      switch evaluator.look(up: map, translation.mapKey, cursor.values) {
      case .found(.values(let numbers)):
        var numbers = numbers
        if translation.kind != .redirect, translation.ports == nil || numbers.count > 1, !translation.isPortMap,
          !numbers.isEmpty
        {
          let number = numbers.removeFirst()
          let address: Address = packet.source.isV4 ? .v4(UInt32(truncatingIfNeeded: number)) : .v6(number)
          translation.addresses = address...address
        }
        if let number = numbers.first {
          let port = UInt16(truncatingIfNeeded: number)
          translation.ports = port...port
        }
        translation.map = nil
      case .missing: return .breaks
      case .found, .maybe: break
      }
    }
    if translation.kind == .netmap, let range = translation.addresses, let hook = cursor.hook {
      let isSource = hook == .postrouting || hook == .input
      if let old = cursor.values[isSource ? .source : .destination] {
        let host = range.lowerBound.value ^ range.upperBound.value
        let new = range.lowerBound.value | old & host
        let address: Address = packet.source.isV4 ? .v4(UInt32(truncatingIfNeeded: new)) : .v6(new)
        translation.addresses = address...address
        translation.kind = isSource ? .snat : .dnat
      }
    }
    return .translated
  }

  private func change(_ translation: Translation, _ cursor: inout Cursor) {
    cursor.translatedAt = cursor.hook
    let isSource: Bool
    switch translation.kind {
    case .snat, .masquerade: isSource = true
    case .dnat, .redirect: isSource = false
    case .netmap: isSource = cursor.hook == .postrouting || cursor.hook == .input
    case .tproxy: return
    }
    let address: Field = isSource ? .source : .destination
    let port: Field = isSource ? .sourcePort : .destinationPort
    let portsArePresent = cursor.values.isPresent(port)
    var words = translation.kind.rawValue
    if translation.map != nil || translation.kind == .netmap {
      cursor.values.setUnknown(address)
      if portsArePresent { cursor.values.setUnknown(port) }
    } else {
      if let range = translation.addresses {
        words += " to \(range.lowerBound)"
        if range.lowerBound == range.upperBound {
          cursor.values.set(address, range.lowerBound.value)
        } else {
          words += "-\(range.upperBound)"
          cursor.values.setUnknown(address)
        }
      } else if translation.kind == .redirect || translation.kind == .masquerade {
        cursor.values.setUnknown(address)
      }
      if let range = translation.ports, portsArePresent {
        words += ":\(range.lowerBound)"
        if range.lowerBound == range.upperBound {
          cursor.values.set(port, range.lowerBound)
        } else {
          words += "-\(range.upperBound)"
          cursor.values.setUnknown(port)
        }
      }
    }
    if !isSource, cursor.hook == .prerouting { reroute(translation, &cursor) }
    cursor.mask = Self.mask(of: cursor.values)
    cursor.translations.append(words)
  }

  /// A new destination may turn input into forward and the other way round. Without facts about the host's addresses
  /// the packet goes the way it was said to go.
  private func reroute(_ translation: Translation, _ cursor: inout Cursor) {
    guard packet.hook == .input || packet.hook == .forward else { return }
    let isLocal: Bool?
    if translation.kind == .redirect {
      isLocal = true
    } else if let number = cursor.values[.destination] {
      let address: Address = packet.source.isV4 ? .v4(UInt32(truncatingIfNeeded: number)) : .v6(number)
      isLocal = address == packet.destination ? nil : locals.isLocal(address)
      cursor.newOutInterface = locals.interface(towards: address)
    } else {
      isLocal = nil
    }
    guard let isLocal else { return }
    cursor.isRerouted = isLocal != (packet.hook == .input)
    cursor.values.set(.destinationAddressType, (isLocal ? AddressType.local : .unicast).rawValue)
  }
}
