import Driver

/// What nft texts are mutated with.
enum NftablesFuzz {
  static var run: FuzzRun {
    FuzzRun(
      language: "nft", builtIn: builtIn, fragments: fragments,
      nesting: ["{", "(", "jump {", "table t {", "$"],
      takes: { $0.hasSuffix(".nft") || $0.hasSuffix(".t") || $0.hasSuffix(".json-nft") },
      read: NftablesProbe.read)
  }

  private static let fragments = [
    "{", "}", "(", ")", "[", "]", "\"", "\n", ";", ",", ":", ".", "/", "-", "*", "\\", "$", "@", "&", "|", "^", "<<",
    ">>",
    "!=", "==", "#", "\u{0}", "\r\n", "\u{feff}", "é", " ip saddr ", " tcp dport ", " vmap ", " map ", " set ",
    " jump ",
    " accept ", " @s ", " $x ", "define x = ", "redefine x = ", "include \"", "table inet t {\n", "chain c {\n",
    " type filter hook input priority 0;", " ct state ", " meta mark ", " limit rate ", " 10.0.0.0/8 ", " ::1 ",
    " 0-65535 ",
    " elements = { ", " flags interval;", " typeof ", " add @s { ", " numgen inc mod ", " dnat to ", " log prefix ",
    " reject with ", "add element ip t s { ", "delete rule ip t c handle ", " & 0xff ", " . ", " timeout 1h ",
    " ct mark set ", "{\"nftables\":[", "{\"match\":", "{\"set\":", "null", "[", "]", "\":", "1e999", "\\u0000",
    "\"@s\"",
    "delete element ip t s { ", "rename chain ip t c ", " size 1;", "flowtable f { hook ",
    " queue num ", " fib saddr . iif oif ", " tcp option ", " @th,16,16 ", " 1 << 200 ", " meter m { ",
  ]

  static let builtIn = [
    """
    define x = { 10.0.0.1, 10.0.0.0/8 }
    table inet t {
    \tset s { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 22-80 } }
    \tmap m { type ipv4_addr : verdict; elements = { 10.0.0.1 : jump d } }
    \tchain d { }
    \tchain c {
    \t\ttype filter hook input priority filter; policy drop;
    \t\tip saddr $x tcp dport { 22, 80-90 } accept
    \t\tip saddr . tcp dport @s drop
    \t\tip saddr vmap @m
    \t\tmeta mark set ct mark & 0xff | 0x10
    \t\ttcp flags & (syn | ack) == syn limit rate 10/second burst 5 packets log prefix "x" drop
    \t}
    }

    """,
    #"{"nftables":[{"table":{"family":"ip","name":"t","handle":1}},{"chain":{"family":"ip","table":"t","name":"c","type":"filter","hook":"input","prio":0,"policy":"drop"}},{"rule":{"family":"ip","table":"t","chain":"c","expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":{"set":[22,{"range":[80,90]}]}}},{"limit":{"rate":5,"per":"second"}},{"accept":null}]}}]}"#,
    #"{"nftables":[{"add":{"set":{"family":"inet","table":"t","name":"s","type":["ipv4_addr","inet_service"],"flags":["interval"],"elem":[{"concat":[{"prefix":{"addr":"10.0.0.0","len":8}},"ssh"]}]}}},{"add":{"map":{"family":"inet","table":"t","name":"m","type":"mark","map":"verdict","elem":[[1,{"jump":{"target":"c"}}]]}}},{"add":{"rule":{"family":"inet","table":"t","chain":"c","expr":[{"vmap":{"key":{"meta":{"key":"mark"}},"data":"@m"}},{"mangle":{"key":{"ct":{"key":"mark"}},"value":{"|":[{"&":[{"ct":{"key":"mark"}},255]},1]}}},{"dnat":{"addr":"10.0.0.1","port":80}}]}}}]}"#,
    "add table ip t\nadd chain ip t c { type nat hook prerouting priority -100; }\nadd rule ip t c tcp dport 80 dnat to 10.0.0.1:8080\n",
  ]
}
