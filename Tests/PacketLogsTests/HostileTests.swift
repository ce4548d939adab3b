import PacketLogs
import Testing

/// A small generator of its own, so that a failure can be repeated.
private struct Noise {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

@Suite struct HostileTests {
  @Test func `a time zone of many digits is no zone`() {
    for zone in ["+02:9999999999999999999900", "-99999999999", "+02:99", "+9999:59"] {
      let line = "2015-03-08T02:25:11.444012\(zone) gw kernel: x IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=2 \n"
      #expect(read(line).reader.counts.lines == 1)
    }
  }

  @Test(arguments: [
    "IN=eth0 OUT= SRC=999.1.1.1 DST=1.2.3.4 LEN=1 ", "IN=eth0 OUT= SRC=1.2.3.4 DST=1.2.3 LEN=60 PROTO=TCP SPT=1 DPT=2 ",
    "IN=eth0 OUT= MAC= SRC=1.2.3.4 DST=1.2.3.4 LEN=99999999999999999999 PROTO=2 ",
    "IN=eth0 OUT= SRC=1.2.3.4 DST=1.2.3.4 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=TCP SPT=70000 DPT=2 WINDOW=1 RES=0x00 SYN URGP=0 ",
    "IN=eth0 OUT= SRC=1.2.3.4 DST=1.2.3.4 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=TCP SPT=1 DPT=2 WINDOW=1 RES=0x00 SYN SYN SYN SYN SYN SYN SYN SYN SYN SYN SYN URGP=0 ",
    "IN=eth0 OUT= SRC=1.2.3.4 DST=1.2.3.4 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=ICMP TYPE=3 CODE=4 [SRC=1.2.3.4 ",
    "IN=eth0 OUT= SRC=1.2.3.4 DST=1.2.3.4 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=ICMP TYPE=3 CODE=4 [[[[[[[[",
    "IN=eth0 OUT= SRC=1.2.3.4 DST=1.2.3.4 LEN=60 TOS=0xZZ PREC=0x00 TTL=64 ID=1 PROTO=2 ",
    "IN=eth0 OUT= MAC=zz SRC=1.2.3.4 DST=1.2.3.4 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=2 ",
    "IN=eth0 OUT= SRC=1.2.3.4 DST=1.2.3.4 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=UDP SPT=1 DPT=2 LEN=3 evil=1",
    "IN=eth0 OUT= SRC=1.2.3.4\u{0} DST=1.2.3.4 LEN=60 PROTO=2 ", "IN=eth0 OUT=", "IN=eth0 OUT= MAC=",
  ])
  func `what has netfilter fields and cannot be read is counted and kept`(text: String) throws {
    let (collector, reader) = read("Nov 23 21:00:00 gw kernel: \(text)\n")
    if reader.counts.netfilter == 1 {
      // A frame of an unknown type has interfaces and MAC only.
      #expect(text.hasSuffix("MAC="))
      return
    }
    #expect(reader.counts.notUnderstood == 1)
    #expect(collector.events.isEmpty)
    let sample = try #require(reader.samples.first)
    #expect(sample.line == 1)
    #expect(sample.text.hasPrefix("Nov 23"))
    #expect(!sample.text.contains("\u{0}"))
  }

  @Test func `forged fields in a prefix do not hide the kernel's own`() throws {
    let line = "Nov 23 21:00:00 gw kernel: IN=lo OUT= SRC=6.6.6.6 DST=7.7.7.7 " + HeadTests.line
    let event = try #require(read(line).collector.events.first)
    #expect(event.inInterface == "wan")
    #expect(event.packet.destinationPort == 113)
  }

  @Test(arguments: [1 << 12, 1 << 16, 1 << 20]) func `a line of a megabyte is counted, whatever the chunks`(chunk: Int)
  {
    let long = "Nov 23 21:00:00 gw kernel: x " + String(repeating: "A", count: 1 << 20) + HeadTests.line
    let forged = "Nov 23 21:00:00 gw kernel: " + HeadTests.line + String(repeating: "B", count: 1 << 20)
    let (collector, reader) = read(
      "\(long)\n\(forged)\n\(long)\nNov 23 21:00:00 gw kernel: \(HeadTests.line)\n", chunk: chunk)
    #expect(reader.counts.lines == 4)
    #expect(reader.counts.notUnderstood == 1)
    #expect(collector.events.count == 1)
    #expect(reader.counts.other == 2)
  }

  @Test func `lines changed at random never bring the reader down`() {
    let lines = KernelLines.all + KernelCapture.lines
    var noise = Noise(state: 0x1234_5678_9abc_def1)
    var counted = 0
    for round in 0..<6000 {
      var bytes = Array("Nov 23 21:00:00 gw kernel: \(lines[round % lines.count])".utf8)
      for _ in 0...(noise.next() % 6) {
        let place = Int(noise.next() % UInt64(bytes.count))
        switch noise.next() % 5 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: noise.next())
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: Array("IN=[]() 99999999999 SRC=:".utf8), at: place)
        case 3: bytes.removeSubrange(place...)
        default: bytes.append(contentsOf: bytes[place...])
        }
        if bytes.isEmpty { bytes = [0x5b] }
      }
      bytes.append(0x0a)
      let whole = read(bytes)
      let pieces = read(bytes, chunk: 1 + Int(noise.next() % 40))
      #expect(whole.reader.counts == pieces.reader.counts)
      counted += whole.reader.counts.lines
    }
    #expect(counted >= 6000)
  }

  @Test func `bytes at random never bring the reader down`() {
    var noise = Noise(state: 42)
    for size in [0, 1, 2, 63, 64, 65, 4096] {
      for _ in 0..<200 {
        let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: noise.next()) }
        #expect(read(bytes, chunk: 17).reader.counts == read(bytes).reader.counts)
      }
    }
  }
}
