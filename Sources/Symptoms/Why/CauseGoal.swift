package import FirewallAnalysis
import PacketLogs
import Packets

extension Cause {
  /// Whether the packets of the log lines behind the cause, refused before, are no longer dropped: accepted, or answered.
  /// Without lines: whether what was predicted is gone.
  package func isMended(before: Analysis, after: Analysis) -> Bool {
    if kind == .identAnswerLost || kind == .rejectAnswerLost {
      if LostAnswers.find(after).contains(where: { $0.isIdent == (kind == .identAnswerLost) }) { return false }
      if examples.isEmpty { return true }
    }
    var tried = 0
    for event in examples {
      guard event.hasPacket, var packet = Packet(event) else { continue }
      var wasRefused = false
      var isFree = false
      for state in ConntrackState.possible(for: packet, hasNotrack: false) {
        packet.state = state
        guard before.trace(packet).outcome.isRefused else { continue }
        wasRefused = true
        switch after.trace(packet).outcome {
        case .accept, .reject: isFree = true
        default: break
        }
      }
      if wasRefused {
        tried += 1
        if !isFree { return false }
      }
    }
    return tried > 0
  }
}
