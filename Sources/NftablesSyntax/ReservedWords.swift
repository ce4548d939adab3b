extension Word {
  /// True for the words that nft 1.0.6 reads as words of the language wherever they stand, so that they name no table,
  /// chain, set or object. Each was tried as the name of a chain. Later releases free some of them.
  package var isReserved: Bool {
    switch self {
    case .add, .create, .insert, .replace, .delete, .flush, .reset, .rename, .list, .get, .describe, .export,
      .import, .monitor, .define, .redefine, .undefine, .include, .table, .chain, .rule, .set, .map, .element,
      .flowtable, .counter, .quota, .limit, .ct, .synproxy, .secmark, .ruleset, .meter, .vmap, .type, .typeof,
      .flags, .elements, .size, .timeout, .policy, .comment, .hook, .device, .devices, .priority, .handle,
      .position, .index, .expires, .gcInterval, .autoMerge, .offload, .constant, .interval, .dynamic, .accept,
      .drop, .jump, .goto, .return, .continue, .queue, .reject, .log, .snat, .dnat, .masquerade, .redirect,
      .tproxy, .notrack, .dup, .fwd, .flow, .xt, .update, .random, .meta, .rt, .socket, .osf, .fib, .numgen,
      .jhash, .symhash, .ipsec, .exthdr, .ether, .vlan, .arp, .ip, .icmp, .igmp, .ip6, .icmpv6, .tcp, .udp,
      .udplite, .sctp, .dccp, .comp, .ah, .esp, .th, .hbh, .dst, .frag, .rt0, .rt2, .srh, .mh, .mark, .iif,
      .iifname, .iiftype, .oif, .oifname, .oiftype, .skuid, .skgid, .nftrace, .rtclassid, .ibriport, .obriport,
      .ibrname, .obrname, .pkttype, .cpu, .iifgroup, .oifgroup, .cgroup, .time, .day, .hour, .bridge, .exists,
      .missing, .and, .or, .xor, .not, .lshift, .rshift, .eq, .ne, .lt, .gt, .le, .ge, .ecn, .inet, .netdev:
      true
    default: false
    }
  }
}
