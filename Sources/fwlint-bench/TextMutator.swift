/// Makes new texts of old ones: bytes, words, lines and braces are changed, doubled, left out and swapped.
struct TextMutator {
  private var random: SeededGenerator
  private let texts: [[UInt8]]
  /// What is put in; never empty.
  private let fragments: [String]
  /// What is put in many times over.
  private let nesting: [String]
  private let seed: UInt64
  private var count = 0

  init(seed: UInt64, texts: [[UInt8]], fragments: [String], nesting: [String]) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
    self.texts = texts
    self.fragments = fragments
    self.nesting = nesting
  }

  /// Seed and number of the text made last, to make it again.
  var stateText: String { "seed \(seed) execution \(count)\n" }

  private mutating func below(_ limit: Int) -> Int { limit > 0 ? Int.random(in: 0..<limit, using: &random) : 0 }

  mutating func next() -> [UInt8] {
    count += 1
    var text = part()
    for _ in 0...below(6) { mutate(&text) }
    return text
  }

  /// Some lines of one of the texts; seldom all of it, so that many are read in a second.
  private mutating func part() -> [UInt8] {
    let whole = texts[below(texts.count)]
    if below(8) == 0 || whole.count < 400 { return whole }
    let start = below(whole.count - 200)
    return Array(whole[start..<min(whole.count, start + 100 + below(600))])
  }

  private mutating func mutate(_ text: inout [UInt8]) {
    guard !text.isEmpty else {
      text = Array(fragments[below(fragments.count)].utf8)
      return
    }
    let place = below(text.count)
    switch below(12) {
    case 0: text[place] = UInt8(truncatingIfNeeded: below(256))
    case 1: text.remove(at: place)
    case 2, 3, 4: text.insert(contentsOf: fragments[below(fragments.count)].utf8, at: place)
    case 5: text.removeSubrange(place..<min(text.count, place + 1 + below(20)))
    case 6:
      let copied = Array(text[place..<min(text.count, place + 1 + below(60))])
      text.insert(contentsOf: copied, at: below(text.count))
    case 7: text.swapAt(place, below(text.count))
    case 8:
      let other = texts[below(texts.count)]
      if other.count > 2 {
        let start = below(other.count - 1)
        text.insert(contentsOf: other[start..<min(other.count, start + 1 + below(80))], at: place)
      }
    case 9: text.removeSubrange(place...)
    case 10:
      // Nesting.
      let fragment = nesting[below(nesting.count)]
      for _ in 0..<(1 << below(9)) { text.insert(contentsOf: fragment.utf8, at: place) }
    default:
      if let digit = text.firstIndex(where: { $0 >= 48 && $0 <= 57 }) {
        text.replaceSubrange(digit...digit, with: Self.numbers[below(Self.numbers.count)].utf8)
      }
    }
    if text.count > 60_000 { text.removeSubrange(60_000...) }
  }

  private static let numbers = [
    "0", "-1", "255", "256", "65535", "65536", "4294967295", "4294967296", "18446744073709551616",
    "340282366920938463463374607431768211456", "0x", "0xffffffffffffffffffffffffffffffffff", "1h", "99999999999999999w",
  ]
}
