import PacketLogs
import Packets

extension SymptomID {
  /// The first symptom that takes a line; what none takes is a probe.
  @inline(__always)
  static func classify(_ record: LogRecord, _ facts: LineFacts) -> SymptomID {
    if LoopbackDropped.matches(record, facts) { return .loopbackDropped }
    if !record.packet.optionKinds.isEmpty, SourceRouteDrop.matches(record, facts) { return .sourceRouteDrop }
    if OwnSourceOutside.matches(record, facts) { return .ownSourceOutside }
    if FragmentDrop.matches(record, facts) { return .fragmentDrop }
    switch facts.transportProtocol {
    case Wire.tcp: return tcp(record, facts)
    case Wire.udp, Wire.udplite: return udp(record, facts)
    case Wire.icmp, Wire.icmpv6: return facts.hasICMP ? icmp(record, facts) : .scanClasses
    default: return other(record, facts)
    }
  }

  @inline(__always)
  private static func tcp(_ record: LogRecord, _ facts: LineFacts) -> SymptomID {
    if facts.isPlainSYN {
      if IdentDropped.matches(record, facts) { return .identDropped }
      if DNSTCPRefused.matches(record, facts) { return .dnsTCPRefused }
      if DockerBridge.matches(record, facts) { return .dockerBridge }
      if PrivateSourceOutside.matches(record, facts) { return .privateSourceOutside }
      if OutputDropped.matches(record, facts) { return .outputDropped }
      if LowSourcePort.matches(record, facts) { return .lowSourcePort }
      if ECNDropped.matches(record, facts) { return .ecnDropped }
      return InheritedAddress.matches(record, facts) ? .inheritedAddress : .scanClasses
    }
    if RejectAnswerLost.matches(record, facts) { return .rejectAnswerLost }
    if AsymmetricRoute.matches(record, facts) { return .asymmetricRoute }
    if SYNACKUnsolicited.matches(record, facts) { return .synACKUnsolicited }
    if PrivateSourceLeaving.matches(record, facts) { return .privateSourceLeaving }
    if OutputDropped.matches(record, facts) { return .outputDropped }
    if EstablishedTail.matches(record, facts) { return .establishedTail }
    return NewWithoutSYN.matches(record, facts) ? .newWithoutSYN : .scanClasses
  }

  @inline(__always)
  private static func udp(_ record: LogRecord, _ facts: LineFacts) -> SymptomID {
    guard facts.hasPorts else { return .scanClasses }
    if DHCPv6Dropped.matches(record, facts) { return .dhcpv6Dropped }
    if DHCPv4Noise.matches(record, facts) { return .dhcpv4Noise }
    if DHCPv4Renewal.matches(record, facts) { return .dhcpv4Renewal }
    if NetBIOS137.matches(record, facts) { return .netBIOS137 }
    if DirectedBroadcast.matches(record, facts) { return .directedBroadcast }
    if MulticastNoise.matches(record, facts) { return .multicastNoise }
    if BroadcastNoise.matches(record, facts) { return .broadcastNoise }
    if APIPA.matches(record, facts) { return .apipa }
    if LateDNSAnswer.matches(record, facts) { return .lateDNSAnswer }
    if NTPRepliesDropped.matches(record, facts) { return .ntpRepliesDropped }
    if UDPLateQUIC.matches(record, facts) { return .udpLateQUIC }
    if VPNNotAccepted.matches(record, facts) { return .vpnNotAccepted }
    if DockerBridge.matches(record, facts) { return .dockerBridge }
    if OutputDropped.matches(record, facts) { return .outputDropped }
    if PrivateSourceOutside.matches(record, facts) { return .privateSourceOutside }
    if TracerouteIn.matches(record, facts) { return .tracerouteIn }
    if LowSourcePort.matches(record, facts) { return .lowSourcePort }
    if InheritedAddress.matches(record, facts) { return .inheritedAddress }
    return GameStream.matches(record, facts) ? .gameStream : .scanClasses
  }

  @inline(__always)
  private static func icmp(_ record: LogRecord, _ facts: LineFacts) -> SymptomID {
    if PMTUEgressLost.matches(record, facts) { return .pmtuEgressLost }
    if PMTUBlackholeV4.matches(record, facts) { return .pmtuBlackholeV4 }
    if PMTUBlackholeV6.matches(record, facts) { return .pmtuBlackholeV6 }
    if NDDropped.matches(record, facts) { return .ndDropped }
    if RARSDropped.matches(record, facts) { return .raRSDropped }
    if MLDDropped.matches(record, facts) { return .mldDropped }
    if UnreachablesDropped.matches(record, facts) { return .unreachablesDropped }
    if TimeExceededDropped.matches(record, facts) { return .timeExceededDropped }
    if RedirectSeen.matches(record, facts) { return .redirectSeen }
    if SourceQuenchSeen.matches(record, facts) { return .sourceQuenchSeen }
    if DirectedBroadcast.matches(record, facts) { return .directedBroadcast }
    if PingSweep.matches(record, facts) { return .pingSweep }
    if UnsolicitedEchoReply.matches(record, facts) { return .unsolicitedEchoReply }
    return OutputDropped.matches(record, facts) ? .outputDropped : .scanClasses
  }

  @inline(__always)
  private static func other(_ record: LogRecord, _ facts: LineFacts) -> SymptomID {
    if IGMPDropped.matches(record, facts) { return .igmpDropped }
    if IPOptionsDrop.matches(record, facts) { return .ipOptionsDrop }
    if VPNNotAccepted.matches(record, facts) { return .vpnNotAccepted }
    if OutputDropped.matches(record, facts) { return .outputDropped }
    return MulticastNoise.matches(record, facts) ? .multicastNoise : .scanClasses
  }
}
