import Testing

@Suite struct RepairsTests {}
