import Testing

@Suite struct NftablesSyntaxTests {}
