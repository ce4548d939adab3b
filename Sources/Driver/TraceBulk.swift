import FirewallAnalysis
import Packets
import Reporting

/// Packets by the line, from a file or from standard input, each answered by a JSON line: memory does not grow with
/// their number.
struct TraceBulk {
  private var session: HostSession
  private var lines: TraceLines
  private var scanner = PacketScanner()
  private var output: [UInt8] = []
  private var rest: [UInt8] = []
  private var lineNumber = 0
  private(set) var faults = 0
  let path: String
  let world: World

  /// So many bytes of answers are written at once.
  private static let batch = 1 << 16
  /// A longer line is no packet.
  private static let longestLine = 1 << 20

  init?(_ analysis: Analysis, _ unit: Report.Unit, path: String, world: World) {
    guard let session = HostSession(analysis) else { return nil }
    self.session = session
    lines = TraceLines(unit)
    self.path = path
    self.world = world
    output.reserveCapacity(Self.batch + 4096)
  }

  mutating func take(_ piece: ArraySlice<UInt8>) {
    var start = piece.startIndex
    while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if rest.isEmpty {
        answer(piece[start..<end])
      } else {
        rest += piece[start..<end]
        answer(rest[...])
        rest.removeAll(keepingCapacity: true)
      }
      start = end + 1
    }
    if rest.count + piece.endIndex - start <= Self.longestLine {
      rest += piece[start...]
    } else if rest.count <= Self.longestLine {
      // Kept too long, so that the fault is told once.
      rest += piece[start...].prefix(Self.longestLine + 1 - rest.count)
    }
  }

  mutating func finish() {
    if !rest.isEmpty { answer(rest[...]) }
    rest = []
    flush()
  }

  private mutating func answer(_ line: ArraySlice<UInt8>) {
    lineNumber += 1
    guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }), first != UInt8(ascii: "#") else {
      return
    }
    do throws(PacketProblem) {
      guard line.count <= Self.longestLine else { throw PacketProblem("the line is too long for a packet") }
      let request = try scanner.read(line)
      lines.append(request.id, session.run(request), to: &output)
    } catch {
      faults += 1
      TraceLines.appendFault(error.message, to: &output)
      if faults <= 20 { world.complain("error", "\(path):\(lineNumber): \(error.message)") }
    }
    if output.count >= Self.batch { flush() }
  }

  private mutating func flush() {
    if output.isEmpty { return }
    world.write(.output, output)
    output.removeAll(keepingCapacity: true)
  }
}
