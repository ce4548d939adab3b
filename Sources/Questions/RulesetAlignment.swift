import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// Where two rule sets differ on one journey: a packet that matches none of the rules listed here, in its state when it
/// reaches them, has the same fate in both.
struct JourneyChanges {
  /// A rule with no equal partner, and the base chain from which it is reached.
  struct Place {
    var rule: RuleID
    var hook: Hook
    /// As in `JourneyPlace`.
    var stage: Int
  }
  var old: [Place] = []
  var new: [Place] = []
  /// Nothing less than all packets: a policy or a base chain that drops is in one only.
  var concernsAll = false
}

/// Pairs base chains, the chains that they call, and their rules.
struct RulesetAligner {
  let old: Analysis
  let new: Analysis
  private var comparisons: [UInt128: RuleComparison] = [:]
  private var results: [Pair: (old: [Int], new: [Int], calls: [(old: ChainID, new: ChainID)])] = [:]

  private struct Pair: Hashable {
    var old: ChainID
    var new: ChainID
    /// 0: both families.
    var family: UInt128
  }

  private struct Visit: Hashable {
    var pair: Pair
    var hook: Hook
    var stage: Int
    func place(_ rule: RuleID) -> JourneyChanges.Place { JourneyChanges.Place(rule: rule, hook: hook, stage: stage) }
  }

  init(old: Analysis, new: Analysis) {
    self.old = old
    self.new = new
  }

  mutating func changes(to hook: Hook, isV4: Bool) -> JourneyChanges {
    var changes = JourneyChanges()
    let mine = old.places(to: hook, isV4: isV4).filter { !Self.isIdle($0, old.ruleset) }
    let theirs = new.places(to: hook, isV4: isV4).filter { !Self.isIdle($0, new.ruleset) }
    let pairs = Self.pair(mine, theirs, old.ruleset, new.ruleset)
    var done: Set<Visit> = []
    var work: [Visit] = []
    let family = isV4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6
    for (a, b) in pairs {
      switch (a, b) {
      case (let a?, let b?):
        if a.policy != b.policy { changes.concernsAll = true }
        work.append(Visit(pair: pair(a.chain, b.chain, family), hook: a.hook, stage: a.stage))
      case (let a?, nil):
        changes.old += Self.rules(of: a, old.ruleset)
        if a.policy == .drop { changes.concernsAll = true }
      case (nil, let b?):
        changes.new += Self.rules(of: b, new.ruleset)
        if b.policy == .drop { changes.concernsAll = true }
      case (nil, nil): break
      }
    }
    while let next = work.popLast() {
      guard done.insert(next).inserted else { continue }
      let result = align(next.pair)
      changes.old += result.old.map { next.place(RuleID(chain: next.pair.old, index: $0)) }
      changes.new += result.new.map { next.place(RuleID(chain: next.pair.new, index: $0)) }
      for call in result.calls {
        work.append(Visit(pair: pair(call.old, call.new, family), hook: next.hook, stage: next.stage))
      }
    }
    return changes
  }

  /// A chain that lets everything pass as it is.
  private static func isIdle(_ place: JourneyPlace, _ ruleset: Ruleset) -> Bool {
    place.policy == .accept && ruleset[place.chain].rules.isEmpty
  }

  private static func rules(of place: JourneyPlace, _ ruleset: Ruleset) -> [JourneyChanges.Place] {
    ruleset[place.chain].rules.indices.map {
      JourneyChanges.Place(rule: RuleID(chain: place.chain, index: $0), hook: place.hook, stage: place.stage)
    }
  }

  private func pair(_ a: ChainID, _ b: ChainID, _ family: UInt128) -> Pair {
    // Tables of one family speak of the same packets; then both families are compared at once.
    let isSame = old.ruleset[old.ruleset[a].table].family == new.ruleset[new.ruleset[b].table].family
    return Pair(old: a, new: b, family: isSame ? 0 : family)
  }

  // MARK: Base chains

  /// In order; chains of one journey that have no partner stand alone.
  private static func pair(
    _ a: [JourneyPlace], _ b: [JourneyPlace], _ old: Ruleset, _ new: Ruleset
  ) -> [(JourneyPlace?, JourneyPlace?)] {
    func score(_ x: JourneyPlace, _ y: JourneyPlace) -> Int {
      guard x.hook == y.hook, x.isNAT == y.isNAT, x.stage == y.stage, x.devices == y.devices else { return 0 }
      let names = old[x.chain].name.lowercased() == new[y.chain].name.lowercased() ? 1 : 0
      return 2 + names + (old[old[x.chain].table].name == new[new[y.chain].table].name ? 1 : 0)
    }
    let width = b.count + 1
    var table = [Int](repeating: 0, count: (a.count + 1) * width)
    for i in stride(from: a.count - 1, through: 0, by: -1) {
      for j in stride(from: b.count - 1, through: 0, by: -1) {
        let own = score(a[i], b[j])
        let best = max(table[(i + 1) * width + j], table[i * width + j + 1])
        table[i * width + j] = own > 0 ? max(best, own + table[(i + 1) * width + j + 1]) : best
      }
    }
    var result: [(JourneyPlace?, JourneyPlace?)] = []
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      if i < a.count, j < b.count {
        let own = score(a[i], b[j])
        if own > 0, table[i * width + j] == own + table[(i + 1) * width + j + 1] {
          result.append((a[i], b[j]))
          i += 1
          j += 1
          continue
        }
        if table[(i + 1) * width + j] >= table[i * width + j + 1] {
          result.append((a[i], nil))
          i += 1
        } else {
          result.append((nil, b[j]))
          j += 1
        }
      } else if i < a.count {
        result.append((a[i], nil))
        i += 1
      } else {
        result.append((nil, b[j]))
        j += 1
      }
    }
    return result
  }

  // MARK: Rules

  private mutating func align(_ pair: Pair) -> (old: [Int], new: [Int], calls: [(old: ChainID, new: ChainID)]) {
    if let known = results[pair] { return known }
    var comparison =
      comparisons[pair.family]
      ?? RuleComparison(old: old.ruleset, new: new.ruleset, family: pair.family == 0 ? nil : pair.family)
    let oldRules = old.ruleset[pair.old].rules
    let newRules = new.ruleset[pair.new].rules
    let oldPlaces = oldRules.indices.filter { comparison.counts(oldRules[$0]) }
    let newPlaces = newRules.indices.filter { comparison.counts(newRules[$0]) }
    let oldKeys = oldPlaces.map { comparison.key(oldRules[$0], in: old.ruleset) }
    let newKeys = newPlaces.map { comparison.key(newRules[$0], in: new.ruleset) }
    var calls: [(old: ChainID, new: ChainID)] = []
    var isPairedOld = [Bool](repeating: false, count: oldPlaces.count)
    var isPairedNew = [Bool](repeating: false, count: newPlaces.count)
    for (a, b) in RuleAlignment.align(oldKeys, newKeys) {
      guard comparison.isSame(oldRules[oldPlaces[a]], newRules[newPlaces[b]], calls: &calls) else { continue }
      isPairedOld[a] = true
      isPairedNew[b] = true
    }
    let result = (
      old: oldPlaces.indices.filter { !isPairedOld[$0] }.map { oldPlaces[$0] },
      new: newPlaces.indices.filter { !isPairedNew[$0] }.map { newPlaces[$0] }, calls: calls
    )
    comparisons[pair.family] = comparison
    results[pair] = result
    return result
  }
}
