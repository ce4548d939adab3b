import Driver
import Foundation

/// `fwlint-bench --fuzz nft SECONDS [SEED] [FOLDER…]`: reads mutated nft texts in this process for a number of CPU
/// seconds. A crash ends the process, a text that takes long is reported and kept. Texts come from the folders named,
/// and from a few that are built in.
enum NftablesFuzz {
  /// Executions longer than this, in CPU seconds, are hangs. Inputs are at most a few kilobytes long.
  private static let longest = 1.0
  private static let largestSeed = 1500

  static func run(_ arguments: [String]) -> Int32 {
    guard arguments.first == "nft", arguments.count >= 2, let seconds = Double(arguments[1]) else {
      FileHandle.standardError.write(Data("usage: fwlint-bench --fuzz nft SECONDS [SEED] [FOLDER…]\n".utf8))
      return 2
    }
    let seed = arguments.count > 2 ? UInt64(arguments[2]) ?? 1 : 1
    var mutator = NftablesMutator(seed: seed, texts: texts(in: Array(arguments.dropFirst(3))))
    let start = cpu()
    var last = start
    var executions = 0
    var slowest = 0.0
    var refused = 0
    var broken = 0
    let keep = NSTemporaryDirectory() + "fwlint-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
    while last - start < seconds {
      let text = mutator.next()
      // What is read when a crash ends the process.
      if executions % 512 == 0 { try? Data(mutator.stateText.utf8).write(to: URL(filePath: keep)) }
      let outcome = NftablesProbe.read(text)
      executions += 1
      if !outcome.isLoadable { refused += 1 }
      if !outcome.isLossless {
        broken += 1
        try? Data(text).write(to: URL(filePath: keep + "-lossy-\(executions)"))
      }
      if executions % 16 == 0 || text.count > 20_000 {
        let now = cpu()
        let spent = now - last
        if spent > slowest { slowest = spent }
        if spent > longest * 16 { try? Data(text).write(to: URL(filePath: keep + "-slow-\(executions)")) }
        last = now
      }
    }
    print(
      "fuzz nft: \(executions) executions in \(Int(last - start)) CPU s, seed \(seed), \(refused) refused, "
        + "\(broken) not printed back byte for byte, slowest 16 together \(String(format: "%.3f", slowest)) s, "
        + "peak \(peak()) MiB")
    return broken == 0 && slowest < longest * 16 ? 0 : 1
  }

  private static func texts(in folders: [String]) -> [[UInt8]] {
    var result = NftablesMutator.builtIn.map { Array($0.utf8) }
    for folder in folders {
      guard let paths = FileManager.default.enumerator(atPath: folder) else { continue }
      let names = paths.compactMap { $0 as? String }.filter {
        $0.hasSuffix(".nft") || $0.hasSuffix(".t") || $0.hasSuffix(".json-nft")
      }.sorted()
      for name in names {
        guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
        let bytes = [UInt8](data)
        // Of large files a part; the mutator joins parts anyway.
        result.append(bytes.count <= largestSeed ? bytes : Array(bytes[..<largestSeed]))
      }
    }
    return result
  }

  private static func usage() -> rusage {
    var usage = rusage()
    _ = unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage
  }

  private static func cpu() -> Double {
    let time = usage()
    return Double(time.ru_utime.tv_sec + time.ru_stime.tv_sec)
      + Double(time.ru_utime.tv_usec + time.ru_stime.tv_usec) / 1_000_000
  }

  private static func peak() -> Int { usage().ru_maxrss / 1024 }
}

/// Makes new texts of old ones: bytes, words, lines and braces are changed, doubled, left out and swapped.
struct NftablesMutator {
  private var random: SeededGenerator
  private let texts: [[UInt8]]
  private let seed: UInt64
  private var count = 0

  init(seed: UInt64, texts: [[UInt8]]) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
    self.texts = texts
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
      text = Array(Self.fragments[below(Self.fragments.count)].utf8)
      return
    }
    let place = below(text.count)
    switch below(12) {
    case 0: text[place] = UInt8(truncatingIfNeeded: below(256))
    case 1: text.remove(at: place)
    case 2, 3, 4: text.insert(contentsOf: Self.fragments[below(Self.fragments.count)].utf8, at: place)
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
      let fragment = ["{", "(", "jump {", "table t {", "$"][below(5)]
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

  private static let fragments = [
    "{", "}", "(", ")", "[", "]", "\"", "\n", ";", ",", ":", ".", "/", "-", "*", "\\", "$", "@", "&", "|", "^", "<<",
    ">>",
    "!=", "==", "#", "\u{0}", "\r\n", "\u{feff}", "é", " ip saddr ", " tcp dport ", " vmap ", " map ", " set ",
    " jump ",
    " accept ", " @s ", " $x ", "define x = ", "redefine x = ", "include \"", "table inet t {\n", "chain c {\n",
    " type filter hook input priority 0;", " ct state ", " meta mark ", " limit rate ", " 10.0.0.0/8 ", " ::1 ",
    " 0-65535 ",
    " elements = { ", " flags interval;", " typeof ", " add @s { ", " numgen inc mod ", " dnat to ", " log prefix ",
    " reject with ", "add element ip t s { ", "delete rule ip t c handle ", " & 0xff ", " . ", " timeout 1h ",
    " ct mark set ", "{\"nftables\":[", "{\"match\":", "{\"set\":", "null", "[", "]", "\":", "1e999", "\\u0000",
    "\"@s\"",
    "delete element ip t s { ", "rename chain ip t c ", " size 1;", "flowtable f { hook ",
    " queue num ", " fib saddr . iif oif ", " tcp option ", " @th,16,16 ", " 1 << 200 ", " meter m { ",
  ]

  static let builtIn = [
    """
    define x = { 10.0.0.1, 10.0.0.0/8 }
    table inet t {
    \tset s { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 22-80 } }
    \tmap m { type ipv4_addr : verdict; elements = { 10.0.0.1 : jump d } }
    \tchain d { }
    \tchain c {
    \t\ttype filter hook input priority filter; policy drop;
    \t\tip saddr $x tcp dport { 22, 80-90 } accept
    \t\tip saddr . tcp dport @s drop
    \t\tip saddr vmap @m
    \t\tmeta mark set ct mark & 0xff | 0x10
    \t\ttcp flags & (syn | ack) == syn limit rate 10/second burst 5 packets log prefix "x" drop
    \t}
    }

    """,
    #"{"nftables":[{"table":{"family":"ip","name":"t","handle":1}},{"chain":{"family":"ip","table":"t","name":"c","type":"filter","hook":"input","prio":0,"policy":"drop"}},{"rule":{"family":"ip","table":"t","chain":"c","expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":{"set":[22,{"range":[80,90]}]}}},{"limit":{"rate":5,"per":"second"}},{"accept":null}]}}]}"#,
    #"{"nftables":[{"add":{"set":{"family":"inet","table":"t","name":"s","type":["ipv4_addr","inet_service"],"flags":["interval"],"elem":[{"concat":[{"prefix":{"addr":"10.0.0.0","len":8}},"ssh"]}]}}},{"add":{"map":{"family":"inet","table":"t","name":"m","type":"mark","map":"verdict","elem":[[1,{"jump":{"target":"c"}}]]}}},{"add":{"rule":{"family":"inet","table":"t","chain":"c","expr":[{"vmap":{"key":{"meta":{"key":"mark"}},"data":"@m"}},{"mangle":{"key":{"ct":{"key":"mark"}},"value":{"|":[{"&":[{"ct":{"key":"mark"}},255]},1]}}},{"dnat":{"addr":"10.0.0.1","port":80}}]}}}]}"#,
    "add table ip t\nadd chain ip t c { type nat hook prerouting priority -100; }\nadd rule ip t c tcp dport 80 dnat to 10.0.0.1:8080\n",
  ]
}
