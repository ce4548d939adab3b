package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp4UnreachTimeExceededBlocked = Check(
  CheckMetadata(
    code: "ICMP008", name: "icmp4-unreach-timeexceeded-blocked", level: .warning, group: .icmp,
    summary: "ICMP unreachable or time exceeded about a carried connection is refused",
    page: CheckPage(
      finds: "A connection that the rules carry, whose ICMP destination-unreachable or time-exceeded error is refused.",
      matters: """
        A program that talks to a host or port that is not there waits for its timeout (a minute or two) instead of
        failing at once; traceroute shows stars.
        """,
      decides: """
        As ICMP001, with types 3/0, 3/1, 3/3, 3/13 and 11/0 in state `related`. Silent where the same rule or policy
        loses "fragmentation needed" as well, which ICMP001 reports.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain forward {
                type filter hook forward priority filter; policy drop;
                icmp type destination-unreachable icmp code frag-needed accept
                ct state established accept
                iifname "lan0" oifname "wan0" accept
              }
            }
            """,
          good: """
            table ip filter {
              chain forward {
                type filter hook forward priority filter; policy drop;
                ct state related icmp type { destination-unreachable, time-exceeded } accept
                ct state established accept
                iifname "lan0" oifname "wan0" accept
              }
            }
            """),
        .init(
          .iptablesSave,
          bad: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A FORWARD -p icmp -m icmp --icmp-type 3/4 -j ACCEPT
            -A FORWARD -m state --state ESTABLISHED -j ACCEPT
            -A FORWARD -i lan0 -o wan0 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT
            -A FORWARD -i lan0 -o wan0 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `widen`: accepts ICMP packets in state `related` only, so an unreachable that quotes no connection of yours stays
        out.
        """,
      ignoreWhen: "Slow failures are wanted.",
      notReported: "`ct state established,related accept`; explicit accepts of types 3 and 11.",
      checkByHand: "`traceroute -n HOST`; connect to a closed port of a remote host and watch for the immediate error.",
      sources: "RFC 1122; RFC 5927; Firewall Forensics FAQ 2.3 and 8.1"))
) { context in
  let first = [ErrorMessage(type: 3, code: 4, name: "fragmentation needed")]
  let reported = Set(ErrorDelivery.lost(context, .v4, first).map { $0.judgement.trace.decider })
  let messages = [
    ErrorMessage(type: 3, code: 0, name: "net unreachable"), ErrorMessage(type: 3, code: 1, name: "host unreachable"),
    ErrorMessage(type: 3, code: 3, name: "port unreachable"),
    ErrorMessage(type: 3, code: 13, name: "administratively prohibited"),
    ErrorMessage(type: 11, code: 0, name: "time exceeded"),
  ]
  return ErrorDelivery.lost(context, .v4, messages).filter { !reported.contains($0.judgement.trace.decider) }
    .compactMap { lost in
      ErrorDelivery.finding(
        context, lost, code: "ICMP008", level: .warning,
        message: "ICMP `\(lost.message.name)` errors for \(flowWord(lost)) flows are dropped",
        effect: "programs wait for a timeout where they could fail at once; traceroute shows stars")
    }
}
