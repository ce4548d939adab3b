import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import Packets
import Repairs
import SourceText
import TestSupport
import Testing

/// Fixes judged by packets between network namespaces: what the other side really gets.
@Suite(.serialized, .disabled(if: Privileges.absent, Comment(rawValue: Privileges.reason)))
struct `Fixes that real packets prove` {
  /// Two hosts on a cable; the client asks for port 113.
  static let ident = """
    set -e
    mkdir -p /run/netns; mount -t tmpfs none /run/netns
    ip netns add server; ip netns add client
    ip link add v0 netns server type veth peer name v1 netns client
    ip -n server addr add 192.0.2.1/24 dev v0; ip -n server link set v0 up; ip -n server link set lo up
    ip -n client addr add 192.0.2.2/24 dev v1; ip -n client link set v1 up; ip -n client link set lo up
    cat > /run/netns/rules
    if grep -q '^[*]' /run/netns/rules; then load=iptables-restore; else load='nft -f -'; fi
    ip netns exec server $load < /run/netns/rules
    set +e
    timeout -s KILL 2 ip netns exec client bash -c 'echo > /dev/tcp/192.0.2.1/113' 2>/dev/null
    if [ $? = 137 ]; then echo "answer: none"; else echo "answer: refused"; fi
    """

  /// client - gateway (the rule set) - router - server; the last link has a smaller MTU. The client sends 300,000 bytes.
  static let transfer = """
    set -e
    mkdir -p /run/netns; mount -t tmpfs none /run/netns
    for n in client gateway router server; do ip netns add $n; ip -n $n link set lo up; done
    link() {
      ip link add $2 netns $1 type veth peer name $5 netns $4
      ip -n $1 addr add $3 dev $2; ip -n $4 addr add $6 dev $5; ip -n $1 link set $2 up; ip -n $4 link set $5 up
    }
    link client c0 10.1.0.2/24 gateway lan0 10.1.0.1/24
    link gateway wan0 10.2.0.1/24 router r0 10.2.0.2/24
    link router r1 10.3.0.1/24 server s0 10.3.0.2/24
    ip -n router link set r1 mtu 1400
    ip -n client route add default via 10.1.0.1
    ip -n gateway route add default via 10.2.0.2
    ip -n router route add 10.1.0.0/24 via 10.2.0.1
    ip -n server route add default via 10.3.0.1
    for n in gateway router; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done
    for n in client server; do ip netns exec $n sysctl -qw net.ipv4.tcp_mtu_probing=0; done
    cat > /run/netns/rules
    if grep -q '^[*]' /run/netns/rules; then load=iptables-restore; else load='nft -f -'; fi
    ip netns exec gateway $load < /run/netns/rules
    ip netns exec server python3 -c '
    import socket
    s=socket.socket(); s.bind(("10.3.0.2",80)); s.listen(1); s.settimeout(5)
    n=0
    try:
        c,_=s.accept(); c.settimeout(2)
        while n<300000:
            d=c.recv(65536)
            if not d: break
            n+=len(d)
    except Exception: pass
    print(n)' > /run/netns/got &
    sleep 0.5
    ip netns exec client python3 -c '
    import socket
    s=socket.socket(); s.settimeout(2)
    try:
        s.connect(("10.3.0.2",80)); s.sendall(b"x"*300000); s.shutdown(1); s.recv(1)
    except Exception: pass'
    wait
    echo "arrived: $(cat /run/netns/got)"
    """

  func played(_ script: String, _ rules: String) -> String {
    let result = run("/usr/bin/unshare", ["-n", "-m", "/bin/bash", "-c", script], input: rules)
    return result.map { $0.output.split(separator: "\n").last.map(String.init) ?? "" } ?? "not started"
  }

  /// The remedy for port 113, put before the end of the chain.
  func fixed(_ text: String, _ dialect: Dialect, completed: Bool) throws -> String {
    let lowered = lowered(text, dialect)
    let name = dialect.isIptables ? "INPUT" : "input"
    let index = try #require(lowered.ruleset.chains.firstIndex { $0.name == name })
    var remedy = Remedy(
      "answer TCP 113 with a reset", expected: .response, changes: [.insert(identReject, .atEnd(ChainID(index)))])
    if completed { remedy = ReplyWay.completed(remedy, in: Analysis(lowered.ruleset)) }
    let file = SourceFile(id: SourceID(0), path: "test", text: text)
    let written = RemedyWriter(ruleset: lowered.ruleset, file: file, dialect: dialect).write(remedy)
    #expect(written.refusal == nil)
    return String(decoding: try #require(file.applying(written.edits)), as: UTF8.self)
  }

  static let strict = """
    table inet filter {
      chain input {
        type filter hook input priority 0; policy drop;
        ct state established accept
        tcp dport 25 accept
      }
      chain output {
        type filter hook output priority 0; policy drop;
        ct state established accept
        tcp dport 25 accept
      }
    }

    """

  static let postrouting = """
    table inet filter {
      chain input {
        type filter hook input priority 0; policy drop;
        ct state established accept
      }
      chain output {
        type filter hook output priority 0; policy drop;
        ct state established accept
      }
      chain leaving {
        type filter hook postrouting priority 0; policy drop;
        ct state new,established accept
      }
    }

    """

  static let save = """
    *filter
    :INPUT DROP [0:0]
    :FORWARD DROP [0:0]
    :OUTPUT DROP [0:0]
    -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
    -A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
    -A OUTPUT -p tcp -m tcp --dport 25 -j ACCEPT
    COMMIT

    """

  @Test(arguments: [(strict, Dialect.nft), (postrouting, .nft), (save, .iptablesSave)])
  func `the reset for ident gets out only with its way`(text: String, dialect: Dialect) throws {
    #expect(played(Self.ident, text) == "answer: none")
    #expect(played(Self.ident, try fixed(text, dialect, completed: false)) == "answer: none")
    let whole = try fixed(text, dialect, completed: true)
    #expect(played(Self.ident, whole) == "answer: refused", "\(whole)")
  }

  @Test func `what is written for the strict host`() throws {
    let text = try fixed(Self.strict, .nft, completed: true)
    let expected = Self.strict.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
      index, line in
      index == 4
        ? line + "\n    tcp dport 113 reject with tcp reset"
        : index == 8 ? "    ct state established,related accept" : String(line)
    }.joined(separator: "\n")
    #expect(text == expected)
    #expect(
      try fixed(Self.save, .iptablesSave, completed: true)
        == Self.save
        .replacing(
          "-A OUTPUT -m conntrack --ctstate ESTABLISHED",
          with:
            "-A INPUT -p tcp -m tcp --dport 113 -j REJECT --reject-with tcp-reset\n-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED"
        ))
  }

  @Test func `large transfers pass after the fix`() throws {
    let text = """
      table inet filter {
        chain forward {
          type filter hook forward priority filter; policy drop;
          ct state established accept
          iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
        }
      }

      """
    #expect(played(Self.transfer, text) == "arrived: 0")
    let input = repairInput(text)
    let finding = try #require(input.findings.first { $0.code == "ICMP001" })
    let proposals = try #require(Repairs.proposals(for: [finding], in: input, limit: 1).first)
    #expect(!proposals.isEmpty)
    for proposal in proposals {
      #expect(proposal.status == .proved)
      #expect(proposal.fixClass == .widen)
      #expect(played(Self.transfer, try #require(applied(proposal, to: input))) == "arrived: 300000")
    }
  }
}
