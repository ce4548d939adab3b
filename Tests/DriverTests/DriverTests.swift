import Testing

@Suite struct DriverTests {}
