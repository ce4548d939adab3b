/// All extensions as flat tables with a hash index; made once from the definitions.
package struct Registry: Sendable {
  package private(set) var modules: [ModuleSpec] = []
  package private(set) var options: [OptionSpec] = []
  /// Every spelling of every option, grouped by module; `options[option]` is what it means.
  package private(set) var names: [Name] = []
  /// The hash of each name, apart from its text, so that looking through them touches little memory.
  private var hashes: [UInt64] = []
  private var moduleIndex: [UInt64: Int] = [:]

  package struct Name: Sendable {
    package var hash: UInt64
    package var text: [UInt8]
    package var option: Int
  }

  package static let shared = Registry()

  private init() {
    for definition in MatchDefinitions.all { add(definition, isTarget: false) }
    for definition in TargetDefinitions.all { add(definition, isTarget: true) }
    hashes = names.map(\.hash)
  }

  private mutating func add(_ definition: ModuleDefinition, isTarget: Bool) {
    let firstName = names.count
    var bits: [OptionKey: UInt64] = [:]
    for (index, option) in definition.options.enumerated() { bits[option.key] = 1 << UInt64(index) }
    func mask(_ keys: [OptionKey]) -> UInt64 { keys.reduce(0) { $0 | (bits[$1] ?? 0) } }
    var mandatory: UInt64 = 0
    for (index, option) in definition.options.enumerated() {
      if option.flags.contains(.mandatory) { mandatory |= 1 << UInt64(index) }
      let position = options.count
      options.append(
        OptionSpec(
          key: option.key, module: definition.id, kind: option.kind, flags: option.flags, bit: UInt8(index),
          minimum: option.minimum, maximum: option.maximum, excludes: mask(option.excludes),
          requires: mask(option.requires)))
      for spelling in [option.key.rawValue] + option.aliases {
        names.append(
          Name(hash: Hashing.hash(of: Array(spelling.utf8)[...]), text: Array(spelling.utf8), option: position))
      }
    }
    let index = modules.count
    modules.append(
      ModuleSpec(
        id: definition.id, isTarget: isTarget, families: definition.families, names: firstName..<names.count,
        mandatory: mandatory, needsOption: definition.needsOption, protocols: definition.protocols,
        tables: definition.tables, hooks: definition.hooks))
    moduleIndex[Self.key(definition.id.rawValue.utf8, isTarget: isTarget)] = index
  }

  private static func key(_ name: some Sequence<UInt8>, isTarget: Bool) -> UInt64 {
    Hashing.hash(of: name) ^ (isTarget ? 0x9E37_79B9_7F4A_7C15 : 0)
  }

  /// The match or target of that exact name.
  package func module(named name: ArraySlice<UInt8>, isTarget: Bool) -> Int? {
    guard let index = moduleIndex[Self.key(name, isTarget: isTarget)] else { return nil }
    return name.elementsEqual(modules[index].id.rawValue.utf8) ? index : nil
  }

  package func module(_ id: ModuleID, isTarget: Bool = false) -> Int? {
    moduleIndex[Self.key(id.rawValue.utf8, isTarget: isTarget)]
  }

  /// The option of a module that has exactly this name.
  func option(in module: Int, named name: ArraySlice<UInt8>, hash: UInt64) -> Int? {
    for index in modules[module].names where hashes[index] == hash {
      return names[index].text.elementsEqual(name) ? names[index].option : nil
    }
    return nil
  }

  /// The options of a module whose names start with a text.
  func options(in module: Int, startingWith prefix: ArraySlice<UInt8>) -> [Int] {
    var result: [Int] = []
    for index in modules[module].names where names[index].text.starts(with: prefix) {
      if result.last != names[index].option { result.append(names[index].option) }
    }
    return result
  }
}

/// FNV-1a, 64 bits: fast for short words; always followed by a comparison of the bytes.
enum Hashing {
  static func hash(of bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
