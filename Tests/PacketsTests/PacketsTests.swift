import Packets
import Testing

@Suite struct PacketsTests {
  /// Expected values: RFC 4291 section 2.2 and RFC 5952 section 4 forms, worked out by hand.
  @Test(arguments: [
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("192.0.2.255", "192.0.2.255"), ("fe80::", "fe80::"),
    ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
  ]) func `an address is read and written canonically`(_ text: String, _ canonical: String) {
    #expect(Address(text)?.description == canonical)
  }

  @Test(arguments: [
    "", ".", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.x", ":", ":::", "1:2:3:4:5:6:7", "1::2::3",
    "12345::", "1:2:3:4:5:6:7:8:9", "::1%eth0", "fe80::/10", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7:8",
  ]) func `what is no address is refused`(_ text: String) {
    #expect(Address(text) == nil)
  }

  @Test func `an interface wildcard is one interval`() {
    let (lower, upper) = InterfaceName.prefixBounds("eth")
    #expect(lower <= InterfaceName.value("eth0") && InterfaceName.value("eth0") <= upper)
    #expect(InterfaceName.value("et") < lower)
    #expect(InterfaceName.value("eti") > upper)
    #expect(InterfaceName.name(InterfaceName.value("wan0")) == "wan0")
    #expect(InterfaceName.value("") == 0)
  }
}
