import FirewallModel
import NftablesSyntax
package import SourceText

/// From text to model; each dialect's work is in its own folder of files.
package enum Lowering {
  /// Reads and lowers one nft script with everything it includes. `include` is asked for each include statement, in
  /// order; it must give files that are in the caller's source map.
  package static func nftables(
    _ file: SourceFile, options: NftablesOptions = NftablesOptions(),
    include: (IncludeRequest) -> IncludeAnswer = { _ in .failed("includes are not read here") }
  ) -> Lowered {
    nftables([file], options: options, include: include)
  }

  /// Reads and lowers several nft scripts as if `nft -f` had loaded them one after the other: a later one may add to
  /// tables of an earlier one, or flush them; variables end with their file.
  package static func nftables(
    _ files: [SourceFile], options: NftablesOptions = NftablesOptions(),
    include: (IncludeRequest) -> IncludeAnswer = { _ in .failed("includes are not read here") }
  ) -> Lowered {
    withoutActuallyEscaping(include) { include in
      var reader = NftablesReader(include: include)
      reader.defineOptions(options)
      let given = reader.scope
      for file in files {
        reader.enter(given)
        reader.run(file, context: .script)
      }
      var lowering = NftablesLowering(reader: reader)
      return lowering.run()
    }
  }
}

extension NftablesReader {
  /// `-D name=value`: read as if `define name = value` stood before the text.
  mutating func defineOptions(_ options: NftablesOptions) {
    for (name, value) in options.defines {
      let source = SourceFile(id: SourceID(UInt32.max), path: "-D \(name)", text: "define \(name) = \(value)\n")
      run(source, context: .script)
    }
  }
}
