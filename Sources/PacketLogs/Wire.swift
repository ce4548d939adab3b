/// Protocol numbers and TCP flag bits that the loops over lines compare with, so that the compiler sees the numbers also
/// from other modules (`Packets.IPProtocol` and `TCPFlag` are stored constants).
package enum Wire {
  @inlinable package static var icmp: UInt8 { 1 }
  @inlinable package static var igmp: UInt8 { 2 }
  @inlinable package static var tcp: UInt8 { 6 }
  @inlinable package static var udp: UInt8 { 17 }
  @inlinable package static var gre: UInt8 { 47 }
  @inlinable package static var esp: UInt8 { 50 }
  @inlinable package static var ah: UInt8 { 51 }
  @inlinable package static var icmpv6: UInt8 { 58 }
  @inlinable package static var udplite: UInt8 { 136 }
  @inlinable package static var fin: UInt8 { 0x01 }
  @inlinable package static var syn: UInt8 { 0x02 }
  @inlinable package static var rst: UInt8 { 0x04 }
  @inlinable package static var psh: UInt8 { 0x08 }
  @inlinable package static var ack: UInt8 { 0x10 }
  @inlinable package static var urg: UInt8 { 0x20 }
  @inlinable package static var ece: UInt8 { 0x40 }
  @inlinable package static var cwr: UInt8 { 0x80 }
}
