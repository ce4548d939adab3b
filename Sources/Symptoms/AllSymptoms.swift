import PacketLogs
import Packets

/// All symptoms; the raw value is the index of a symptom's evidence.
enum SymptomID: UInt8, CaseIterable, Sendable {
  case pmtuBlackholeV4, pmtuBlackholeV6, pmtuEgressLost, unreachablesDropped, timeExceededDropped, redirectSeen
  case sourceQuenchSeen, pingSweep, unsolicitedEchoReply
  case lateDNSAnswer, dnsTCPRefused, ntpRepliesDropped, lowSourcePort, udpLateQUIC
  case identDropped, establishedTail, asymmetricRoute, conntrackInvalidWindow, newWithoutSYN, synACKUnsolicited
  case scanClasses, ndDropped, raRSDropped, mldDropped, dhcpv6Dropped, dhcpv4Noise, dhcpv4Renewal, apipa
  case broadcastNoise, multicastNoise, igmpDropped, netBIOS137, tracerouteIn, gameStream
  case ownSourceOutside, privateSourceOutside, privateSourceLeaving, martianSource, sourceRouteDrop, ipOptionsDrop
  case fragmentDrop, dockerBridge, vpnNotAccepted, loopbackDropped, outputDropped, directedBroadcast
  case conntrackFull, synFlood, neighbourOverflow, logSuppressed, redirectIgnored, bogusICMP, helperWarning
  case natExhausted, duplicateAddress, mtuMessages, rejectAnswerLost
  case ecnDropped, inheritedAddress, rpDropSilent
  /// Found by repeated attempts to one port; see `Aggregator.retried`.
  case serviceShut

  var kind: any SymptomKind.Type {
    switch self {
    case .pmtuBlackholeV4: PMTUBlackholeV4.self
    case .pmtuBlackholeV6: PMTUBlackholeV6.self
    case .pmtuEgressLost: PMTUEgressLost.self
    case .unreachablesDropped: UnreachablesDropped.self
    case .timeExceededDropped: TimeExceededDropped.self
    case .redirectSeen: RedirectSeen.self
    case .sourceQuenchSeen: SourceQuenchSeen.self
    case .pingSweep: PingSweep.self
    case .unsolicitedEchoReply: UnsolicitedEchoReply.self
    case .lateDNSAnswer: LateDNSAnswer.self
    case .dnsTCPRefused: DNSTCPRefused.self
    case .ntpRepliesDropped: NTPRepliesDropped.self
    case .lowSourcePort: LowSourcePort.self
    case .udpLateQUIC: UDPLateQUIC.self
    case .identDropped: IdentDropped.self
    case .establishedTail: EstablishedTail.self
    case .asymmetricRoute: AsymmetricRoute.self
    case .conntrackInvalidWindow: ConntrackInvalidWindow.self
    case .newWithoutSYN: NewWithoutSYN.self
    case .synACKUnsolicited: SYNACKUnsolicited.self
    case .scanClasses: ScanClasses.self
    case .ndDropped: NDDropped.self
    case .raRSDropped: RARSDropped.self
    case .mldDropped: MLDDropped.self
    case .dhcpv6Dropped: DHCPv6Dropped.self
    case .dhcpv4Noise: DHCPv4Noise.self
    case .dhcpv4Renewal: DHCPv4Renewal.self
    case .apipa: APIPA.self
    case .broadcastNoise: BroadcastNoise.self
    case .multicastNoise: MulticastNoise.self
    case .igmpDropped: IGMPDropped.self
    case .netBIOS137: NetBIOS137.self
    case .tracerouteIn: TracerouteIn.self
    case .gameStream: GameStream.self
    case .ownSourceOutside: OwnSourceOutside.self
    case .privateSourceOutside: PrivateSourceOutside.self
    case .privateSourceLeaving: PrivateSourceLeaving.self
    case .martianSource: MartianSource.self
    case .sourceRouteDrop: SourceRouteDrop.self
    case .ipOptionsDrop: IPOptionsDrop.self
    case .fragmentDrop: FragmentDrop.self
    case .dockerBridge: DockerBridge.self
    case .vpnNotAccepted: VPNNotAccepted.self
    case .loopbackDropped: LoopbackDropped.self
    case .outputDropped: OutputDropped.self
    case .directedBroadcast: DirectedBroadcast.self
    case .conntrackFull: ConntrackFull.self
    case .synFlood: SYNFlood.self
    case .neighbourOverflow: NeighbourOverflow.self
    case .logSuppressed: LogSuppressed.self
    case .redirectIgnored: RedirectIgnored.self
    case .bogusICMP: BogusICMP.self
    case .helperWarning: HelperWarning.self
    case .natExhausted: NATExhausted.self
    case .duplicateAddress: DuplicateAddress.self
    case .mtuMessages: MTUMessages.self
    case .rejectAnswerLost: RejectAnswerLost.self
    case .ecnDropped: ECNDropped.self
    case .inheritedAddress: InheritedAddress.self
    case .rpDropSilent: RPDropSilent.self
    case .serviceShut: ServiceShut.self
    }
  }

  var symptom: Symptom { kind.symptom }

  /// The symptom that kernel messages of a kind show.
  static func of(_ kind: KernelMessage.Kind) -> SymptomID? {
    allCases.first { $0.symptom.messages.contains(kind) }
  }
}
