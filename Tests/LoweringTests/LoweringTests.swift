import Testing

@Suite struct LoweringTests {}
