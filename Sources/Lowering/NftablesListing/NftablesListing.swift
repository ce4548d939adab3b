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

  init(reader: NftablesReader, style: ListingStyle) {
    self.reader = reader
    self.style = style
    printer = ValuePrinter(style: style)
  }
}

/// A statement of the rule being printed.
struct ListedStatement {
  var printed: Printed
  /// Taken out again: it only said what a later statement implies.
  var isRemoved = false
  /// What it establishes, where it is a test of a protocol for one value.
  var key: ProtocolKey?
  var value: UInt128 = 0

  init(_ printed: Printed) { self.printed = printed }
}

/// The fields that say which header follows.
enum ProtocolKey {
  case interfaceType, networkFamily, protocolFamily, etherType, transport, ipProtocol, nextHeader, icmpType
}

/// What a rule has established so far, and which of its statements did.
struct RuleContext {
  let family: Family
  var link: Word?
  var network: Word?
  var transport: UInt8?
  /// The ICMP types that the rule has named.
  var icmpTypes: Set<UInt128> = []
  var statements: [ListedStatement] = []
  /// The statement that the next header of that base makes redundant.
  var dependencies: [HeaderBase: Int] = [:]
  /// What the map gives that a statement adds to.
  var dataTypes: [ValueType] = []

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

  private var isMixed: Bool { family == .inet || family == .bridge || family == .netdev }

  private mutating func release(_ base: HeaderBase) {
    if let index = dependencies[base] { statements[index].isRemoved = true }
    dependencies[base] = nil
  }

  /// A field is read: what only made sure of its header goes away, as in `payload_dependency_kill`.
  mutating func use(_ field: ListedField) {
    switch field.base {
    case .link:
      if field.header == .vlan {
        if let index = dependencies[.network], statements[index].key == .etherType || statements[index].key == .protocolFamily,
          statements[index].value == 0x8100
        {
          release(.network)
        }
        link = .vlan
      } else {
        release(.link)
        link = .ether
      }
    case .network:
      if let index = dependencies[.network], !(family == .inet && statements[index].key == .protocolFamily) {
        release(.network)
      }
      network = field.header
    case .transport:
      guard field.header != .th, let number = NftablesListing.transportNumber(field.header) else { return }
      if transport == nil {
        // The dependency that nft adds comes and goes unseen, but for what it does to the one below it.
        replaceNetwork(by: number)
        transport = number
      } else if let index = dependencies[.transport] {
        let key = statements[index].key
        if key == .transport || !isMixed { release(.transport) }
      }
    default: return
    }
  }

  /// A test of the transport protocol takes the place of the test of the network protocol where that is implied.
  private mutating func replaceNetwork(by transport: UInt8) {
    guard let index = dependencies[.network] else { return }
    guard isMixed else { return release(.network) }
    let isIPv4: Bool
    switch (statements[index].key, statements[index].value) {
    case (.networkFamily, 2), (.protocolFamily, 0x0800), (.etherType, 0x0800): isIPv4 = true
    case (.networkFamily, 10), (.protocolFamily, 0x86dd), (.etherType, 0x86dd): isIPv4 = false
    default: return
    }
    if isIPv4 && transport == 1 || !isIPv4 && transport == 58 { release(.network) }
  }

  /// A test of a protocol field for one value has been added as the last statement.
  mutating func establish(_ key: ProtocolKey, _ value: UInt128) {
    let index = statements.count - 1
    statements[index].key = key
    statements[index].value = value
    switch key {
    case .interfaceType:
      if value == 1 { link = .ether }
      dependencies[.link] = index
    case .networkFamily, .protocolFamily, .etherType:
      if key != .etherType { release(.link) }
      switch (key, value) {
      case (.networkFamily, 2), (.protocolFamily, 0x0800), (.etherType, 0x0800): network = .ip
      case (.networkFamily, 10), (.protocolFamily, 0x86dd), (.etherType, 0x86dd): network = .ip6
      case (.protocolFamily, 0x0806), (.etherType, 0x0806): network = .arp
      default: break
      }
      // The table's family says it already.
      if key == .protocolFamily, family == .ip && value == 0x0800 || family == .ip6 && value == 0x86dd {
        statements[index].isRemoved = true
        return
      }
      dependencies[.network] = index
    case .transport, .ipProtocol, .nextHeader:
      if key == .transport { replaceNetwork(by: UInt8(truncatingIfNeeded: value)) }
      transport = UInt8(truncatingIfNeeded: value)
      dependencies[.transport] = index
    case .icmpType:
      icmpTypes = [value]
      dependencies[.inner] = index
    }
  }

  /// An ICMP field that only some types have: the type is tested too.
  mutating func requireICMPType(_ field: ListedField, _ printer: ValuePrinter) {
    let needed: [UInt128]
    switch (field.header, field.field) {
    case (.icmp, .id), (.icmp, .sequence): needed = [0, 8]
    case (.icmp, .gateway): needed = [5]
    case (.icmp, .mtu): needed = [3]
    case (.icmpv6, .id), (.icmpv6, .sequence): needed = [128, 129]
    case (.icmpv6, .parameterProblem): needed = [4]
    case (.icmpv6, .mtu), (.icmpv6, .packetTooBig): needed = [2]
    case (.icmpv6, .maxDelay): needed = [130]
    default: return
    }
    if needed.count == 1 {
      if let index = dependencies[.inner], statements[index].value == needed[0] { release(.inner) }
      return
    }
    guard icmpTypes.isDisjoint(with: needed) else { return }
    icmpTypes = Set(needed)
    let type = ValueType(field.header == .icmp ? .icmpType : .icmpv6Type)
    let names = needed.map { printer.print($0, type) }
    let left = NftablesListing.object([
      ("payload", NftablesListing.object([("protocol", .string(field.header.text)), ("field", .string("type"))]))
    ])
    let json = NftablesListing.matchJSON("==", left, NftablesListing.object([("set", .array(names.map(\.json)))]))
    let text = "\(field.header.text) type { \(names.map(\.text).joined(separator: ", ")) }"
    statements.append(ListedStatement(Printed(text, json)))
  }

  mutating func add(_ printed: Printed) { statements.append(ListedStatement(printed)) }

  /// A statement that is no test: what stood before it stays.
  mutating func addAction(_ printed: Printed) {
    add(printed)
    dependencies = [:]
  }

  var printed: [Printed] { statements.filter { !$0.isRemoved }.map(\.printed) }
}
