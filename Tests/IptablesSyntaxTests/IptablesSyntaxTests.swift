import Testing

@Suite struct IptablesSyntaxTests {}
