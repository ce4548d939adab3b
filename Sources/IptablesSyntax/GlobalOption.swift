/// The options that iptables has without any extension.
enum GlobalOption: UInt8, Sendable, CaseIterable {
  case append, delete, check, insert, replace, flush, newChain, deleteChain, renameChain, policy, zero, list
  case source, destination, inInterface, outInterface, `protocol`, fragment, match, jump, goto, table, counters
  case ipv4, ipv6, numeric, verbose, exact, lineNumbers, wait, modprobe

  static func short(_ letter: UInt8) -> GlobalOption? {
    switch letter {
    case UInt8(ascii: "A"): .append
    case UInt8(ascii: "D"): .delete
    case UInt8(ascii: "C"): .check
    case UInt8(ascii: "I"): .insert
    case UInt8(ascii: "R"): .replace
    case UInt8(ascii: "F"): .flush
    case UInt8(ascii: "N"): .newChain
    case UInt8(ascii: "X"): .deleteChain
    case UInt8(ascii: "E"): .renameChain
    case UInt8(ascii: "P"): .policy
    case UInt8(ascii: "Z"): .zero
    case UInt8(ascii: "L"), UInt8(ascii: "S"): .list
    case UInt8(ascii: "s"): .source
    case UInt8(ascii: "d"): .destination
    case UInt8(ascii: "i"): .inInterface
    case UInt8(ascii: "o"): .outInterface
    case UInt8(ascii: "p"): .protocol
    case UInt8(ascii: "f"): .fragment
    case UInt8(ascii: "m"): .match
    case UInt8(ascii: "j"): .jump
    case UInt8(ascii: "g"): .goto
    case UInt8(ascii: "t"): .table
    case UInt8(ascii: "c"): .counters
    case UInt8(ascii: "4"): .ipv4
    case UInt8(ascii: "6"): .ipv6
    case UInt8(ascii: "n"): .numeric
    case UInt8(ascii: "v"): .verbose
    case UInt8(ascii: "x"): .exact
    case UInt8(ascii: "w"): .wait
    default: nil
    }
  }

  /// The letter, or the long name of what has none.
  var letter: String {
    switch self {
    case .append: "A"
    case .delete: "D"
    case .check: "C"
    case .insert: "I"
    case .replace: "R"
    case .flush: "F"
    case .newChain: "N"
    case .deleteChain: "X"
    case .renameChain: "E"
    case .policy: "P"
    case .zero: "Z"
    case .list: "L"
    case .source: "s"
    case .destination: "d"
    case .inInterface: "i"
    case .outInterface: "o"
    case .protocol: "p"
    case .fragment: "f"
    case .match: "m"
    case .jump: "j"
    case .goto: "g"
    case .table: "t"
    case .counters: "c"
    case .ipv4: "4"
    case .ipv6: "6"
    case .numeric: "n"
    case .verbose: "v"
    case .exact: "x"
    case .wait: "w"
    case .lineNumbers: "line-numbers"
    case .modprobe: "modprobe"
    }
  }

  var command: RuleSyntax.Command? {
    switch self {
    case .append: .append
    case .delete: .delete
    case .check: .check
    case .insert: .insert
    case .replace: .replace
    case .flush: .flush
    case .newChain: .newChain
    case .deleteChain: .deleteChain
    case .renameChain: .renameChain
    case .policy: .policy
    case .zero: .zero
    case .list: .list
    default: nil
    }
  }

  /// Whether a value must follow. `-F`, `-X`, `-Z`, `-L` and `-w` take one only if it is there.
  var takesValue: Bool {
    switch self {
    case .flush, .deleteChain, .zero, .list, .fragment, .ipv4, .ipv6, .numeric, .verbose, .exact, .lineNumbers, .wait:
      false
    default: true
    }
  }

  private struct LongName: Sendable {
    var hash: UInt64
    var text: [UInt8]
    var option: GlobalOption
  }

  private static let longNames: [LongName] = {
    let table: [(String, GlobalOption)] = [
      ("append", .append), ("delete", .delete), ("check", .check), ("insert", .insert), ("replace", .replace),
      ("list", .list), ("list-rules", .list), ("flush", .flush), ("zero", .zero), ("new-chain", .newChain),
      ("delete-chain", .deleteChain), ("rename-chain", .renameChain), ("policy", .policy), ("source", .source),
      ("src", .source), ("destination", .destination), ("dst", .destination), ("protocol", .protocol),
      ("in-interface", .inInterface), ("out-interface", .outInterface), ("fragments", .fragment), ("match", .match),
      ("jump", .jump), ("goto", .goto), ("table", .table), ("set-counters", .counters), ("ipv4", .ipv4),
      ("ipv6", .ipv6), ("numeric", .numeric), ("verbose", .verbose), ("exact", .exact),
      ("line-numbers", .lineNumbers), ("wait", .wait), ("modprobe", .modprobe),
    ]
    return table.map { LongName(hash: Hashing.hash(of: $0.0.utf8), text: Array($0.0.utf8), option: $0.1) }
  }()

  private static let longHashes: [UInt64] = longNames.map(\.hash)

  static func long(_ name: ArraySlice<UInt8>, hash: UInt64) -> GlobalOption? {
    guard let index = longHashes.firstIndex(of: hash), longNames[index].text.elementsEqual(name) else { return nil }
    return longNames[index].option
  }

  /// The options of which a name starts with the text; getopt_long takes it when there is only one.
  static func startingWith(_ name: ArraySlice<UInt8>) -> [GlobalOption] {
    guard !name.isEmpty else { return [] }
    var found: [GlobalOption] = []
    for entry in longNames where entry.text.starts(with: name) && !found.contains(entry.option) {
      found.append(entry.option)
    }
    return found
  }

  var longName: String {
    Self.longNames.first { $0.option == self }.map { String(decoding: $0.text, as: UTF8.self) } ?? letter
  }
}
