import Testing

@Suite struct HostFactsTests {}
