/// Every word that means something somewhere in the language, so that the parser compares numbers and not texts.
/// Words that only name a value (`established`, `echo-request`) are in the tables of symbols instead.
package enum Word: String, CaseIterable, Sendable {
  case none = ""
  // Commands
  case add, create, insert, replace, delete, destroy, flush, reset, rename, list, get, describe, export, `import`
  case monitor, define, redefine, undefine, include
  // What commands act on
  case table, chain, rule, set, map, element, flowtable, counter, quota, limit, ct, synproxy, secmark, ruleset
  case tables, chains, rules, sets, maps, meters, counters, quotas, limits, flowtables, hooks, meter, helper
  case expectation, vmap, synproxys, secmarks
  // Block entries
  case type, typeof, flags, elements, size, timeout, policy, comment, hook, device, devices, priority, handle
  case position, index, expires, gcInterval = "gc-interval", autoMerge = "auto-merge", protocolWord = "protocol"
  case l3proto, offload, used, until, over, constant, interval, dynamic, dormant, owner, persist
  // Verdicts
  case accept, drop, jump, goto, `return`, `continue`, queue, reject
  // Statements
  case log, snat, dnat, masquerade, redirect, tproxy, notrack, dup, fwd, flow, last, xt, update, rate, burst
  case prefix, level, group, snaplen, queueThreshold = "queue-threshold", audit, to, with, addr, port
  case random, persistent, fullyRandom = "fully-random", bypass, fanout, num, packets, bytes, never, objref
  case mss, wscale, timestamp, sackPerm = "sack-perm", `for`, icmpx, synproxyMSS = "synproxy-mss"
  // Expression introducers and protocols
  case meta, rt, socket, osf, fib, numgen, jhash, symhash, ipsec, exthdr, xfrm
  case ether, vlan, arp, ip, icmp, igmp, ip6, icmpv6, tcp, udp, udplite, sctp, dccp, comp, ah, esp, th, gre
  case vxlan, geneve, gretap
  case hbh, dst, frag, rt0, rt2, srh, rt4 = "rt4", mh, mob, option, chunk, inner
  // Meta keys
  case length, nfproto, l4proto, mark, iif, iifname, iiftype, oif, oifname, oiftype, skuid, skgid, nftrace
  case rtclassid, ibriport, obriport, ibrname, obrname, ibridgename, obridgename, pkttype, cpu, iifgroup, oifgroup
  case cgroup, iifkind, oifkind, ibrpvid, ibrvproto, ibrhwaddr, sdif, sdifname, time, day, hour, secpath, bridge
  // Ct keys
  case original, reply, state, direction, status, expiration, label, zone, avgpkt, id, event, count
  case protoSrc = "proto-src", protoDst = "proto-dst", l4protocol
  // Other keys
  case classid, nexthop, mtu, transparent, wildcard, cgroupv2, name, version, ttl, loose, skip, saddr, daddr
  case mod, offset, seed, inc, present, exists, missing, check, and, or, xor, not, lshift, rshift
  case eq, ne, lt, gt, le, ge, spnum, reqid, spi, `in`, out
  // Header fields
  case hdrlength, dscp, ecn, fragOff = "frag-off", checksum, sport, dport, sequence, ackseq, doff, window, urgptr
  case csumcov, vtag, nexthdr, flowlabel, hoplimit, code, gateway, maxDelay = "max-delay", mrt, htype, ptype, hlen
  case plen, operation, pcp, dei, cfi, cpi, reserved, reserved2, moreFragments = "more-fragments", segLeft = "seg-left"
  case inet, netdev, target, seconds, tag, lastEntry = "last-entry", sid, ipv4, ipv6, left, right, value, ptr, tsval,
    tsecr
  case subtype, kind, hop, `true`, `false`, disabled, hdrversion
  case stateful, `static`, ll, nh, ih, transport, segmentsLeft = "segments-left"
  case broute
  case parameterProblem = "param-problem", packetTooBig = "packet-too-big", taddr, vni, key

  /// No word is longer, in bytes.
  static let maximumLength = 20

  /// The spelling.
  package var text: String { rawValue }
}

/// A closed hash table from spelling to word; built once.
package struct WordTable: Sendable {
  private var slots: [Word]
  private var texts: [[UInt8]]
  private var keys: [UInt64]

  package static let shared = WordTable()
  private static let size = 2048

  private init() {
    slots = Array(repeating: .none, count: Self.size)
    texts = Array(repeating: [], count: Self.size)
    keys = Array(repeating: 0, count: Self.size)
    for word in Word.allCases where word != .none {
      let bytes = Array(word.rawValue.utf8)
      var hash: UInt64 = Self.seed
      for byte in bytes { hash = Self.mixed(hash, byte) }
      var slot = Int(truncatingIfNeeded: Self.finished(hash))
      while slots[slot] != .none { slot = (slot + 1) & (Self.size - 1) }
      slots[slot] = word
      texts[slot] = bytes
      keys[slot] = hash
    }
  }

  @inline(__always) static var seed: UInt64 { 0xcbf2_9ce4_8422_2325 }
  @inline(__always) static func mixed(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x100_0000_01b3
  }
  @inline(__always) static func finished(_ hash: UInt64) -> UInt64 { (hash ^ hash >> 32) & UInt64(size - 1) }

  /// The word spelt by a range of bytes whose hash is known already.
  @inline(__always) func word(hash: UInt64, in bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Word {
    var slot = Int(truncatingIfNeeded: Self.finished(hash))
    while slots[slot] != .none {
      if keys[slot] == hash, texts[slot].count == range.count {
        var index = range.lowerBound
        for byte in texts[slot] {
          if byte != bytes[index] { return .none }
          index += 1
        }
        return slots[slot]
      }
      slot = (slot + 1) & (Self.size - 1)
    }
    return .none
  }

  /// The word of a spelling, `.none` when it has no meaning of its own.
  package func word(_ text: [UInt8]) -> Word {
    var hash = Self.seed
    for byte in text { hash = Self.mixed(hash, byte) }
    return word(hash: hash, in: text.span, 0..<text.count)
  }
}
