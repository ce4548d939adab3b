import Packets
import PacketSets
import Questions
import Testing

@Suite("Question language")
struct GrammarTests {
  /// Text as people may write it, and its canonical form.
  static let forms: [(text: String, canonical: String)] = [
    ("any internet -> host tcp/22 is accepted", "any internet -> host tcp/22 is accepted"),
    ("internet->host tcp/ssh is accepted", "any internet -> host tcp/22 is accepted"),
    ("every internet -> host tcp/113 is answered", "every internet -> host tcp/113 is answered"),
    (
      "every internet -> host icmp 3/4 state related is accepted",
      "every internet -> host icmp 3/4 state related is accepted"
    ),
    (
      "any internet -> host icmp fragmentation-needed state related is accepted",
      "any internet -> host icmp 3/4 state related is accepted"
    ),
    (
      "every any -> host icmpv6 neighbour-solicitation is accepted",
      "every any -> host icmpv6 nd-neighbor-solicit is accepted"
    ),
    ("any any -> any is dropped", "any any -> any is dropped"),
    ("any -> host is dropped", "any any -> host is dropped"),
    ("any 10.0.0.0/8 -> host in wan0 is accepted", "any 10.0.0.0/8 -> host in wan0 is accepted"),
    ("any internet -> any option lsrr is accepted", "any internet -> any option lsrr is accepted"),
    ("any internet -> host udp/19 to broadcast is accepted", "any internet -> host udp/19 to broadcast is accepted"),
    (
      "every internet -> 198.51.100.7 tcp/80 is translated to 10.0.0.5:8080",
      "every internet -> 198.51.100.7 tcp/80 is translated to 10.0.0.5:8080"
    ),
    (
      "any lan -> 2001:db8::/32 tcp/{80,443,8000-8100} is translated to [2001:db8::5]:8080",
      "any lan -> 2001:db8::/32 tcp/{80,443,8000-8100} is translated to [2001:db8::5]:8080"
    ),
    ("any host -> internet udp sport {53,{67,68}} is logged", "any host -> internet udp sport {53,67-68} is logged"),
    ("any @blocked -> host via prerouting is dropped", "any @blocked -> host via prerouting is dropped"),
    ("any internet -> host tcp/ftp-data is accepted", "any internet -> host tcp/20 is accepted"),
    ("any internet -> host tcp/smtp-http is accepted", "any internet -> host tcp/25-80 is accepted"),
    (
      "any internet -> host not tcp/22 state new,established is silent",
      "any internet -> host not tcp/22 state new,established is silent"
    ),
    (
      "any internet -> host tcp flags syn,ack/syn,ack,rst is dropped",
      "any internet -> host tcp flags syn,ack/syn,rst,ack is dropped"
    ),
    (
      "any internet -> host tcp flags {syn,syn+ack,none} is dropped",
      "any internet -> host tcp flags {none,syn,syn+ack} is dropped"
    ),
    ("any internet -> host fragment family ip6 is dropped", "any internet -> host fragment family ip6 is dropped"),
    (
      "any any -> host in {eth0,ppp*} mark 0x10/0xf0 is accepted",
      "any any -> host in {eth0,ppp*} mark 0x10/0xf0 is accepted"
    ),
    (
      "any internet -> host is rejected with icmp-port-unreachable",
      "any internet -> host is rejected with port-unreachable"
    ),
    ("any internet -> host is rejected with tcp reset", "any internet -> host is rejected with tcp-reset"),
    (
      "any internet -> host is rejected with icmpx admin-prohibited",
      "any internet -> host is rejected with admin-prohibited"
    ),
    (
      "any not 10.0.0.0/8 -> {192.0.2.1,192.0.2.7-192.0.2.9} is accepted",
      "any not 10.0.0.0/8 -> {192.0.2.1,192.0.2.7-192.0.2.9} is accepted"
    ),
    (
      "any internet -> host icmp {echo-request,13} is accepted",
      "any internet -> host icmp {echo-request,timestamp-request} is accepted"
    ),
    ("any internet -> host proto 47 is accepted", "any internet -> host gre is accepted"),
    ("any lan -> host ttl 1-5 length 1500 is dropped", "any lan -> host ttl 1-5 length 1500 is dropped"),
  ]

  @Test(arguments: forms.indices)
  func readsAndWrites(_ index: Int) throws {
    let form = Self.forms[index]
    let question = try PacketQuestion(parsing: form.text)
    let expected = form.canonical
    #expect(question.description == expected)
    #expect(try PacketQuestion(parsing: question.description) == question)
  }

  /// A fault, where it is, and the word that was meant.
  static let faults: [(text: String, at: String, hint: String?)] = [
    ("", "", nil),
    ("evry internet -> host is accepted", "evry", "every"),
    ("any internet host tcp/22 is accepted", "host", nil),
    ("any internet - host is accepted", "-", "->"),
    ("any internet -> host tpc/22 is accepted", "tpc", "tcp"),
    ("any internet -> host tcp/mysqll is accepted", "mysqll", "mysql"),
    ("any internet -> host tcp/70000 is accepted", "70000", nil),
    ("any internet -> host tcp/90-80 is accepted", "90-80", nil),
    ("any internet -> host tcp/{22 is accepted", "is", nil),
    ("any internet -> host gre/22 is accepted", "/", nil),
    ("any internet -> host icmp echo-requst is accepted", "echo-requst", "echo-request"),
    ("any internet -> host icmpv6 neighbor-solicitaton is accepted", "neighbor-solicitaton", "neighbor-solicitation"),
    ("any internet -> host icmp 3/300 is accepted", "300", nil),
    ("any internet -> host state nwe is accepted", "nwe", "new"),
    ("any internet -> host state is accepted", "is", nil),
    ("any internet -> host tcp flags synn is accepted", "synn", "syn"),
    ("any internet -> host tcp flags syn/ack is accepted", "ack", nil),
    ("any internet -> host option lssr is accepted", "lssr", "lsrr"),
    ("any internet -> host to brodcast is accepted", "brodcast", "broadcast"),
    ("any internet -> host family ip5 is accepted", "ip5", "ip"),
    ("any internet -> host mark 0x1ffffffff is accepted", "0x1ffffffff", nil),
    ("any internet -> host mark 3/1 is accepted", "1", nil),
    ("any internet -> host via forwrd is accepted", "forwrd", "forward"),
    ("any internet -> host in is accepted", "is", nil),
    ("any internet -> host in averylonginterfacename is accepted", "averylonginterfacename", nil),
    ("any internet -> host not is accepted", "is", nil),
    ("any internet -> host tcp/22", "", nil),
    ("any internet -> host tcp/22 is acepted", "acepted", "accepted"),
    ("any internet -> host tcp/22 is", "", nil),
    ("any internet -> host tcp/22 is rejected wth tcp-reset", "wth", "with"),
    ("any internet -> host tcp/22 is rejected with tcp-rest", "tcp-rest", "tcp-reset"),
    ("any internet -> host tcp/22 is translated 10.0.0.5", "10.0.0.5", nil),
    ("any internet -> host tcp/22 is translated to nowhere", "nowhere", nil),
    ("any internet -> host tcp/22 is accepted now", "now", nil),
    ("any 10.0.0.1/8 -> host is accepted", "10.0.0.1/8", "10.0.0.0/8"),
    ("any 10.0.0.0/40 -> host is accepted", "40", nil),
    ("any {10.0.0.1,2001:db8::1} -> host is accepted", "2001:db8::1", nil),
    ("any 10.0.0.256 -> host is accepted", "10.0.0.256", nil),
    ("any @ -> host is accepted", "@", nil),
  ]

  @Test(arguments: faults.indices)
  func namesThePlaceOfAFault(_ index: Int) {
    let fault = Self.faults[index]
    #expect {
      _ = try PacketQuestion(parsing: fault.text)
    } throws: { error in
      guard let problem = error as? QuestionProblem else { return false }
      let scalars = Array(fault.text.unicodeScalars)
      let shown = String(
        String.UnicodeScalarView(
          scalars[min(problem.place.lower, scalars.count)..<min(problem.place.upper, scalars.count)]))
      #expect(shown == fault.at, "\(problem.message)")
      if let hint = fault.hint { #expect(problem.hint?.contains("`\(hint)`") == true, "\(problem.hint ?? "no hint")") }
      return true
    }
  }

  @Test("Any words in any order end in a question or in a fault, and what is read is written the same way")
  func survivesAnything() {
    let words = [
      "any", "every", "internet", "host", "lan", "->", "via", "input", "is", "accepted", "dropped", "rejected", "with",
      "tcp-reset", "tcp", "udp", "/", "{", "}", ",", "22", "1-5", "ssh", "icmp", "icmpv6", "3", "4", "state", "new",
      "flags", "syn", "syn+ack", "option", "lsrr", "fragment", "to", "broadcast", "family", "ip6", "in", "out", "eth0",
      "ppp*", "mark", "0x1", "not", "10.0.0.0", "8", "2001:db8::1", "@set", "translated", "10.0.0.5:80", "[::1]:80",
      "logged", "ttl", "proto", "\u{202e}", "-", "=", "99999999999999999999999999999999999999999999", "none", "sport",
    ]
    var random = Random(seed: 11)
    var read = 0
    for _ in 0..<20_000 {
      var text = random.chance(2) ? "any internet -> host" : ""
      for _ in 0..<random.below(9) { text += (random.chance(5) ? "" : " ") + words[random.below(words.count)] }
      if random.chance(2) { text += " is accepted" }
      guard let question = try? PacketQuestion(parsing: text) else { continue }
      read += 1
      let again = try? PacketQuestion(parsing: question.description)
      #expect(again == question, "\(text)\n\(question)")
    }
    #expect(read > 500)
  }
}

/// A small generator of numbers, the same on every run (splitmix64).
struct Random {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
  mutating func below(_ limit: Int) -> Int { limit <= 0 ? 0 : Int(truncatingIfNeeded: next() % UInt64(limit)) }
  /// True once in `n`.
  mutating func chance(_ n: Int) -> Bool { below(n) == 0 }
  mutating func pick<T>(_ list: [T]) -> T { list[below(list.count)] }
}
