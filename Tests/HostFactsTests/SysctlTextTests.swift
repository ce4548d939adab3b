import HostFacts
import SourceText
import Testing

@Suite struct SysctlTextTests {
  private func read(_ text: String) -> (sysctls: Sysctls, problems: [Problem]) {
    Sysctls.read(SourceFile(id: SourceID(0), path: "sysctl.txt", text: text))
  }

  @Test func `sysctl -a output is read`() {
    let (sysctls, problems) = read(
      """
      net.ipv4.conf.all.accept_source_route = 1
      net.ipv4.ip_local_port_range = 32768\t60999
      net.ipv4.conf.eth0/100.rp_filter = 2
      sysctl: permission denied on key 'net.core.bpf_jit_harden'

      """)
    #expect(problems.isEmpty)
    #expect(sysctls["net.ipv4.conf.all.accept_source_route"]?.value == "1")
    #expect(sysctls["net.ipv4.ip_local_port_range"]?.value == "32768\t60999")
    #expect(sysctls["net.ipv4.conf.eth0/100.rp_filter"]?.value == "2")
    #expect(sysctls.entries.count == 3)
  }

  /// sysctl.conf(5): `#` and `;` start comments, `-` lets a failure pass; sysctl(8): `/` may separate the parts.
  @Test func `sysctl conf text is read, the last line of a key holds`() {
    let (sysctls, problems) = read(
      "# a\n; b\n  net/ipv4/conf/eth0.100/rp_filter=1\r\n-net.ipv4.tcp_syncookies =0\nnet.ipv4.tcp_syncookies=1\n")
    #expect(problems.isEmpty)
    #expect(sysctls["net.ipv4.conf.eth0/100.rp_filter"]?.value == "1")
    #expect(sysctls["net.ipv4.tcp_syncookies"]?.value == "1")
    #expect(sysctls["net.ipv4.tcp_syncookies"]?.origin.lower == 74)
  }

  @Test(arguments: ["hello", "= 1", "net.ipv4.conf.*.rp_filter = 2", "nodots = 1", "net.ipv4.a b = 1", "net.é.x = 1"])
  func `what sets nothing is a problem`(_ line: String) {
    let (sysctls, problems) = read("net.a.b = 1\n\(line)\n")
    #expect(sysctls.entries.count == 1)
    #expect(problems.count == 1)
    #expect(problems.first.map { $0.range.lower >= 12 } == true)
  }

  @Test func `an empty file and bytes that are no text do no harm`() {
    #expect(read("").sysctls.entries.isEmpty)
    let file = SourceFile(id: SourceID(0), path: "x", bytes: [0, 255, 61, 10, 61, 61, 46, 61, 0])
    #expect(Sysctls.read(file).problems.count == 2)
  }
}
