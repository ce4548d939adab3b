/// The targets of iptables-extensions(8).
enum TargetDefinitions {
  static let all: [ModuleDefinition] = verdicts + translations + marks + others

  private static let verdicts: [ModuleDefinition] = [
    target(.standard, []),
    target(.REJECT, tables: ["filter"], hooks: [.input, .forward, .output], [option(.rejectWith, .rejectType)]),
    target(
      .NFQUEUE,
      [
        option(.queueNum, .uint16, excludes: [.queueBalance]),
        option(.queueBalance, .queueRange, excludes: [.queueNum]), option(.queueBypass, .none),
        option(.queueCpuFanout, .none, requires: [.queueBalance]),
      ]),
    target(
      .SYNPROXY, protocols: [6], hooks: [.input, .forward],
      [
        option(.sackPerm, .none), option(.timestamp, .none), option(.wscale, .uint32), option(.mss, .uint32),
        option(.ecn, .none),
      ]),
    target(
      .TPROXY, protocols: [6, 17], tables: ["mangle"], hooks: .prerouting,
      [option(.onPort, .port, .mandatory), option(.onIp, .host), option(.tproxyMark, .mark)]),
  ]

  private static let translations: [ModuleDefinition] = [
    target(
      .SNAT, tables: ["nat"], hooks: [.postrouting, .input],
      [
        option(.toSource, .natRange, .mandatory), option(.random, .none), option(.randomFully, .none),
        option(.persistent, .none),
      ]),
    target(
      .DNAT, tables: ["nat"], hooks: [.prerouting, .output],
      [option(.toDestination, .natRange, .mandatory), option(.random, .none), option(.persistent, .none)]),
    target(
      .MASQUERADE, tables: ["nat"], hooks: .postrouting,
      [option(.toPorts, .natPorts), option(.random, .none), option(.randomFully, .none)]),
    target(
      .REDIRECT, tables: ["nat"], hooks: [.prerouting, .output],
      [option(.toPorts, .natPorts), option(.random, .none)]),
    target(
      .NETMAP, tables: ["nat"], hooks: [.prerouting, .input, .output, .postrouting],
      [option(.to, .netmapRange, .mandatory)]),
    target(
      .DNPT, for: .ipv6, tables: ["mangle"],
      [option(.srcPfx, .prefix6, .mandatory), option(.dstPfx, .prefix6, .mandatory)]),
    target(
      .SNPT, for: .ipv6, tables: ["mangle"],
      [option(.srcPfx, .prefix6, .mandatory), option(.dstPfx, .prefix6, .mandatory)]),
    target(
      .CLUSTERIP, for: .ipv4, tables: ["filter"], hooks: .input,
      [
        option(.new, .none), option(.hashmode, .hashMode, requires: [.new]),
        option(.clustermac, .mac, requires: [.new]), option(.totalNodes, .uint16, requires: [.new]),
        option(.localNode, .uint16, from: 1, requires: [.new]), option(.hashInit, .uint32, requires: [.new]),
      ]),
  ]

  private static let marks: [ModuleDefinition] = [
    target(
      .MARK, needsOption: true,
      [
        option(.setXmark, .xorMark, excludes: [.setMark, .andMark, .orMark, .xorMark]),
        option(.setMark, .setMark, excludes: [.setXmark, .andMark, .orMark, .xorMark]),
        option(.andMark, .uint32, excludes: [.setXmark, .setMark, .orMark, .xorMark]),
        option(.orMark, .uint32, excludes: [.setXmark, .setMark, .andMark, .xorMark]),
        option(.xorMark, .uint32, excludes: [.setXmark, .setMark, .andMark, .orMark]),
      ]),
    target(
      .CONNMARK, needsOption: true,
      [
        option(.setXmark, .xorMark, excludes: [.setMark, .andMark, .orMark, .xorMark, .saveMark, .restoreMark]),
        option(.setMark, .setMark, excludes: [.setXmark, .andMark, .orMark, .xorMark, .saveMark, .restoreMark]),
        option(.andMark, .uint32, excludes: [.setXmark, .setMark, .orMark, .xorMark, .saveMark, .restoreMark]),
        option(.orMark, .uint32, excludes: [.setXmark, .setMark, .andMark, .xorMark, .saveMark, .restoreMark]),
        option(.xorMark, .uint32, excludes: [.setXmark, .setMark, .andMark, .orMark, .saveMark, .restoreMark]),
        option(.saveMark, .none, excludes: [.setXmark, .setMark, .andMark, .orMark, .xorMark, .restoreMark]),
        option(.restoreMark, .none, excludes: [.setXmark, .setMark, .andMark, .orMark, .xorMark, .saveMark]),
        option(.nfmask, .uint32), option(.ctmask, .uint32),
        option(.mask, .uint32, excludes: [.nfmask, .ctmask]),
        option(.leftShiftMark, .uint8, to: 32), option(.rightShiftMark, .uint8, to: 32),
      ]),
    target(
      .CONNSECMARK, needsOption: true, tables: ["mangle", "security"],
      [option(.save, .none, excludes: [.restore]), option(.restore, .none, excludes: [.save])]),
    target(.SECMARK, tables: ["mangle", "security"], [option(.selctx, .text, .mandatory)]),
    target(
      .HMARK,
      [
        option(.hmarkTuple, .text), option(.hmarkSrcPrefix, .prefixText), option(.hmarkDstPrefix, .prefixText),
        option(.hmarkSportMask, .portMask), option(.hmarkDportMask, .portMask),
        option(
          .hmarkSpiMask, .uint32, excludes: [.hmarkSportMask, .hmarkDportMask]),
        option(.hmarkSport, .portMask, excludes: [.hmarkSpi]), option(.hmarkDport, .portMask, excludes: [.hmarkSpi]),
        option(.hmarkSpi, .uint32, excludes: [.hmarkSport, .hmarkDport]), option(.hmarkProtoMask, .uint16),
        option(.hmarkRnd, .uint32, .mandatory), option(.hmarkMod, .uint32, .mandatory, from: 1),
        option(.hmarkOffset, .uint32),
      ]),
    target(.CLASSIFY, hooks: [.forward, .output, .postrouting], [option(.setClass, .classID, .mandatory)]),
    target(
      .TOS, needsOption: true, tables: ["mangle"],
      [
        option(.setTos, .tos, excludes: [.andTos, .orTos, .xorTos]),
        option(.andTos, .uint8, excludes: [.setTos, .orTos, .xorTos]),
        option(.orTos, .uint8, excludes: [.setTos, .andTos, .xorTos]),
        option(.xorTos, .uint8, excludes: [.setTos, .andTos, .orTos]),
      ]),
    target(
      .DSCP, needsOption: true, tables: ["mangle"],
      [
        option(.setDscp, .uint8, to: 63, excludes: [.setDscpClass]),
        option(.setDscpClass, .dscpClass, excludes: [.setDscp]),
      ]),
    target(
      .ECN, for: .ipv4, needsOption: true, protocols: [], tables: ["mangle"],
      [
        option(.ecnTcpRemove, .none, excludes: [.ecnTcpCwr, .ecnTcpEce]), option(.ecnTcpEce, .uint8, to: 1),
        option(.ecnTcpCwr, .uint8, to: 1),
        option(.ecnIpEct, .uint8, to: 3),
      ]),
    target(
      .TTL, for: .ipv4, needsOption: true, tables: ["mangle"],
      [
        option(.ttlSet, .uint8, excludes: [.ttlDec, .ttlInc]),
        option(.ttlDec, .uint8, from: 1, excludes: [.ttlSet, .ttlInc]),
        option(.ttlInc, .uint8, from: 1, excludes: [.ttlSet, .ttlDec]),
      ]),
    target(
      .HL, for: .ipv6, needsOption: true, tables: ["mangle"],
      [
        option(.hlSet, .uint8, excludes: [.hlDec, .hlInc]),
        option(.hlDec, .uint8, from: 1, excludes: [.hlSet, .hlInc]),
        option(.hlInc, .uint8, from: 1, excludes: [.hlSet, .hlDec]),
      ]),
    target(.CHECKSUM, needsOption: true, tables: ["mangle"], [option(.checksumFill, .none)]),
    target(
      .TCPMSS, needsOption: true, protocols: [6],
      [
        option(.setMss, .uint16), option(.clampMssToPmtu, .none),
      ]),
    target(.TCPOPTSTRIP, protocols: [6], tables: ["mangle"], [option(.stripOptions, .tcpOptionList)]),
  ]

  private static let others: [ModuleDefinition] = [
    target(
      .LOG,
      [
        option(.logPrefix, .text), option(.logLevel, .logLevel), option(.logTcpSequence, .none),
        option(.logTcpOptions, .none), option(.logIpOptions, .none), option(.logUid, .none),
        option(.logMacdecode, .none),
      ]),
    target(
      .NFLOG,
      [
        option(.nflogPrefix, .text), option(.nflogGroup, .uint16), option(.nflogRange, .uint32, excludes: [.nflogSize]),
        option(.nflogSize, .uint32, excludes: [.nflogRange]), option(.nflogThreshold, .uint16),
      ]),
    target(
      .ULOG, for: .ipv4,
      [
        option(.ulogPrefix, .text), option(.ulogNlgroup, .uint8, from: 1, to: 32), option(.ulogCprange, .uint64),
        option(.ulogQthreshold, .uint64, from: 1, to: 50),
      ]),
    target(
      .CT, tables: ["raw"], hooks: [.prerouting, .output],
      [
        option(.notrack, .none), option(.helper, .text), option(.timeout, .text), option(.ctevents, .ctEvents),
        option(.expevents, .expEvents), option(.zoneOrig, .ctZone), option(.zoneReply, .ctZone),
        option(.zone, .ctZone),
      ]),
    target(.NOTRACK, tables: ["raw"], []),
    target(.TRACE, []),
    target(
      .SET, needsOption: true,
      [
        option(.addSet, .setReference), option(.delSet, .setReference),
        option(.mapSet, .setReference, excludes: [.addSet, .delSet]), option(.timeout, .uint32, requires: [.addSet]),
        option(.exist, .none, requires: [.addSet]), option(.mapMark, .none, requires: [.mapSet]),
        option(.mapPrio, .none, requires: [.mapSet]), option(.mapQueue, .none, requires: [.mapSet]),
      ]),
    target(.AUDIT, [option(.type, .auditType, .mandatory)]),
    target(
      .IDLETIMER,
      [
        option(.timeout, .uint32, .mandatory, from: 1), option(.label, .text, .mandatory), option(.alarm, .none),
        option(.sendNlMsg, .none),
      ]),
    target(
      .LED,
      [
        option(.ledTriggerId, .text, .mandatory), option(.ledDelay, .milliseconds), option(.ledAlwaysBlink, .none),
      ]),
    target(
      .RATEEST,
      [
        option(.rateestName, .text, .mandatory), option(.rateestInterval, .text, .mandatory),
        option(.rateestEwmalog, .text, .mandatory),
      ]),
    target(.TEE, [option(.gateway, .host, .mandatory), option(.oif, .text)]),
  ]
}
