/// Index of a node in `NftablesFile.nodes`; 0 is no node.
package typealias NodeID = UInt32

/// One node of the syntax tree: a kind, the tokens it spans and links to its first child and next sibling.
package struct Node: Sendable {
  package var kind: NodeKind
  /// Meaning depends on the kind: an operator, a direction, a form.
  package var flag: UInt8 = 0
  /// The keyword that says which: the protocol of a header field, the verb of a command.
  package var word: Word = .none
  /// The second keyword: the header field, the key, the object of a command.
  package var field: Word = .none
  /// First token and one past the last.
  package var first: UInt32
  package var end: UInt32
  package var child: NodeID = 0
  package var next: NodeID = 0

  @inlinable init(_ kind: NodeKind, first: UInt32) {
    self.kind = kind
    self.first = first
    self.end = first
  }
}

package enum NodeKind: UInt8, Sendable {
  case none
  /// The whole file: commands and block items.
  case script
  // Commands. Children: `family`?, `name`s, then what the command carries.
  case command, define, undefine, include
  case family, name, handle
  // Blocks. `table` and `chain` hold their items as children.
  case table, chain, rule, set, flowtable, object
  /// An entry of a block: `word` says which; children are its values.
  case entry
  /// `type filter hook input priority 0`: children are `name` of type, hook, devices and priority.
  case hookSpec
  case priority
  // Expressions
  case symbol, variable, setReference, wildcard, prefix, range, concatenation, setLiteral, mapping, elementOptions
  case binary, list, flagMask, map
  case payload, rawPayload, tcpOption, ipOption, extensionHeader, sctpChunk, dccpOption, optionTemplate
  case meta, conntrack, routing, socket, osf, fib, numgen, hash, ipsec, inner
  case verdict
  // Statements
  case match, verdictStatement, vmapStatement, counter, limit, quota, log, reject, nat, notrack, assign, dup, fwd
  case queue, flow, synproxy, setUpdate, meter, resetOption, last, objectReference, connectionLimit, xt, comment
  /// One option of a statement: `word` names it, the child is its value.
  case option
  /// A rate or an amount: number, unit.
  case amount
  /// What was not recognised.
  case unknown
}
