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
    withoutActuallyEscaping(include) { include in
      var reader = NftablesReader(include: include)
      reader.defineOptions(options)
      reader.run(file, context: .script)
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
