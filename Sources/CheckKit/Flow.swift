package import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
package import Packets

/// A connection that the rules let open, with one concrete packet of it.
package struct Flow: Sendable {
  /// Where its first packet is filtered.
  package var hook: Hook
  package var version: IPVersion
  /// The SYN.
  package var opener: Judgement
  /// The SYN+ACK that answers it, and its fate.
  package var reply: Judgement?
  /// A segment of the opener's side once the connection stands, and its fate.
  package var data: Judgement?

  /// Both directions pass, so data can flow.
  package var isCarried: Bool { (reply?.isAccepted ?? false) && (data?.isAccepted ?? false) }

  /// Bridged or turned round on one interface: no router stands between the two sides.
  package var staysOnLink: Bool {
    let packet = opener.trace.packet
    return hook == .forward && packet.inInterface == packet.outInterface
  }

  /// The hook that filters what comes back.
  package var replyHook: Hook {
    switch hook {
    case .input: .output
    case .output: .input
    default: .forward
    }
  }
}

/// What a stranger may open: new connections from an address that no rule singles out.
package struct Opening: Sendable {
  package var hook: Hook
  package var version: IPVersion
  /// TCP or UDP.
  package var transportProtocol: UInt8
  package var isComplete: Bool
  package var pieces: [Piece]
}

/// Finds flows and openings, with bounded work.
struct FlowFacts {

  /// Flows for a hook and version; fewer in large rule sets, where each question costs a walk through thousands of rules.
  let limit: Int
  let budget: Int
  let analysis: Analysis
  let typical: Analysis
  let named: NamedValues
  let chains: ChainFacts
  let zones: Zones
  private(set) var flows: [Flow] = []
  private(set) var openings: [Opening] = []
  private(set) var derivedRole: HostFacts.Role = .host

  init(analysis: Analysis, typical: Analysis, named: NamedValues, chains: ChainFacts, zones: Zones) {
    let isLarge = analysis.ruleset.ruleCount > 3000
    limit = isLarge ? 2 : 6
    budget = isLarge ? 60_000 : 120_000
    self.analysis = analysis
    self.typical = typical
    self.named = named
    self.chains = chains
    self.zones = zones
  }

  private func isFiltered(_ hook: Hook, _ version: IPVersion) -> Bool {
    !chains.filters(at: hook, version, in: analysis.ruleset).isEmpty
  }

  mutating func findFlows() {
    for version in IPVersion.allCases {
      let local = isFiltered(.input, version) || isFiltered(.output, version)
      for hook in [Hook.input, .forward, .output] {
        guard hook == .forward ? isFiltered(.forward, version) : local else { continue }
        findFlows(at: hook, version)
      }
    }
    let forwards = flows.contains { $0.hook == .forward && $0.opener.trace.acceptingRule != nil }
    if zones.hasSourceNAT || forwards { derivedRole = .router }
  }

  /// Flows that were found before, as far as the rules still let them open, and those of some regions.
  mutating func findFlows(among earlier: [Flow], and regions: [Box]) {
    for flow in earlier {
      guard let opener = judge(flow.opener.trace.packet), opener.isAccepted, !isRedirected(opener.trace) else {
        continue
      }
      flows.append(self.flow(opener, flow.hook, flow.version))
    }
    for version in IPVersion.allCases {
      for hook in [Hook.input, .forward, .output] where isFiltered(hook, version) {
        for region in regions {
          let box = region.intersection(Region.newTCP(hook, version))
          if !box.isEmpty { findFlows(in: box, at: hook, version, budget: budget / 8) }
        }
      }
    }
  }

  private mutating func findFlows(at hook: Hook, _ version: IPVersion) {
    findFlows(in: Region.newTCP(hook, version), at: hook, version, budget: budget)
  }

  private mutating func findFlows(in region: Box, at hook: Hook, _ version: IPVersion, budget: Int) {
    let partition = typical.partition(region, at: hook, budget: budget)
    var found = 0
    var seen: Set<Decider> = []
    for piece in partition.pieces where piece.outcome == .accept {
      guard found < limit else { break }
      guard let packet = packet(in: piece.region, at: hook, version) else { continue }
      guard let opener = judge(packet), opener.isAccepted, !isRedirected(opener.trace) else { continue }
      guard seen.insert(opener.trace.acceptedBy.last ?? opener.trace.decider).inserted else { continue }
      found += 1
      flows.append(flow(opener, hook, version))
    }
  }

  private func flow(_ opener: Judgement, _ hook: Hook, _ version: IPVersion) -> Flow {
    var flow = Flow(hook: hook, version: version, opener: opener)
    let packet = opener.trace.packet
    var reply = packet
    reply.hook = flow.replyHook
    swap(&reply.source, &reply.destination)
    swap(&reply.sourcePort, &reply.destinationPort)
    reply.inInterface = flow.replyHook == .output ? nil : (packet.outInterface ?? packet.inInterface)
    reply.outInterface = flow.replyHook == .input ? nil : (packet.inInterface ?? packet.outInterface)
    reply.tcpFlags = TCPFlag.syn | TCPFlag.ack
    reply.state = .established
    flow.reply = judge(reply)
    var data = packet
    data.tcpFlags = TCPFlag.ack | TCPFlag.psh
    data.state = .established
    flow.data = judge(data)
    return flow
  }

  /// A packet of the region with the usual ports, interfaces and addresses where it leaves the choice.
  private func packet(in region: Box, at hook: Hook, _ version: IPVersion) -> Packet? {
    let strangers = (named.strangers[version] ?? []).map(\.value)
    var box = region
    let outside = zones.allOutside + named.unnamedInterfaces
    let inside = zones.inside + named.interfaces.filter { !zones.allOutside.contains($0) } + named.unnamedInterfaces
    let outsideValues = outside.map { InterfaceName.value($0) }
    let insideValues = inside.map { InterfaceName.value($0) }
    switch hook {
    case .input: box = box.preferring(.inInterface, outsideValues)
    case .output: box = box.preferring(.outInterface, outsideValues)
    default:
      box = box.preferring(.outInterface, outsideValues)
      let out = box[.outInterface]?.single
      box = box.preferring(.inInterface, insideValues.filter { $0 != out })
    }
    box = box.preferring(.destinationPort, [443, 80, 25, 22])
    box = box.preferring(.sourcePort, [UInt128(named.ephemeralPort)])
    box = box.preferring(.source, hook == .input ? strangers : Array(strangers.dropFirst()))
    box = box.preferring(.destination, hook == .input ? Array(strangers.dropFirst()) : strangers)
    var packet = analysis.witness(in: box, at: hook)
    packet?.reversePathOK = true
    return packet
  }

  mutating func findOpenings() {
    for version in IPVersion.allCases {
      guard let stranger = named.strangers[version]?.first else { continue }
      for hook in [Hook.input, .forward] where isFiltered(hook, version) {
        for region in [Region.newTCP(hook, version), Region.newUDP(hook, version)] {
          let box = region.narrowed(.source, to: stranger.value).narrowed(.sourcePort, to: UInt128(named.ephemeralPort))
          let partition = typical.partition(box, at: hook, budget: budget)
          let number = region[.transportProtocol]?.single ?? 0
          openings.append(
            Opening(
              hook: hook, version: version, transportProtocol: UInt8(truncatingIfNeeded: number),
              isComplete: partition.isComplete, pieces: partition.pieces))
        }
      }
    }
  }

  private func judge(_ packet: Packet) -> Judgement? {
    let exact = analysis.trace(packet)
    if exact.isCertain { return Judgement(trace: exact, confidence: .proved) }
    let ordinary = typical.trace(packet)
    return ordinary.isCertain ? Judgement(trace: ordinary, confidence: .likely) : nil
  }

  /// Did a rule change the destination, so that the packet's other end is not the one it names?
  private func isRedirected(_ trace: Trace) -> Bool {
    trace.steps.contains { step in
      guard case .matched(.translate(let translation)?) = step.event else { return false }
      return translation.kind != .masquerade && translation.kind != .snat
    }
  }
}
