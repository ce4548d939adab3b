import FirewallModel
import Packets

/// One place on a packet's way through a host whose topology and flows are known.
struct HostPlace: Sendable {
  enum Kind: Sendable {
    /// A hook begins.
    case hook
    /// Conntrack collects fragments.
    case defragment
    /// Conntrack looks the packet's flow up.
    case conntrack
    /// A base chain.
    case chain(JourneyStop)
    /// Behind the last nat chain of a hook: translations take effect.
    case translations
  }
  var kind: Kind
  var hook: Hook
}

extension JourneyStop {
  /// Runs after what conntrack has registered at a priority.
  func isBehind(_ place: Int32) -> Bool { priority > place || priority == place && !isBeforeEqual }
}

/// The places of each part of the way, for one family.
struct HostPlaces: Sendable {
  /// Between two parts the host routes the packet.
  enum Part: Int, Sendable, CaseIterable { case incoming, input, forward, output, outgoing }

  private var parts: [[HostPlace]]
  var tracks: Bool
  /// Some base chain of type nat exists, so that the NAT core is at work.
  var translates: Bool

  subscript(part: Part) -> [HostPlace] { parts[part.rawValue] }

  init(_ ruleset: Ruleset, isV4: Bool, _ use: Journey.ConntrackUse) {
    tracks = use.tracks
    let isActive = Journey.hasNATChain(ruleset, isV4: isV4)
    translates = isActive
    parts = Part.allCases.map { part in
      let hooks: [Hook] =
        switch part {
        case .incoming: [.ingress, .prerouting]
        case .input: [.input]
        case .forward: [.forward]
        case .output: [.output]
        case .outgoing: [.postrouting, .egress]
        }
      return hooks.flatMap { Self.places(ruleset, at: $0, isV4: isV4, translates: isActive, use) }
    }
  }

  private static func places(
    _ ruleset: Ruleset, at hook: Hook, isV4: Bool, translates: Bool, _ use: Journey.ConntrackUse
  ) -> [HostPlace] {
    let stops = Journey.stops(ruleset, at: hook, isV4: isV4, use)
    var places = [HostPlace(kind: .hook, hook: hook)]
    let isEarly = hook == .prerouting || hook == .output
    let natPriority: Int32 = isEarly ? -100 : 100
    let hasCore = translates && (isEarly || hook == .input || hook == .postrouting)
    let lastNAT = stops.lastIndex { $0.isNAT }
    let coreAfter = lastNAT ?? (stops.lastIndex { $0.priority <= natPriority } ?? -1)
    var isCollected = !isEarly
    var isTracked = !isEarly
    if hasCore, coreAfter == -1, !isEarly { places.append(HostPlace(kind: .translations, hook: hook)) }
    for (index, stop) in stops.enumerated() {
      if !isCollected, stop.isBehind(Journey.defragmentationPriority) {
        places.append(HostPlace(kind: .defragment, hook: hook))
        isCollected = true
      }
      if !isTracked, stop.isBehind(Journey.conntrackPriority) {
        places.append(HostPlace(kind: .conntrack, hook: hook))
        isTracked = true
        if hasCore, coreAfter < index { places.append(HostPlace(kind: .translations, hook: hook)) }
      }
      places.append(HostPlace(kind: .chain(stop), hook: hook))
      if hasCore, index == coreAfter, isTracked { places.append(HostPlace(kind: .translations, hook: hook)) }
    }
    if !isCollected { places.append(HostPlace(kind: .defragment, hook: hook)) }
    if !isTracked {
      places.append(HostPlace(kind: .conntrack, hook: hook))
      if hasCore { places.append(HostPlace(kind: .translations, hook: hook)) }
    }
    return places
  }
}
