import NftablesSyntax
package import SourceText

extension Lowering {
  /// What `nft list ruleset` prints after loading a script: its canonical form, as text and as JSON. Problems of the
  /// script are those that `nftables(_:)` reports; this evaluates what there is.
  package static func listing(
    _ file: SourceFile, style: ListingStyle = ListingStyle(), options: NftablesOptions = NftablesOptions(),
    include: (IncludeRequest) -> IncludeAnswer = { _ in .failed("includes are not read here") }
  ) -> RulesetListing {
    withoutActuallyEscaping(include) { include in
      var reader = NftablesReader(include: include)
      reader.defineOptions(options)
      reader.run(file, context: .script)
      var listing = NftablesListing(reader: reader, style: style)
      return listing.ruleset()
    }
  }

  /// The same for nft JSON.
  package static func listing(json file: SourceFile, style: ListingStyle = ListingStyle()) -> RulesetListing {
    let translated = JSONScript(translating: file)
    var result = listing(translated.script, style: style)
    result.unlisted = result.unlisted.map { translated.origin(of: $0) }
    return result
  }
}
