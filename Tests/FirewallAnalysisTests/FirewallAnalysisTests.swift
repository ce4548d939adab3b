import Testing

@Suite struct FirewallAnalysisTests {}
