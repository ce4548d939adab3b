package import SourceText

/// One line that starts with a command, in typed form. A parser fills the same value again and again, so that reading a
/// long dump allocates little; `list` ranges are indices into `pool`.
package struct RuleSyntax: Sendable {
  package var command: Command?
  /// The chain that the command works on.
  package var chain: Word?
  /// The rule number of `-I`, `-D`, `-R`, from 1.
  package var number: Int?
  /// The policy of `-P`, or the new name of `-E`.
  package var argument: Word?
  /// `-t`, which only lines outside a dump have.
  package var table: Word?
  package var counters: Counters?
  /// The first word that no option can be: what the rest of the line means is then not certain.
  package var unreadable: Place?
  package var source: AddressTest?
  package var destination: AddressTest?
  package var inInterface: InterfaceTest?
  package var outInterface: InterfaceTest?
  package var transportProtocol: ProtocolTest?
  package var fragment: FragmentTest?
  /// Matches in the order in which they were loaded.
  package var matches: [ModuleUse] = []
  package var target: Target?
  package var options: [OptionUse] = []
  package var pool: [UInt128] = []
  /// `-4` or `-6`: the line is for one family only.
  package var family: FamilySet = .both

  package enum Command: UInt8, Sendable {
    case append, insert, delete, replace, check, flush, newChain, deleteChain, renameChain, policy, zero, list
  }

  package struct Counters: Hashable, Sendable {
    package var packets: UInt64
    package var bytes: UInt64
  }

  /// A place in the file without its id: first byte and one past the last.
  package struct Place: Hashable, Sendable {
    package var lower: UInt32
    package var upper: UInt32
    package init(_ lower: UInt32, _ upper: UInt32) {
      self.lower = lower
      self.upper = upper
    }
    package func range(in file: SourceID) -> SourceRange { SourceRange(file: file, lower: lower, upper: upper) }
  }

  /// `-s` or `-d`: pairs of address and mask in the pool, host bits cleared.
  package struct AddressTest: Sendable {
    package var entries: Range<Int>
    package var isNegated: Bool
    package var place: Place
    /// False when some part could not be read.
    package var isValid: Bool
  }

  package struct InterfaceTest: Sendable {
    /// The name as it stands, with `+` for a wildcard.
    package var name: Word
    package var isNegated: Bool
    package var place: Place
  }

  package struct ProtocolTest: Sendable {
    /// nil: the name is not known. 0 is "any".
    package var number: UInt8?
    package var isNegated: Bool
    package var place: Place
  }

  package struct FragmentTest: Sendable {
    package var isNegated: Bool
    package var place: Place
  }

  /// One match or target and its options.
  package struct ModuleUse: Sendable {
    /// Index in `Registry.modules`; nil: an extension that is not known.
    package var module: Int?
    package var name: Word
    /// Loaded by `-p` and an option of the protocol's match, without `-m`.
    package var isImplicit: Bool
    /// Indices of `RuleSyntax.options`, in the order given.
    package var options = OptionList()
    /// Bits of the options that were given.
    package var seen: UInt64 = 0
    package var place: Place
  }

  package struct Target: Sendable {
    package var name: Word
    package var isGoto: Bool
    package var use: ModuleUse
    package var place: Place
  }

  /// One option of a match or target with its value.
  package struct OptionUse: Sendable {
    /// Index in `Registry.options`.
    package var option: Int
    package var key: OptionKey
    package var isNegated: Bool
    /// False when the value could not be read; `first` and the rest then mean nothing.
    package var isValid: Bool
    /// Number, lower bound, address; depends on the kind.
    package var first: UInt128 = 0
    /// Upper bound or mask.
    package var second: UInt128 = 0
    package var list: Range<Int> = 0..<0
    /// The value's words; empty when it takes none.
    package var value: Word
    package var secondValue: Word
    package var place: Place
  }

  package init() {}

  /// Forgets everything but the memory.
  package mutating func reset() {
    command = nil
    chain = nil
    number = nil
    argument = nil
    table = nil
    counters = nil
    unreadable = nil
    source = nil
    destination = nil
    inInterface = nil
    outInterface = nil
    transportProtocol = nil
    fragment = nil
    matches.removeAll(keepingCapacity: true)
    target = nil
    options.removeAll(keepingCapacity: true)
    pool.removeAll(keepingCapacity: true)
    family = .both
  }

  /// The first use of an option in a match or target.
  package func option(_ key: OptionKey, of use: ModuleUse) -> OptionUse? {
    for index in use.options where options[index].key == key { return options[index] }
    return nil
  }
}

/// Places in `RuleSyntax.options`, in order, without memory of its own. A line has at most 251 words, so fewer options.
package struct OptionList: Sequence, Hashable, Sendable {
  private var low: UInt128 = 0
  private var high: UInt128 = 0

  package mutating func append(_ position: Int) {
    if position < 128 { low |= 1 << UInt128(position) } else if position < 256 { high |= 1 << UInt128(position - 128) }
  }

  package var isEmpty: Bool { low == 0 && high == 0 }

  package var first: Int? { low != 0 ? low.trailingZeroBitCount : high != 0 ? 128 + high.trailingZeroBitCount : nil }

  package func makeIterator() -> Iterator { Iterator(rest: self) }

  package struct Iterator: IteratorProtocol {
    var rest: OptionList
    package mutating func next() -> Int? {
      guard let position = rest.first else { return nil }
      if position < 128 { rest.low &= rest.low - 1 } else { rest.high &= rest.high - 1 }
      return position
    }
  }
}
