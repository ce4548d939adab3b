import FirewallModel
import IptablesSyntax
import PacketSets
import Packets
import SourceText

/// `-m u32` and `-m bpf`, where what they compute is a field of the model.
extension IptablesBuilder {
  mutating func addU32(_ use: Use, to rule: inout Rule) {
    guard let option = parser.rule.option(.u32, of: use), let program = U32Program(text(option.value)) else { return }
    var conditions: [Condition] = []
    for test in program.tests {
      guard let condition = condition(test) else {
        add(notModelled(option.place, kind: "-m u32"), option.place, to: &rule)
        return
      }
      conditions.append(condition)
    }
    let all = conditions.count == 1 ? conditions[0] : .all(conditions)
    add(option.isNegated ? .not(all) : all, option.place, to: &rule)
  }

  /// nil: what the test reads is no single field of the model.
  private func condition(_ test: U32Program.Test) -> Condition? {
    var steps = test.steps[...]
    var base = Base.network
    var start = test.start
    if !isIPv6, let offset = Self.transportOffset(start, &steps) {
      base = .transport
      start = offset
    }
    // Where each bit of the number comes from: a bit of the word, counted from its lowest one; nil is 0.
    var bits: [Int?] = (0..<32).map { $0 }
    for step in steps {
      let shift = Int(min(step.operand, 32))
      switch step.operation {
      case .and: for index in bits.indices where step.operand >> UInt32(index) & 1 == 0 { bits[index] = nil }
      case .leftShift: bits = Array(([Int?](repeating: nil, count: shift) + bits).prefix(32))
      case .rightShift: bits = Array(bits.dropFirst(shift)) + [Int?](repeating: nil, count: shift)
      case .at: return nil
      }
    }
    let used = bits.compactMap { $0 }
    guard let lowest = used.first, let highest = used.last, start < 64 else { return nil }
    // Places in the header are counted in bits from its start; a word's highest bit comes first.
    let first = Int(start) * 8 + 31 - highest
    let last = Int(start) * 8 + 31 - lowest
    // A run of bits that begins where the field begins: then the number grows with the field.
    guard let place = places(base).first(where: { $0.first == first && last <= $0.last }),
      used == Array(lowest...highest),
      let position = bits.firstIndex(of: lowest)
    else { return nil }
    let unused = place.last - last
    let size = UInt64(1) << UInt64(used.count)
    var intervals: [Interval] = []
    for (lower, upper) in test.values where lower <= upper {
      // The number is the run of bits at `position`; only multiples of that can come.
      let unit = UInt64(1) << UInt64(position)
      let least = (UInt64(lower) + unit - 1) / unit
      let most = min(UInt64(upper) / unit, size - 1)
      guard least <= most else { continue }
      let rest = (UInt128(1) << UInt128(unused)) - 1
      intervals.append(Interval(UInt128(least) << UInt128(unused), UInt128(most) << UInt128(unused) | rest))
    }
    return .field(place.field, ValueSet(intervals))
  }

  private enum Base { case network, transport }

  /// `0>>22&0x3C@N`: the word at N of what follows the IPv4 header. The rule itself must say which protocol that is.
  private static func transportOffset(_ start: UInt32, _ steps: inout ArraySlice<U32Program.Step>) -> UInt32? {
    let head = Array(steps.prefix(3))
    guard start == 0, head.count == 3, head[0].operation == .rightShift, head[0].operand == 22,
      head[1].operation == .and,
      head[1].operand == 0x3c, head[2].operation == .at
    else { return nil }
    steps = steps.dropFirst(3)
    return head[2].operand
  }

  private struct Place {
    var field: Field
    /// First and last bit, counted from the start of the header.
    var first: Int
    var last: Int

    init(_ field: Field, _ first: Int, _ last: Int) {
      self.field = field
      self.first = first
      self.last = last
    }
  }

  /// Where fields stand (RFC 791, RFC 8200, RFC 9293, RFC 768, RFC 792).
  private func places(_ base: Base) -> [Place] {
    switch base {
    case .transport: transportPlaces()
    case .network:
      isIPv6
        ? [
          Place(.dscp, 4, 9), Place(.ecn, 10, 11), Place(.flowLabel, 12, 31), Place(.nextHeader, 48, 55),
          Place(.ttl, 56, 63), Place(.source, 64, 191), Place(.destination, 192, 319),
        ]
        : [
          Place(.ipHeaderLength, 4, 7), Place(.dscp, 8, 13), Place(.ecn, 14, 15), Place(.ipTotalLength, 16, 31),
          Place(.ipID, 32, 47), Place(.dontFragment, 49, 49), Place(.moreFragments, 50, 50),
          Place(.fragmentOffset, 51, 63), Place(.ttl, 64, 71), Place(.transportProtocol, 72, 79),
          Place(.source, 96, 127), Place(.destination, 128, 159),
        ]
    }
  }

  private func transportPlaces() -> [Place] {
    guard let test = parser.rule.transportProtocol, !test.isNegated else { return [] }
    switch test.number {
    case 6, 17, 33, 132, 136:
      return [Place(.sourcePort, 0, 15), Place(.destinationPort, 16, 31)]
    case 1: return [Place(.icmpType, 0, 7), Place(.icmpCode, 8, 15)]
    default: return []
    }
  }

  /// A program of one instruction returns a constant; others are not modelled.
  mutating func addBPF(_ use: Use, to rule: inout Rule) {
    guard let option = parser.rule.option(.bytecode, of: use) else {
      add(uncertain(.hostFact, use.place), use.place, to: &rule)
      return
    }
    let parts = text(option.value).split(separator: UInt8(ascii: ","))
    let words = parts.count == 2 ? parts[1].split(separator: UInt8(ascii: " ")) : []
    // BPF_RET | BPF_K
    if words.count == 4, words[0].elementsEqual("6".utf8) {
      let isZero = words[3].allSatisfy { $0 == UInt8(ascii: "0") }
      add(.constant(!isZero), option.place, to: &rule)
    } else {
      add(notModelled(option.place, kind: "-m bpf"), option.place, to: &rule)
    }
  }

  /// Certain at the ends: a probability of 0 or 1, and every packet of one.
  mutating func addStatistic(_ use: Use, to rule: inout Rule) {
    let isRandom = parser.rule.option(.mode, of: use)?.first == 0
    if isRandom, let option = parser.rule.option(.probability, of: use) {
      if option.first == 0 { return add(.constant(option.isNegated), use.place, to: &rule) }
      if option.first >= 1 << 31 { return add(.constant(!option.isNegated), use.place, to: &rule) }
    } else if !isRandom, let option = parser.rule.option(.every, of: use), option.first == 1 {
      return add(.constant(!option.isNegated), use.place, to: &rule)
    }
    add(uncertain(isRandom ? .random : .rate, use.place), use.place, to: &rule)
  }
}
