/// The matches and targets of iptables-extensions(8) that the reader knows.
package enum ModuleID: String, Sendable, CaseIterable {
  // Matches.
  case addrtype, ah, bpf, cgroup, cluster, comment, connbytes, connlabel, connlimit, connmark, conntrack, cpu, dccp
  case devgroup, dscp, dst, ecn, esp, eui64, frag, hashlimit, hbh, helper, hl, icmp, icmp6, ipcomp, iprange, ipv6header
  case ipvs, length, limit, mac, mark, mh, multiport, nfacct, osf, owner, physdev, pkttype, policy, quota, rateest
  case realm, recent, rpfilter, rt, sctp, set, socket, srh, state, statistic, string, tcp, tcpmss, time, tos, ttl, u32
  case udp
  // Targets.
  case standard
  case AUDIT, CHECKSUM, CLASSIFY, CLUSTERIP, CONNMARK, CONNSECMARK, CT, DNAT, DNPT, DSCP, ECN, HL, HMARK, IDLETIMER
  case LED, LOG, MARK, MASQUERADE, NETMAP, NFLOG, NFQUEUE, NOTRACK, RATEEST, REDIRECT, REJECT, SECMARK, SET, SNAT
  case SNPT, SYNPROXY, TCPMSS, TCPOPTSTRIP, TEE, TOS, TPROXY, TRACE, TTL, ULOG
}

/// The address families that an extension is for.
package struct FamilySet: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  package static let ipv4 = FamilySet(rawValue: 1)
  package static let ipv6 = FamilySet(rawValue: 2)
  package static let both: FamilySet = [.ipv4, .ipv6]
}

/// Built-in chains, as bits.
package struct HookSet: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  package static let prerouting = HookSet(rawValue: 1)
  package static let input = HookSet(rawValue: 2)
  package static let forward = HookSet(rawValue: 4)
  package static let output = HookSet(rawValue: 8)
  package static let postrouting = HookSet(rawValue: 16)
  package static let all = HookSet(rawValue: 31)
}

/// What kind of value an option takes.
package enum ValueKind: UInt8, Sendable {
  // Shared between extensions.
  case none, text, uint8, uint16, uint32, uint64, uint8Range, uint16Range, uint32Range, uint64Range, double
  case port, portRange, mark, tos, host, hostMask, hostMaskList, prefixLength, protocolNumber, logLevel, mac
  // An extension's own.
  case addressTypes, cgroupID, addressRange, chunkTypes, connbytesDirection, connbytesMode, connlabel, ctState, ctStatus
  case ctDirection, ctEvents, expEvents, ctZone, dccpTypes, dscpClass, dscpValue, devgroup, headerOptions, headerNames
  case hashlimitMode, hexString, icmpType, icmp6Type, ipvsMethod, mhTypes, natRange, natPorts, netmapRange, numberList
  case owner, ownerGroup, packetType, policyDirection, policyKind, policyMode, portList, prefix6, quotaRate, queueRange
  case realm, rejectType, rt0Addresses, setMark, setReference, statisticMode, classID, tcpFlags, tcpOptionList,
    timeOfDay
  case dateTime, weekdays, monthDays, u32, bpf, limitRate, hashRate, hashBurst, auditType, hashMode, stringAlgorithm
  case xorMark, milliseconds, clusterMask, portMask, prefixText, ctExpire
}

package struct OptionFlags: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  /// `!` may stand before it.
  package static let invertible = OptionFlags(rawValue: 1)
  package static let mandatory = OptionFlags(rawValue: 2)
  /// It may be given more than once.
  package static let repeatable = OptionFlags(rawValue: 4)
  /// Only ip6tables knows it.
  package static let onlyIPv6 = OptionFlags(rawValue: 8)
}

/// One option of a match or target; plain data, so that looking it up costs no reference counting.
package struct OptionSpec: Sendable {
  package var key: OptionKey
  package var module: ModuleID
  package var kind: ValueKind
  package var flags: OptionFlags
  /// Bit in the masks of the module; aliases share it.
  package var bit: UInt8
  package var minimum: UInt64
  package var maximum: UInt64
  /// Options of the same module that exclude this one.
  package var excludes: UInt64
  /// Options of the same module that must be given with this one.
  package var requires: UInt64
}

package struct ModuleSpec: Sendable {
  package var id: ModuleID
  package var isTarget: Bool
  package var families: FamilySet
  /// Entries of `Registry.names`.
  package var names: Range<Int>
  package var mandatory: UInt64
  /// At least one option must be given.
  package var needsOption: Bool
  /// Transport protocols of which one must be asked for by `-p`; empty: any.
  package var protocols: [UInt8]
  /// Only in these tables; empty: any.
  package var tables: [String]
  package var hooks: HookSet
}

/// What the definitions are written in; turned into flat tables once.
struct OptionDefinition {
  var key: OptionKey
  var kind: ValueKind
  var flags: OptionFlags = []
  var aliases: [String] = []
  var minimum: UInt64 = 0
  var maximum: UInt64 = .max
  var excludes: [OptionKey] = []
  var requires: [OptionKey] = []
}

struct ModuleDefinition {
  var id: ModuleID
  var families: FamilySet = .both
  var options: [OptionDefinition]
  var needsOption = false
  var protocols: [UInt8] = []
  var tables: [String] = []
  var hooks: HookSet = .all
  var isTarget = false
}

func option(
  _ key: OptionKey, _ kind: ValueKind, _ flags: OptionFlags = [], aliases: [String] = [], from minimum: UInt64 = 0,
  to maximum: UInt64 = .max, excludes: [OptionKey] = [], requires: [OptionKey] = []
) -> OptionDefinition {
  OptionDefinition(
    key: key, kind: kind, flags: flags, aliases: aliases, minimum: minimum, maximum: maximum, excludes: excludes,
    requires: requires)
}

func match(
  _ id: ModuleID, for families: FamilySet = .both, needsOption: Bool = false, protocols: [UInt8] = [],
  tables: [String] = [], hooks: HookSet = .all, _ options: [OptionDefinition]
) -> ModuleDefinition {
  ModuleDefinition(
    id: id, families: families, options: options, needsOption: needsOption, protocols: protocols, tables: tables,
    hooks: hooks)
}

func target(
  _ id: ModuleID, for families: FamilySet = .both, needsOption: Bool = false, protocols: [UInt8] = [],
  tables: [String] = [], hooks: HookSet = .all, _ options: [OptionDefinition]
) -> ModuleDefinition {
  ModuleDefinition(
    id: id, families: families, options: options, needsOption: needsOption, protocols: protocols, tables: tables,
    hooks: hooks, isTarget: true)
}
