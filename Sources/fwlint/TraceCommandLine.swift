import ArgumentParser
import Driver

extension TraceCommand.Format: ExpressibleByArgument {}

struct TraceCommandLine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Walk packets through a host's rules; say where and why they end.",
    usage: "fwlint trace [options] RULESET... PACKET\n       fwlint trace --format json --packets FILE RULESET...",
    discussion: """
      Several rule set files are one host's, loaded in the order given. A packet is words, quoted for the shell:

        'tcp 203.0.113.5:40000 > 192.0.2.10:113 in eth0 syn'
        'udp [2001:db8::1]:53 > [2001:db8::2]:40000 in eth0 reply'
        'icmp 192.0.2.1 > 198.51.100.7 3/4 in eth0 quoting tcp 198.51.100.7:40000 > 203.0.113.9:443'

      Words: PROTOCOL, SOURCE > DESTINATION, input | forward | output, in IF, out IF, TCP flags (syn, syn-ack, none \
      ...), TYPE/CODE, new | established | reply | seen | related, option lsrr, ext HEADER, ttl N, dscp N, mark N, \
      ctmark N, fragment [OFFSET], mf, df, length N, mss N, uid N, gid N, badcsum, quoting PACKET, and key=value for \
      any member of the JSON form: {"iif":"wan0","src":"192.0.2.1","dst":"198.51.100.7","proto":"tcp","dport":113}. \
      fwlint-trace(1) has the grammar.
      """)
  @Argument(help: "Rule sets (- is standard input), then the packet.") var words: [String]
  @Option(help: "File with one packet on each line; - is standard input.") var packets: String?
  @Option(help: "Interfaces, routes and sysctls of the host (JSON).") var topology: String?
  @Option(help: "Output of `ipset save` (repeatable).") var ipset: [String] = []
  @Option(help: "text, or json: one line for each packet.") var format = TraceCommand.Format.text
  @Flag(help: "The packet's way as the JSON report's witness.") var json = false
  @Flag(help: "Show every rule that does not match; by default 20 in a row, the rest counted.") var all = false
  @OptionGroup(title: "Input") var input: InputOptions

  func run() async throws {
    var options = CheckOptions()
    input.write(into: &options)
    var command = TraceCommand(words: words, options: options, world: .real())
    command.packetFile = packets
    command.topology = topology
    command.ipsets = ipset
    command.format = format
    command.asWitness = json
    command.showsAll = all
    throw Outcome(code: await command.run())
  }
}
