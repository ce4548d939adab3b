import FirewallAnalysis
package import FirewallModel
import PacketSets
import Packets

/// What becomes of packets, as far as a difference of rule sets is about it: the verdict, the kind of a reject, and
/// changes of addresses and ports. Logs do not count.
package enum Fate: Hashable, Sendable {
  case accepted([AddressChange])
  case dropped
  /// The answer by its name.
  case rejected(String)
  case queued
  case taken(String)
  /// Not decided, and why.
  case may([Uncertainty])

  /// One address or port that is changed.
  package struct AddressChange: Hashable, Sendable {
    package var isSource: Bool
    package var isPort: Bool
    package var target: Target

    package enum Target: Hashable, Sendable {
      case number(UInt128)
      /// Chosen within a range, or by the kernel or a map; in words.
      case chosen(String)
    }
  }

  package var isMay: Bool {
    if case .may = self { return true }
    return false
  }

  /// One word for groups: what the packets' fate is.
  package var word: String {
    switch self {
    case .accepted(let changes): changes.isEmpty ? "accepted" : "translated"
    case .dropped: "dropped"
    case .rejected: "rejected"
    case .queued: "queued"
    case .taken: "taken"
    case .may: "may"
    }
  }
}

extension Fate {
  init(_ piece: Piece, _ ruleset: Ruleset) {
    self = Self.fate(piece.outcome, piece, isV4: OutcomeTest.isV4(piece.region), ruleset)
  }

  static func fate(_ outcome: Outcome, _ piece: Piece, isV4: Bool, _ ruleset: Ruleset) -> Fate {
    switch outcome {
    case .accept: .accepted(changes(piece, ruleset))
    case .drop: .dropped
    case .reject(let kind): .rejected(RejectNames.name(of: kind, isV4: isV4))
    case .queue: .queued
    case .stolen(let how), .lost(let how): .taken(how)
    case .held: .taken("waits for its other fragments")
    case .may(let why): .may(why)
    }
  }

  /// Changes that are none, to the number the packet has anyway, are left out.
  private static func changes(_ piece: Piece, _ ruleset: Ruleset) -> [AddressChange] {
    var changes: [AddressChange] = []
    let fields: [(Field, Bool, Bool)] = [
      (.destination, false, false), (.destinationPort, false, true), (.source, true, false), (.sourcePort, true, true),
    ]
    for (field, isSource, isPort) in fields {
      if let number = piece.rewritten[field] {
        if piece.region[field]?.single != number {
          changes.append(AddressChange(isSource: isSource, isPort: isPort, target: .number(number)))
        }
        continue
      }
      for translation in piece.translations where touches(translation, isSource: isSource) {
        if isPort {
          guard let ports = translation.ports else { continue }
          changes.append(
            AddressChange(
              isSource: isSource, isPort: true, target: .chosen("\(ports.lowerBound)-\(ports.upperBound)")))
        } else {
          guard let words = words(translation, ruleset) else { continue }
          changes.append(AddressChange(isSource: isSource, isPort: false, target: .chosen(words)))
        }
      }
    }
    return changes
  }

  private static func touches(_ translation: Translation, isSource: Bool) -> Bool {
    switch translation.kind {
    case .snat, .masquerade: isSource
    case .dnat, .redirect: !isSource
    case .netmap: true
    case .tproxy: false
    }
  }

  private static func words(_ translation: Translation, _ ruleset: Ruleset) -> String? {
    if let map = translation.map, ruleset.sets.indices.contains(map.index) {
      // Maps are the same when all their elements are.
      guard case .map(let elements, _) = ruleset[map].contents else { return "a map" }
      let pairs = elements.map { "\($0.key.map { "\($0.lower)-\($0.upper)" }):\($0.data)" }
      return "an element of \(ruleset[map].isDynamic ? ruleset[map].name : "")\(pairs)"
    }
    switch translation.kind {
    case .masquerade: return "the address of the interface"
    case .redirect: return "this host"
    case .netmap, .snat, .dnat:
      return translation.addresses.map { AddressRanges.text($0) }
    case .tproxy: return nil
    }
  }
}
