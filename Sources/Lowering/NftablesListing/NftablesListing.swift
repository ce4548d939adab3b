import FirewallModel
import JSONText
import NftablesSyntax
import SourceText

/// What nft would list after it has loaded what `reader` has read: evaluates each rule as nft does, as far as that can
/// be seen in the listing, and prints it.
struct NftablesListing {
  var reader: NftablesReader
  let style: ListingStyle
  let printer: ValuePrinter
  var context = RuleContext(family: .ip)
  /// The table that is being printed: index in `reader.tables`.
  var table = 0
  var depth = 0
  /// The sets of this table that rules change.
  var updatedSets: Set<String> = []

  init(reader: NftablesReader, style: ListingStyle) {
    self.reader = reader
    self.style = style
    printer = ValuePrinter(style: style)
  }
}

/// A statement of the rule being printed.
struct ListedStatement {
  var printed: Printed
  /// The fields that it reads.
  var uses: [ListedField] = []
  /// What it establishes, where it is a test of a protocol for one value.
  var key: ProtocolKey?
  var value: UInt128 = 0
  /// A test of a header field for one value: loads of neighbours are joined.
  var payload: ListedField?
  /// Not a test: what stands before it stays.
  var isAction = false
  /// Reject with an ICMP message or a reset: implies the protocol below it.
  var implied: HeaderBase?

  init(_ printed: Printed) { self.printed = printed }
}

/// The fields that say which header follows.
enum ProtocolKey {
  case interfaceType, networkFamily, protocolFamily, etherType, transport, ipProtocol, nextHeader, icmpType
}

/// What a rule has established so far, as nft's evaluation keeps it.
struct RuleContext {
  let family: Family
  var link: Word?
  var network: Word?
  var transport: UInt8?
  /// The ICMP types that the rule has named.
  var icmpTypes: Set<UInt128> = []
  var statements: [ListedStatement] = []
  /// What the map gives that a statement adds to.
  var dataTypes: [ValueType] = []
  /// The key of the set that a statement adds to.
  var keyTypes: [ValueType] = []
  /// The fields read since the last statement.
  private var uses: [ListedField] = []

  init(family: Family) {
    self.family = family
    switch family {
    case .ip: network = .ip
    case .ip6: network = .ip6
    case .arp: network = .arp
    case .bridge: link = .ether
    default: break
    }
  }

  var isMixed: Bool { family == .inet || family == .bridge || family == .netdev }

  /// A field is read: the tests that make sure of its header are added where nothing did before.
  mutating func use(_ field: ListedField, _ printer: ValuePrinter) {
    switch field.base {
    case .link:
      if link == nil, field.header == .ether || field.header == .vlan {
        addTest("iiftype", 1, ValueType(.arpHardware), .interfaceType, printer)
        link = .ether
      }
      if field.header == .vlan, link == .ether {
        addTest("protocol", 0x8100, ValueType(.etherType), .etherType, printer)
        link = .vlan
      }
    case .network:
      guard network == nil, field.header == .ip || field.header == .ip6 || field.header == .arp else { break }
      network = field.header
      if family == .inet {
        if field.header != .arp { addTest("nfproto", field.header == .ip ? 2 : 10, ValueType(.nfproto), .networkFamily, printer) }
      } else {
        let number: UInt128 = field.header == .ip ? 0x0800 : field.header == .ip6 ? 0x86dd : 0x0806
        addTest("protocol", number, ValueType(.etherType), .protocolFamily, printer)
      }
    case .transport:
      guard transport == nil, let number = NftablesListing.transportNumber(field.header) else { break }
      addTest("l4proto", UInt128(number), ValueType(.inetProtocol), .transport, printer)
      transport = number
    default: break
    }
    requireICMPType(field, printer)
    uses.append(field)
  }

  /// `meta key value`, added by the language.
  private mutating func addTest(
    _ name: String, _ value: UInt128, _ type: ValueType, _ key: ProtocolKey, _ printer: ValuePrinter
  ) {
    let printed = printer.print(value, type)
    let left = NftablesListing.object([("meta", NftablesListing.object([("key", .string(name))]))])
    var statement = ListedStatement(
      Printed("meta \(name) \(printed.text)", NftablesListing.matchJSON("==", left, printed.json)))
    statement.key = key
    statement.value = value
    statements.append(statement)
  }

  /// The statement added last tests a protocol field for one value.
  mutating func establish(_ key: ProtocolKey, _ value: UInt128) {
    let index = statements.count - 1
    statements[index].key = key
    statements[index].value = value
    switch (key, value) {
    case (.interfaceType, 1): link = .ether
    case (.networkFamily, 2), (.protocolFamily, 0x0800), (.etherType, 0x0800): network = .ip
    case (.networkFamily, 10), (.protocolFamily, 0x86dd), (.etherType, 0x86dd): network = .ip6
    case (.protocolFamily, 0x0806), (.etherType, 0x0806): network = .arp
    case (.etherType, 0x8100): link = .vlan
    case (.transport, _), (.ipProtocol, _), (.nextHeader, _): transport = UInt8(truncatingIfNeeded: value)
    case (.icmpType, _): icmpTypes = [value]
    default: break
    }
  }

  /// An ICMP field that only some types have: the type is tested too.
  private mutating func requireICMPType(_ field: ListedField, _ printer: ValuePrinter) {
    let needed = Self.icmpTypes(of: field)
    guard !needed.isEmpty, icmpTypes.isDisjoint(with: needed) else { return }
    icmpTypes = Set(needed)
    let type = ValueType(field.header == .icmp ? .icmpType : .icmpv6Type)
    let names = needed.map { printer.print($0, type) }
    let left = NftablesListing.object([
      ("payload", NftablesListing.object([("protocol", .string(field.header.text)), ("field", .string("type"))]))
    ])
    let right = names.count == 1 ? names[0].json : NftablesListing.object([("set", .array(names.map(\.json)))])
    let text = names.count == 1 ? names[0].text : "{ \(names.map(\.text).joined(separator: ", ")) }"
    var statement = ListedStatement(
      Printed("\(field.header.text) type \(text)", NftablesListing.matchJSON("==", left, right)))
    var typeField = field
    typeField.field = .type
    statement.uses = [typeField]
    if needed.count == 1 {
      statement.key = .icmpType
      statement.value = needed[0]
    }
    statements.append(statement)
  }

  /// The types that have a field; empty: all.
  static func icmpTypes(of field: ListedField) -> [UInt128] {
    switch (field.header, field.field) {
    case (.icmp, .id), (.icmp, .sequence): [0, 8]
    case (.icmp, .gateway): [5]
    case (.icmp, .mtu): [3]
    case (.icmpv6, .id), (.icmpv6, .sequence): [128, 129]
    case (.icmpv6, .parameterProblem): [4]
    case (.icmpv6, .mtu), (.icmpv6, .packetTooBig): [2]
    case (.icmpv6, .maxDelay): [130]
    default: []
    }
  }

  mutating func add(_ printed: Printed) {
    var statement = ListedStatement(printed)
    statement.uses = uses
    uses = []
    statements.append(statement)
  }

  mutating func addAction(_ printed: Printed, implied: HeaderBase? = nil) {
    add(printed)
    statements[statements.count - 1].isAction = true
    statements[statements.count - 1].implied = implied
  }

  /// The listing of the rule.
  func listed() -> [Printed] {
    var statements = statements
    dropRedundant(&statements)
    Self.join(&statements)
    var removal = DependencyRemoval(family: family, isMixed: isMixed, statements: statements)
    return removal.run()
  }

  /// `meta protocol ip` in a table of that family goes, except at the end of a rule.
  private func dropRedundant(_ statements: inout [ListedStatement]) {
    guard let last = statements.indices.last else { return }
    let number: UInt128 = family == .ip ? 0x0800 : family == .ip6 ? 0x86dd : 0
    var index = 0
    statements.removeAll { statement in
      defer { index += 1 }
      return number != 0 && index != last && statement.key == .protocolFamily && statement.value == number
    }
  }

  /// Tests of neighbouring header fields are joined to one load, and come out of it in the order of the header.
  private static func join(_ statements: inout [ListedStatement]) {
    var order = statements.indices.filter { statements[$0].payload != nil }
    guard order.count > 1 else { return }
    func place(_ index: Int) -> (Int, Int, Int) {
      guard let field = statements[index].payload, let header = HeaderTable.field(field.header, field.field) else {
        return (0, 0, 0)
      }
      return (field.base?.rawValue ?? 0, header.offset, header.width)
    }
    order.sort { (place($0).0, place($0).1, $0) < (place($1).0, place($1).1, $1) }
    // Groups of joined tests: where the group stands, and its members in order.
    var groups: [(position: Int, members: [Int])] = []
    var end = 0
    var width = 0
    var base = -1
    for index in order {
      let field = place(index)
      let total = width + field.2
      let isByte = field.1 % 8 == 0 && field.2 % 8 == 0
      let fits = total <= 128 && (total <= 32 || base == HeaderBase.link.rawValue || width > 32 || field.2 > 32)
      if !groups.isEmpty, base == field.0, end == field.1, isByte, width % 8 == 0, fits {
        groups[groups.count - 1].members.append(index)
        let key = statements[index].key
        // A test of the next protocol keeps its place.
        if key == .ipProtocol || key == .nextHeader || key == .etherType || key == .icmpType {
          groups[groups.count - 1].position = index
        }
        width = total
      } else {
        groups.append((index, [index]))
        width = field.2
      }
      base = field.0
      end = field.1 + field.2
    }
    guard groups.contains(where: { $0.members.count > 1 }) else { return }
    var placed: [Int: [Int]] = [:]
    for group in groups { placed[group.position] = group.members }
    var result: [ListedStatement] = []
    for index in statements.indices {
      if statements[index].payload == nil {
        result.append(statements[index])
      } else {
        result += (placed[index] ?? []).map { statements[$0] }
      }
    }
    statements = result
  }
}

/// Takes out the tests that only say what a later test implies, as nft does when it reads a rule back
/// (`payload_dependency_kill`).
struct DependencyRemoval {
  let family: Family
  let isMixed: Bool
  var statements: [ListedStatement]
  private var removed: Set<Int> = []
  /// The statement that the next header of that base makes redundant.
  private var dependencies: [HeaderBase: Int] = [:]

  init(family: Family, isMixed: Bool, statements: [ListedStatement]) {
    self.family = family
    self.isMixed = isMixed
    self.statements = statements
  }

  mutating func run() -> [Printed] {
    for index in statements.indices {
      let statement = statements[index]
      for field in statement.uses { use(field, isTest: !statement.isAction) }
      switch statement.implied {
      case .network? where isMixed: releaseNetwork()
      case .transport? where !isMixed: release(.transport)
      default: break
      }
      if statement.isAction { dependencies = [:] } else if let key = statement.key { establish(key, index) }
    }
    return statements.indices.filter { !removed.contains($0) }.map { statements[$0].printed }
  }

  private mutating func release(_ base: HeaderBase) {
    if let index = dependencies[base] { removed.insert(index) }
    dependencies[base] = nil
  }

  private mutating func releaseNetwork() {
    guard let index = dependencies[.network] else { return }
    if family == .inet, statements[index].key == .protocolFamily { return }
    release(.network)
  }

  private mutating func use(_ field: ListedField, isTest: Bool) {
    switch field.base {
    case .link:
      if field.header == .vlan {
        if let index = dependencies[.network], statements[index].value == 0x8100 { release(.network) }
      }
      release(.link)
    case .network: releaseNetwork()
    case .transport:
      let needed = RuleContext.icmpTypes(of: field)
      if needed.count == 1, let index = dependencies[.inner], statements[index].value == needed[0] { release(.inner) }
      if let index = dependencies[.transport], statements[index].key == .transport || !isMixed { release(.transport) }
    default:
      // Extension headers and options of TCP, in tests only.
      guard isTest else { return }
      if field.header == .hbh { releaseNetwork() }
      if field.header == .tcp, let index = dependencies[.transport], statements[index].key == .transport {
        release(.transport)
      }
    }
  }

  private mutating func establish(_ key: ProtocolKey, _ index: Int) {
    switch key {
    case .interfaceType: dependencies[.link] = index
    case .networkFamily, .protocolFamily:
      release(.link)
      dependencies[.network] = index
    case .etherType: dependencies[.network] = index
    case .transport:
      replaceNetwork(by: statements[index].value)
      dependencies[.transport] = index
    case .ipProtocol, .nextHeader: dependencies[.transport] = index
    case .icmpType: dependencies[.inner] = index
    }
  }

  /// A test of the transport protocol takes the place of the test of the network protocol where that is implied.
  private mutating func replaceNetwork(by transport: UInt128) {
    guard let index = dependencies[.network] else { return }
    guard isMixed else { return }
    let isIPv4: Bool
    switch (statements[index].key, statements[index].value) {
    case (.networkFamily, 2), (.protocolFamily, 0x0800), (.etherType, 0x0800): isIPv4 = true
    case (.networkFamily, 10), (.protocolFamily, 0x86dd), (.etherType, 0x86dd): isIPv4 = false
    default: return
    }
    if isIPv4 && transport == 1 || !isIPv4 && transport == 58 { release(.network) }
  }
}
