/// The matches of iptables-extensions(8): options, kinds of values, and what excludes what.
enum MatchDefinitions {
  static let all: [ModuleDefinition] = transport + headers + state + rates + hosts + ipv6

  private static func sourcePort() -> OptionDefinition {
    option(.sport, .portRange, .invertible, aliases: ["source-port"])
  }
  private static func destinationPort() -> OptionDefinition {
    option(.dport, .portRange, .invertible, aliases: ["destination-port"])
  }

  private static let transport: [ModuleDefinition] = [
    match(
      .tcp, protocols: [6],
      [
        sourcePort(), destinationPort(),
        option(.tcpOption, .uint8, .invertible, from: 1),
        option(.syn, .none, .invertible, excludes: [.tcpFlags]),
        option(.tcpFlags, .tcpFlags, .invertible, excludes: [.syn]),
      ]),
    match(.udp, protocols: [17], [sourcePort(), destinationPort()]),
    match(
      .sctp, protocols: [132],
      [sourcePort(), destinationPort(), option(.chunkTypes, .chunkTypes, .invertible)]),
    match(
      .dccp, protocols: [33],
      [
        sourcePort(), destinationPort(), option(.dccpTypes, .dccpTypes, .invertible),
        option(.dccpOption, .uint8, .invertible, from: 1),
      ]),
    match(.icmp, for: .ipv4, protocols: [1], [option(.icmpType, .icmpType, [.invertible, .mandatory])]),
    match(.icmp6, for: .ipv6, protocols: [58], [option(.icmpv6Type, .icmp6Type, [.invertible, .mandatory])]),
    match(
      .multiport, needsOption: true, protocols: [6, 17, 136, 132, 33],
      [
        option(.sports, .portList, .invertible, aliases: ["source-ports"], excludes: [.dports, .ports]),
        option(.dports, .portList, .invertible, aliases: ["destination-ports"], excludes: [.sports, .ports]),
        option(.ports, .portList, .invertible, excludes: [.sports, .dports]),
      ]),
    match(.tcpmss, protocols: [6], [option(.mss, .uint16Range, [.invertible, .mandatory])]),
    match(.esp, protocols: [50], [option(.espspi, .uint32Range, .invertible)]),
    match(
      .ipcomp, protocols: [108], [option(.ipcompspi, .uint32Range, .invertible), option(.compres, .none)]),
    match(
      .ah, protocols: [],
      [
        option(.ahspi, .uint32Range, .invertible), option(.ahlen, .uint32, [.invertible, .onlyIPv6]),
        option(.ahres, .none, .onlyIPv6),
      ]),
  ]

  private static let headers: [ModuleDefinition] = [
    match(
      .ttl, for: .ipv4, needsOption: true,
      [
        option(.ttlEq, .uint8, .invertible, aliases: ["ttl"], excludes: [.ttlLt, .ttlGt]),
        option(.ttlLt, .uint8, excludes: [.ttlEq, .ttlGt]), option(.ttlGt, .uint8, excludes: [.ttlEq, .ttlLt]),
      ]),
    match(
      .hl, for: .ipv6, needsOption: true,
      [
        option(.hlEq, .uint8, .invertible, excludes: [.hlLt, .hlGt]),
        option(.hlLt, .uint8, excludes: [.hlEq, .hlGt]), option(.hlGt, .uint8, excludes: [.hlEq, .hlLt]),
      ]),
    match(.length, [option(.length, .uint16Range, [.invertible, .mandatory])]),
    match(.tos, [option(.tos, .tos, [.invertible, .mandatory])]),
    match(
      .dscp, needsOption: true,
      [
        option(.dscp, .uint8, .invertible, to: 63, excludes: [.dscpClass]),
        option(.dscpClass, .dscpClass, .invertible, excludes: [.dscp]),
      ]),
    match(
      .ecn, needsOption: true,
      [
        option(.ecnTcpEce, .none, .invertible), option(.ecnTcpCwr, .none, .invertible),
        option(.ecnIpEct, .uint8, .invertible, to: 3),
      ]),
    match(.u32, [option(.u32, .u32, [.invertible, .mandatory])]),
    match(
      .bpf, needsOption: true,
      [
        option(.bytecode, .bpf, excludes: [.objectPinned]), option(.objectPinned, .text, excludes: [.bytecode]),
      ]),
    match(
      .string,
      [
        option(.from, .uint16), option(.to, .uint16), option(.algo, .stringAlgorithm, .mandatory),
        option(.string, .text, .invertible, excludes: [.hexString]),
        option(.hexString, .hexString, .invertible, excludes: [.string]), option(.icase, .none),
      ]),
  ]

  private static let state: [ModuleDefinition] = [
    match(.state, [option(.state, .ctState, [.invertible, .mandatory])]),
    match(
      .conntrack, needsOption: true,
      [
        option(.ctstate, .ctState, .invertible), option(.ctproto, .protocolNumber, .invertible),
        option(.ctorigsrc, .hostMask, .invertible), option(.ctorigdst, .hostMask, .invertible),
        option(.ctreplsrc, .hostMask, .invertible), option(.ctrepldst, .hostMask, .invertible),
        option(.ctorigsrcport, .portRange, .invertible), option(.ctorigdstport, .portRange, .invertible),
        option(.ctreplsrcport, .portRange, .invertible), option(.ctrepldstport, .portRange, .invertible),
        option(.ctstatus, .ctStatus, .invertible), option(.ctexpire, .ctExpire, .invertible),
        option(.ctdir, .ctDirection),
      ]),
    match(.connmark, [option(.mark, .mark, [.invertible, .mandatory])]),
    match(
      .connbytes,
      [
        option(.connbytes, .uint64Range, [.invertible, .mandatory]),
        option(.connbytesMode, .connbytesMode, .mandatory), option(.connbytesDir, .connbytesDirection, .mandatory),
      ]),
    match(.connlabel, [option(.label, .connlabel, [.invertible, .mandatory]), option(.set, .none)]),
    match(.helper, [option(.helper, .text, [.invertible, .mandatory])]),
  ]

  private static let rates: [ModuleDefinition] = [
    match(.limit, [option(.limit, .limitRate), option(.limitBurst, .uint32, to: 10000)]),
    match(
      .connlimit, needsOption: true,
      [
        option(.connlimitUpto, .uint32, .invertible, excludes: [.connlimitAbove]),
        option(.connlimitAbove, .uint32, .invertible, excludes: [.connlimitUpto]),
        option(.connlimitMask, .clusterMask),
        option(.connlimitSaddr, .none, excludes: [.connlimitDaddr]),
        option(.connlimitDaddr, .none, excludes: [.connlimitSaddr]),
      ]),
    match(
      .hashlimit,
      [
        option(.hashlimitUpto, .hashRate, .invertible, aliases: ["hashlimit"], excludes: [.hashlimitAbove]),
        option(.hashlimitAbove, .hashRate, .invertible, excludes: [.hashlimitUpto]),
        option(.hashlimitBurst, .hashBurst),
        option(.hashlimitMode, .hashlimitMode),
        option(.hashlimitName, .text, .mandatory),
        option(.hashlimitHtableSize, .uint32), option(.hashlimitHtableMax, .uint32),
        option(.hashlimitHtableGcinterval, .uint32), option(.hashlimitHtableExpire, .uint32),
        option(.hashlimitSrcmask, .prefixLength), option(.hashlimitDstmask, .prefixLength),
        option(.hashlimitRateMatch, .none), option(.hashlimitRateInterval, .uint32, from: 1),
      ]),
    match(
      .recent, needsOption: true,
      [
        option(.set, .none, .invertible, excludes: [.rcheck, .update, .remove, .seconds, .hitcount, .rttl]),
        option(.rcheck, .none, .invertible, excludes: [.set, .update, .remove]),
        option(.update, .none, .invertible, excludes: [.set, .rcheck, .remove]),
        option(.remove, .none, .invertible, excludes: [.set, .rcheck, .update]),
        option(.seconds, .uint32, from: 1, excludes: [.set]), option(.reap, .none, requires: [.seconds]),
        option(.hitcount, .uint32, to: 255, excludes: [.set]), option(.rttl, .none, excludes: [.set, .remove]),
        option(.name, .text), option(.mask, .host), option(.rsource, .none), option(.rdest, .none),
      ]),
    match(
      .statistic,
      [
        option(.mode, .statisticMode, .mandatory), option(.probability, .double, .invertible, excludes: [.every]),
        option(.every, .uint32, .invertible, from: 1, excludes: [.probability], requires: [.packet]),
        option(.packet, .uint32, excludes: [.probability], requires: [.every]),
      ]),
    match(.quota, [option(.quota, .uint64, [.invertible, .mandatory])]),
    match(
      .time,
      [
        option(.datestart, .dateTime), option(.datestop, .dateTime), option(.timestart, .timeOfDay),
        option(.timestop, .timeOfDay), option(.monthdays, .monthDays, .invertible),
        option(.weekdays, .weekdays, .invertible, aliases: ["days"]), option(.kerneltz, .none, excludes: [.utc]),
        option(.localtz, .none, excludes: [.utc]), option(.utc, .none, excludes: [.localtz, .kerneltz]),
        option(.contiguous, .none),
      ]),
    match(.nfacct, [option(.nfacctName, .text, .mandatory)]),
    match(
      .rateest,
      [
        option(.rateest1, .text, aliases: ["rateest"]), option(.rateest2, .text),
        option(.rateestBps1, .quotaRate), option(.rateestPps1, .uint32), option(.rateestBps2, .quotaRate),
        option(.rateestPps2, .uint32), option(.rateestBps, .quotaRate), option(.rateestPps, .uint32),
        option(.rateestDelta, .none), option(.rateestEq, .none, .invertible), option(.rateestLt, .none, .invertible),
        option(.rateestGt, .none, .invertible),
      ]),
  ]

  private static let hosts: [ModuleDefinition] = [
    match(
      .addrtype, needsOption: true,
      [
        option(.srcType, .addressTypes, .invertible), option(.dstType, .addressTypes, .invertible),
        option(.limitIfaceIn, .none, excludes: [.limitIfaceOut]),
        option(.limitIfaceOut, .none, excludes: [.limitIfaceIn]),
      ]),
    match(
      .iprange, needsOption: true,
      [option(.srcRange, .addressRange, .invertible), option(.dstRange, .addressRange, .invertible)]),
    match(.mac, hooks: [.prerouting, .input, .forward], [option(.macSource, .mac, [.invertible, .mandatory])]),
    match(.mark, [option(.mark, .mark, [.invertible, .mandatory])]),
    match(.pkttype, [option(.pktType, .packetType, [.invertible, .mandatory])]),
    match(.comment, [option(.comment, .text, .mandatory)]),
    match(
      .set,
      [
        option(.matchSet, .setReference, [.invertible, .mandatory], aliases: ["set"]),
        option(.returnNomatch, .none, .repeatable), option(.updateCounters, .none, [.invertible, .repeatable]),
        option(.updateSubcounters, .none, [.invertible, .repeatable]),
        option(.packetsEq, .uint64, .invertible, excludes: [.packetsLt, .packetsGt]),
        option(.packetsLt, .uint64, excludes: [.packetsEq, .packetsGt]),
        option(.packetsGt, .uint64, excludes: [.packetsEq, .packetsLt]),
        option(.bytesEq, .uint64, .invertible, excludes: [.bytesLt, .bytesGt]),
        option(.bytesLt, .uint64, excludes: [.bytesEq, .bytesGt]),
        option(.bytesGt, .uint64, excludes: [.bytesEq, .bytesLt]),
      ]),
    match(
      .owner, needsOption: true, hooks: [.output, .postrouting],
      [
        option(.socketExists, .none, .invertible), option(.uidOwner, .owner, .invertible),
        option(.gidOwner, .ownerGroup, .invertible), option(.supplGroups, .none, requires: [.gidOwner]),
      ]),
    match(
      .rpfilter, tables: ["raw", "mangle"], hooks: .prerouting,
      [
        option(.loose, .none), option(.validmark, .none), option(.acceptLocal, .none), option(.invert, .none),
      ]),
    match(
      .physdev, needsOption: true,
      [
        option(.physdevIsIn, .none, .invertible), option(.physdevIn, .text, .invertible),
        option(.physdevIsOut, .none, .invertible), option(.physdevOut, .text, .invertible),
        option(.physdevIsBridged, .none, .invertible),
      ]),
    match(
      .policy,
      [
        option(.dir, .policyDirection), option(.pol, .policyKind), option(.strict, .none),
        option(.reqid, .uint32, [.invertible, .repeatable]), option(.spi, .uint32, [.invertible, .repeatable]),
        option(.tunnelSrc, .hostMask, [.invertible, .repeatable]),
        option(.tunnelDst, .hostMask, [.invertible, .repeatable]),
        option(.proto, .protocolNumber, [.invertible, .repeatable]),
        option(.mode, .policyMode, [.invertible, .repeatable]),
        option(.next, .none, .repeatable, requires: [.strict]),
      ]),
    match(
      .socket, hooks: [.prerouting, .input],
      [
        option(.transparent, .none), option(.nowildcard, .none), option(.restoreSkmark, .none),
      ]),
    match(.cpu, [option(.cpu, .uint32, [.invertible, .mandatory])]),
    match(
      .realm, for: .ipv4, hooks: [.input, .forward, .output, .postrouting],
      [option(.realm, .realm, [.invertible, .mandatory])]),
    match(
      .cgroup, needsOption: true,
      [
        option(.path, .text, .invertible, excludes: [.cgroup]),
        option(.cgroup, .uint32, .invertible, excludes: [.path]),
      ]),
    match(
      .devgroup, needsOption: true,
      [option(.srcGroup, .devgroup, .invertible), option(.dstGroup, .devgroup, .invertible)]),
    match(
      .cluster,
      [
        option(.clusterTotalNodes, .uint32, .mandatory, from: 1, to: 32),
        option(.clusterLocalNode, .uint32, .invertible, from: 1, to: 32, excludes: [.clusterLocalNodemask]),
        option(.clusterLocalNodemask, .uint32, .invertible, from: 1, excludes: [.clusterLocalNode]),
        option(.clusterHashSeed, .uint32, .mandatory),
      ]),
    match(
      .osf, for: .ipv4, protocols: [6], hooks: [.prerouting, .input, .forward],
      [option(.genre, .text, [.invertible, .mandatory]), option(.ttl, .uint8, to: 2), option(.log, .uint8, to: 2)]),
    match(
      .ipvs, needsOption: true,
      [
        option(.ipvs, .none, .invertible), option(.vproto, .protocolNumber, .invertible),
        option(.vaddr, .hostMask, .invertible), option(.vport, .port, .invertible), option(.vdir, .ctDirection),
        option(.vmethod, .ipvsMethod, .invertible), option(.vportctl, .port, .invertible),
      ]),
  ]

  private static let ipv6: [ModuleDefinition] = [
    match(
      .ipv6header, for: .ipv6,
      [option(.header, .headerNames, [.invertible, .mandatory]), option(.soft, .none)]),
    match(
      .rt, for: .ipv6,
      [
        option(.rtType, .uint32, .invertible), option(.rtSegsleft, .uint32Range, .invertible),
        option(.rtLen, .uint32, .invertible), option(.rt0Res, .none), option(.rt0Addrs, .rt0Addresses),
        option(.rt0NotStrict, .none, requires: [.rt0Addrs]),
      ]),
    match(
      .frag, for: .ipv6,
      [
        option(.fragid, .uint32Range, .invertible), option(.fraglen, .uint32, .invertible), option(.fragres, .none),
        option(.fragfirst, .none), option(.fragmore, .none, excludes: [.fraglast]),
        option(.fraglast, .none, excludes: [.fragmore]),
      ]),
    match(
      .dst, for: .ipv6,
      [option(.dstLen, .uint32, .invertible), option(.dstOpts, .headerOptions)]),
    match(
      .hbh, for: .ipv6,
      [option(.hbhLen, .uint32, .invertible), option(.hbhOpts, .headerOptions)]),
    match(.eui64, for: .ipv6, hooks: [.prerouting, .input, .forward], []),
    match(.mh, for: .ipv6, protocols: [135], [option(.mhType, .mhTypes, .invertible)]),
    match(
      .srh, for: .ipv6,
      [
        option(.srhNextHdr, .uint8, .invertible),
        option(.srhHdrLenEq, .uint8, .invertible), option(.srhHdrLenGt, .uint8, .invertible),
        option(.srhHdrLenLt, .uint8, .invertible), option(.srhSegsLeftEq, .uint8, .invertible),
        option(.srhSegsLeftGt, .uint8, .invertible), option(.srhSegsLeftLt, .uint8, .invertible),
        option(.srhLastEntryEq, .uint8, .invertible), option(.srhLastEntryGt, .uint8, .invertible),
        option(.srhLastEntryLt, .uint8, .invertible), option(.srhTag, .uint16, .invertible),
        option(.srhPsid, .hostMask, .invertible), option(.srhNsid, .hostMask, .invertible),
        option(.srhLsid, .hostMask, .invertible),
      ]),
  ]
}
