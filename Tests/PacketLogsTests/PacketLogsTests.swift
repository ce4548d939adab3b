import Testing

@Suite struct PacketLogsTests {}
