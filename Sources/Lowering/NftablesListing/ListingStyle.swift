import JSONText
import NftablesSyntax

/// How a listing spells values; the output options of nft(8).
package struct ListingStyle: Sendable {
  /// `-p`: protocols as numbers.
  package var numericProtocols = false
  /// `-y`: chain priorities as numbers.
  package var numericPriorities = false
  /// No names for values at all, as `-n` does beside `-p`, `-y` and `-T`.
  package var numericSymbols = false
  /// `-T`: times as numbers.
  package var numericTimes = false
  /// `-S`: service names for ports.
  package var namesServices = false
  /// `-s`: no counts of counters and quotas.
  package var isStateless = false
  package var release = Release.r1_0_6

  /// The release whose listing is printed, where they differ.
  package enum Release: Sendable {
    /// As Debian 12 has it.
    case r1_0_6
    /// Prints a burst of 5 packets though it is the default. Its JSON names the chains before the sets, and tells
    /// dynamic and automatically merged sets.
    case r1_1
  }

  package init() {}

  /// `nft -n list ruleset`.
  package static var numeric: ListingStyle {
    var style = ListingStyle()
    style.numericProtocols = true
    style.numericPriorities = true
    style.numericSymbols = true
    style.numericTimes = true
    return style
  }
}

/// One expression or statement in both output forms.
struct Printed {
  var text: String
  var json: JSONValue
  init(_ text: String, _ json: JSONValue) {
    self.text = text
    self.json = json
  }
  /// The same in both.
  init(_ text: String) {
    self.text = text
    json = .string(text)
  }
}

/// What an expression holds: its data type and width in bits.
struct ValueType {
  var type: Datatype
  var width: Int
  /// Printed as a hexadecimal number whatever the type: raw payload.
  var isHex = false

  init(_ type: Datatype, _ width: Int? = nil, isHex: Bool = false) {
    self.type = type
    self.width = width ?? type.width
    self.isHex = isHex
  }

  static let integer32 = ValueType(.integer, 32)

  var isBitmask: Bool {
    switch type {
    case .tcpFlag, .ctState, .ctStatus, .ctEvent: true
    default: false
    }
  }

  /// Types whose values nft prints as prefixes where a range is one.
  var hasPrefixes: Bool {
    switch type {
    case .ipv4Address, .ipv6Address, .mark: true
    default: false
    }
  }

  var maximum: UInt128 { NftablesReader.maximum(width) }
}

/// Where a header stands in the packet.
enum HeaderBase: Int { case link, network, transport, inner }

/// A field, key or function with all that printing and the protocol dependencies need of it.
struct ListedField {
  var printed: Printed
  var type: ValueType
  var base: HeaderBase?
  var header: Word = .none
  var field: Word = .none
  /// A `meta` key; `header` is `.meta` then.
  var isMeta: Bool { header == .meta }
}
