import Testing

@Suite struct BuiltinChecksTests {}
