package import PacketSets
package import SourceText

/// A named or anonymous set, map or verdict map (nft), or an ipset.
package struct NamedSet: Sendable {
  package var table: TableID?
  /// As written after `@`; "" when anonymous.
  package var name: String
  package var contents: Contents
  /// Rules may add elements, elements may time out, or the set is filled from outside: what `contents` holds are then
  /// only the elements the text shows, and membership of anything else is uncertain.
  package var isDynamic: Bool
  package var origin: SourceRange

  package enum Contents: Sendable {
    /// One key field: all its values. Stays a set however large it is.
    case values(ValueSet)
    /// A concatenation: each element is a product of intervals, one for each key field.
    case tuples([[Interval]])
    /// A map with one or more key fields; at most one element holds a key unless intervals overlap, then the first.
    case map([MapElement], fallback: MapData?)
    /// Cannot be modelled.
    case unknown(Uncertainty)
  }

  package struct MapElement: Sendable {
    package var key: [Interval]
    package var data: MapData
    /// The element as written.
    package var origin: SourceRange
    package init(key: [Interval], data: MapData, origin: SourceRange) {
      self.key = key
      self.data = data
      self.origin = origin
    }
  }

  package enum MapData: Hashable, Sendable {
    case verdict(Verdict)
    /// Numbers in host order: an address, address and port, a mark.
    case values([UInt128])
    case unknown(String)
  }

  package init(table: TableID?, name: String, contents: Contents, isDynamic: Bool = false, origin: SourceRange) {
    self.table = table
    self.name = name
    self.contents = contents
    self.isDynamic = isDynamic
    self.origin = origin
  }
}
