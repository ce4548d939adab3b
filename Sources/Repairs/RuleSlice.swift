import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import PacketSets
import Packets
import SourceText

/// A file without the rules that no packet concerned by an edit can match, so that a proof costs what the edit touches
/// and not what the file holds.
///
/// Why it proves the same. An edit can change the fate only of packets that match a rule it removes, adds or edits. All
/// rules that such a packet may match stay, with all that decides how they are read: every packet of the region has in
/// the slice the fate that it has in the file, before and after the edit. Kept as well are the rules that the finding
/// speaks of and those on which the checks' general facts rest (which connections are open, what the roles are). Where a
/// slice does not read as its file does, or does not show the finding, there is none, and the whole file is taken.
struct RuleSlice {
  /// The slice as a file of its own, read and checked.
  let input: RepairInput
  /// The edit, told in the slice's offsets.
  let edits: [TextEdit]
  /// The finding, as the slice shows it.
  let finding: Finding
  /// Outside of these no packet is concerned.
  let regions: [Box]

  /// Do the regions hold every packet of the rules that an edit removed and added? Told from what was read, not from
  /// what was to be written.
  func holds(_ difference: RulesetDifference, _ old: Ruleset, _ new: Ruleset, rewritten: Set<Field>) -> Bool {
    let rules = difference.removed.map { old[$0] } + difference.added.map { new[$0] }
    return difference.changes.allSatisfy { $0.policy == nil }
      && rules.allSatisfy { rule in
        let box = RuleRegion.box(of: rule, rewritten: rewritten)
        return box.isEmpty || regions.contains { Self.isPart(box, of: $0, ignoring: rewritten) }
      }
  }

  private static func isPart(_ box: Box, of region: Box, ignoring unseen: Set<Field>) -> Bool {
    region.constraints.allSatisfy { constraint in
      unseen.contains(constraint.field) || (box[constraint.field]?.isSubset(of: constraint.values) ?? false)
    }
  }
}

/// Cuts slices of one file.
struct RuleSlicer {
  let rewritten: Set<Field>
  private let input: RepairInput
  /// By chain and rule the bytes to leave out; nil: the rule's text must stay.
  private let cuts: [[Range<Int>?]]
  private let supports: [RuleID]
  private let conntrackUse: [Bool]

  /// Files of fewer rules are proved as a whole.
  static let smallestFile = 60

  /// nil when the file is small, or is not written in a way that rules can be left out of. O(rules).
  init?(_ input: RepairInput, writer: RemedyWriter) {
    let ruleset = input.lowered.ruleset
    guard ruleset.ruleCount >= Self.smallestFile else { return nil }
    guard let cuts = writer.cuts() else { return nil }
    self.input = input
    self.cuts = cuts
    rewritten = RuleRegion.rewrittenFields(ruleset).union(Self.interfaceFields)
    supports = input.supports.sorted() + Self.conntrackUsers(ruleset)
    conntrackUse = input.analysis.conntrackUse
  }

  /// What a journey knows of interfaces depends on the hook.
  private static let interfaceFields: Set<Field> = [
    .inInterface, .outInterface, .inInterfaceType, .outInterfaceType, .inInterfaceGroup, .outInterfaceGroup,
  ]

  /// For each table the first rules that make the kernel track connections and translate addresses.
  private static func conntrackUsers(_ ruleset: Ruleset) -> [RuleID] {
    var found: [RuleID] = []
    for table in ruleset.tables {
      var (hasState, hasTranslation, hasOther) = (false, false, false)
      for chain in table.chains {
        for (place, rule) in ruleset[chain].rules.enumerated() {
          for step in rule.steps {
            let isFirst: Bool
            switch step {
            case .match(let match):
              guard case .field(let field, _) = match.condition, field.isConntrack, !hasState else { continue }
              (isFirst, hasState) = (true, true)
            case .verdictMap(let map, _):
              guard map.key.contains(where: \.isConntrack), !hasState else { continue }
              (isFirst, hasState) = (true, true)
            case .verdict(.translate, _):
              (isFirst, hasTranslation) = (!hasTranslation, true)
            case .effect(.notrack, _), .effect(.saveMark, _), .effect(.restoreMark, _), .effect(.setConntrackMark, _):
              (isFirst, hasOther) = (!hasOther, true)
            default: continue
            }
            if isFirst { found.append(RuleID(chain: chain, index: place)) }
          }
        }
      }
    }
    return found
  }

  /// The slice for one remedy of a finding; nil when there is none that is much smaller than the file.
  func slice(for remedy: Remedy, edits: [TextEdit], of finding: Finding) -> RuleSlice? {
    let ruleset = input.lowered.ruleset
    guard edits.allSatisfy({ $0.range.file == input.file.id }), let regions = regions(of: remedy) else { return nil }
    var kept = input.analysis.rulesMeeting(regions, ignoring: rewritten)
    for id in supports + Self.rules(of: finding, in: ruleset) + Self.anchors(of: remedy) {
      guard kept.indices.contains(id.chain.index), kept[id.chain.index].indices.contains(id.index) else { continue }
      kept[id.chain.index][id.index] = true
    }
    var left: [Range<Int>] = []
    var count = 0
    for (chain, flags) in kept.enumerated() {
      for (place, isKept) in flags.enumerated() {
        if !isKept, let cut = cuts[chain][place], !edits.contains(where: { Self.meet($0, cut) }) {
          left.append(cut)
        } else {
          kept[chain][place] = true
          count += 1
        }
      }
    }
    guard count * 2 <= ruleset.ruleCount else { return nil }
    left.sort { $0.lowerBound < $1.lowerBound }
    guard zip(left, left.dropFirst()).allSatisfy({ $0.upperBound <= $1.lowerBound }) else { return nil }
    guard let slice = read(without: left, kept, regions) else { return nil }
    let keyed = FindingCounts.key(finding, in: ruleset, file: input.file)
    guard
      let shown = slice.findings.first(where: {
        $0.code == finding.code && FindingCounts.key($0, in: slice.lowered.ruleset, file: slice.file) == keyed
      })
    else { return nil }
    let map = CutMap(left)
    let moved = edits.map { edit in
      TextEdit(
        range: SourceRange(
          file: edit.range.file, lower: map.moved(edit.range.lower), upper: map.moved(edit.range.upper)),
        replacement: edit.replacement)
    }
    return RuleSlice(input: slice, edits: moved, finding: shown, regions: regions)
  }

  /// Reads the file without some ranges; nil when anything but the rules left out differs.
  private func read(without left: [Range<Int>], _ kept: [[Bool]], _ regions: [Box]) -> RepairInput? {
    var bytes: [UInt8] = []
    var position = 0
    for range in left {
      bytes += input.file.bytes[position..<range.lowerBound]
      position = range.upperBound
    }
    bytes += input.file.bytes[position...]
    let file = SourceFile(id: input.file.id, path: input.file.path, bytes: bytes)
    let lowered = input.reread(file)
    guard lowered.problems.count <= input.lowered.problems.count else { return nil }
    let old = input.lowered.ruleset
    guard RulesetDifference.haveSameFrame(old, lowered.ruleset) else { return nil }
    for (chain, flags) in kept.enumerated() {
      let rules = lowered.ruleset.chains[chain].rules
      var next = 0
      for (place, isKept) in flags.enumerated() where isKept {
        let rule = old.chains[chain].rules[place]
        guard next < rules.count, rules[next].steps.count == rule.steps.count else { return nil }
        let (before, after) = (rule.origin, rules[next].origin)
        guard before.file == after.file else { return nil }
        if before.file == file.id {
          guard input.file.bytes[before.byteRange].elementsEqual(file.bytes[after.byteRange]) else { return nil }
        }
        next += 1
      }
      guard next == rules.count else { return nil }
    }
    let analysis = Analysis(lowered.ruleset, host: input.analysis.host)
    guard analysis.conntrackUse == conntrackUse else { return nil }
    let relint: @Sendable (Lowered, Analysis) -> [Finding] =
      if let relintRegions = input.relintRegions { { relintRegions($0, $1, regions) } } else { input.relint }
    return RepairInput(
      file: file, lowered: lowered, analysis: analysis, findings: relint(lowered, analysis), reread: input.reread,
      relint: relint)
  }

  /// Does an edit touch a range or stand at one of its ends?
  private static func meet(_ edit: TextEdit, _ cut: Range<Int>) -> Bool {
    Int(edit.range.lower) <= cut.upperBound && Int(edit.range.upper) >= cut.lowerBound
  }

  /// Holds every packet that a remedy's changes may concern; nil when that is every packet.
  private func regions(of remedy: Remedy) -> [Box]? {
    let ruleset = input.lowered.ruleset
    var found: [Box] = []
    for change in remedy.changes {
      switch change {
      case .insert(let rule, _): found.append(Self.box(of: rule))
      case .remove(let id), .setVerdict(let id, _):
        guard ruleset.holds(id) else { return nil }
        found.append(RuleRegion.box(of: ruleset[id], rewritten: rewritten))
      case .addStates(let id, _):
        guard ruleset.holds(id) else { return nil }
        found.append(RuleRegion.box(of: ruleset[id], rewritten: rewritten.union([.ctState])))
      case .setPolicy: return nil
      case .sysctl, .advice: break
      }
    }
    return found
  }

  /// What a new rule says of fields; what is left out only makes the region larger.
  private static func box(of rule: NewRule) -> Box {
    var box = Box.all
    func numbers(_ values: [UInt8]) -> ValueSet { ValueSet(values: values.map { UInt128($0) }) }
    func ports(_ range: ClosedRange<UInt16>) -> ValueSet {
      ValueSet(Interval(UInt128(range.lowerBound), UInt128(range.upperBound)))
    }
    for condition in rule.conditions {
      switch condition {
      case .transportProtocol(let number): box = box.narrowed(.transportProtocol, to: UInt128(number))
      case .anyICMP: box = box.narrowed(.transportProtocol, to: numbers([IPProtocol.icmp, IPProtocol.icmpv6]))
      case .sourcePort(let range): box = box.narrowed(.sourcePort, to: ports(range))
      case .destinationPort(let range): box = box.narrowed(.destinationPort, to: ports(range))
      case .icmp(let type, _):
        box = box.narrowed(.transportProtocol, to: UInt128(IPProtocol.icmp)).narrowed(.icmpType, to: UInt128(type))
      case .icmpv6(let type):
        box = box.narrowed(.transportProtocol, to: UInt128(IPProtocol.icmpv6)).narrowed(.icmpType, to: UInt128(type))
      case .icmpv6Types(let types):
        box = box.narrowed(.transportProtocol, to: UInt128(IPProtocol.icmpv6))
          .narrowed(.icmpType, to: numbers(types))
      case .states(let states): box = box.narrowed(.ctState, to: numbers(states.map(\.rawValue)))
      case .source(let text): if let values = prefix(text) { box = box.narrowed(.source, to: values) }
      case .destination(let text): if let values = prefix(text) { box = box.narrowed(.destination, to: values) }
      case .inInterface, .outInterface, .notInInterface, .ipOption, .destinationIsBroadcast,
        .hopLimit, .limit:
        break
      }
    }
    return box
  }

  /// The addresses of a prefix as written; nil when it is written in another way.
  private static func prefix(_ text: String) -> ValueSet? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let first = parts.first, let address = Address(first), parts.count <= 2 else { return nil }
    let width = address.isV4 ? 32 : 128
    guard let length = parts.count == 1 ? width : Int(parts[1]), (0...width).contains(length) else { return nil }
    let host: UInt128 = width == length ? 0 : UInt128.max >> UInt128(128 - (width - length))
    let lower = address.value & ~host
    return ValueSet(Interval(lower, lower | host))
  }

  private static func anchors(of remedy: Remedy) -> [RuleID] {
    remedy.changes.compactMap { change in
      switch change {
      case .insert(_, .before(let id)), .insert(_, .after(let id)): id
      case .remove(let id), .setVerdict(let id, _), .addStates(let id, _): id
      case .insert(_, .atEnd), .insert(_, .atStart), .setPolicy, .sysctl, .advice: nil
      }
    }
  }

  /// The rules that a finding speaks of: its subject, its labels, and those on its witness's way.
  private static func rules(of finding: Finding, in ruleset: Ruleset) -> [RuleID] {
    var found: [RuleID] = []
    if case .rule(let id) = finding.subject { found.append(id) }
    if let witness = finding.witness {
      found += witness.steps.compactMap(\.rule) + witness.acceptedBy.compactMap(\.rule)
    }
    let places = Set(finding.labels.map(\.range) + [finding.primary])
    for (chain, rules) in ruleset.chains.enumerated() {
      for (place, rule) in rules.rules.enumerated()
      where places.contains(where: {
        rule.origin.file == $0.file && $0.lower < rule.origin.upper && rule.origin.lower < $0.upper
      }) {
        found.append(RuleID(chain: ChainID(chain), index: place))
      }
    }
    return found
  }
}

/// Where bytes of a text stand when some ranges of it are left out.
private struct CutMap {
  private let cuts: [Range<Int>]
  /// Bytes left out up to and including each cut.
  private var total: [Int] = []

  /// `cuts` sorted, not overlapping.
  init(_ cuts: [Range<Int>]) {
    self.cuts = cuts
    var sum = 0
    for cut in cuts {
      sum += cut.count
      total.append(sum)
    }
  }

  func moved(_ offset: UInt32) -> UInt32 {
    var low = 0
    var high = cuts.count
    while low < high {
      let middle = (low + high) / 2
      if cuts[middle].upperBound <= Int(offset) { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? offset : UInt32(clamping: Int(offset) - total[low - 1])
  }
}

extension SourceRange {
  /// As indices into the file's bytes.
  fileprivate var byteRange: Range<Int> { Int(lower)..<max(Int(lower), Int(upper)) }
}

extension Field {
  /// Known of a packet only where connections are tracked.
  var isConntrack: Bool {
    switch self {
    case .ctState, .ctDirection, .ctStatus, .ctMark, .ctZone, .ctOriginalSource, .ctOriginalDestination,
      .ctOriginalSourcePort, .ctOriginalDestinationPort:
      true
    default: false
    }
  }
}

extension Ruleset {
  /// Is there such a rule?
  func holds(_ id: RuleID) -> Bool {
    chains.indices.contains(id.chain.index) && chains[id.chain.index].rules.indices.contains(id.index)
  }
}
