import FirewallModel
package import SourceText

/// From text to model; each dialect's work is in its own folder of files.
package enum Lowering {
  /// Reads and lowers one nft script with everything it includes. `include` is asked for each include statement, in
  /// order; it must give files that are in the caller's source map.
  package static func nftables(
    _ file: SourceFile, options: NftablesOptions = NftablesOptions(),
    include: (IncludeRequest) -> IncludeAnswer = { _ in .failed("includes are not read here") }
  ) -> Lowered {
    Lowered(ruleset: Ruleset(), dialect: .nft, problems: [])
  }
}
