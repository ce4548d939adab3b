import Packets

/// How conntrack follows a TCP connection (net/netfilter/nf_conntrack_proto_tcp.c): its state machine, without the
/// sequence windows.
enum TCPTracking {
  enum State: UInt8, Hashable, Sendable {
    case none, synSent, synReceived, established, finWait, closeWait, lastAck, timeWait, close, synSent2
  }

  enum Result: Hashable, Sendable {
    case moves(to: State)
    /// The packet is of the flow and changes nothing.
    case ignored
    case invalid
    /// An old connection is over and this opens a new one.
    case reopens
  }

  /// get_conntrack_index.
  private enum Kind: Int { case syn, synAck, fin, ack, rst, none }

  private static func kind(_ flags: UInt8) -> Kind {
    if flags & TCPFlag.rst != 0 { return .rst }
    if flags & TCPFlag.syn != 0 { return flags & TCPFlag.ack != 0 ? .synAck : .syn }
    if flags & TCPFlag.fin != 0 { return .fin }
    return flags & TCPFlag.ack != 0 ? .ack : .none
  }

  static func step(_ state: State, _ flags: UInt8, isReply: Bool) -> Result {
    let kind = kind(flags)
    if kind == .rst {
      return state == .none ? .invalid : .moves(to: .close)
    }
    return isReply ? replyStep(state, kind) : originalStep(state, kind)
  }

  private static func originalStep(_ state: State, _ kind: Kind) -> Result {
    switch kind {
    case .syn:
      switch state {
      case .none, .synSent: return .moves(to: .synSent)
      case .timeWait, .close: return .reopens
      case .synSent2: return .moves(to: .synSent2)
      default: return .ignored
      }
    case .synAck:
      return state == .synReceived || state == .synSent2 ? .moves(to: .synReceived) : .invalid
    case .fin: return fin(state)
    case .ack:
      switch state {
      case .none: return .moves(to: .established)
      case .synSent, .synSent2: return .invalid
      case .synReceived, .established: return .moves(to: .established)
      default: return closing(state)
      }
    case .rst, .none: return .invalid
    }
  }

  private static func replyStep(_ state: State, _ kind: Kind) -> Result {
    switch kind {
    case .syn:
      switch state {
      case .synSent, .synSent2: return .moves(to: .synSent2)
      case .timeWait: return .reopens
      default: return .invalid
      }
    case .synAck:
      switch state {
      case .none: return .invalid
      case .synSent, .synSent2: return .moves(to: .synReceived)
      default: return .ignored
      }
    case .fin: return fin(state)
    case .ack:
      switch state {
      case .none: return .invalid
      case .synSent, .synSent2: return .ignored
      case .synReceived: return .moves(to: .synReceived)
      case .established: return .moves(to: .established)
      default: return closing(state)
      }
    case .rst, .none: return .invalid
    }
  }

  private static func fin(_ state: State) -> Result {
    switch state {
    case .none, .synSent, .synSent2: .invalid
    case .synReceived, .established: .moves(to: .finWait)
    case .finWait, .closeWait, .lastAck: .moves(to: .lastAck)
    case .timeWait: .moves(to: .timeWait)
    case .close: .moves(to: .close)
    }
  }

  private static func closing(_ state: State) -> Result {
    switch state {
    case .finWait, .closeWait: .moves(to: .closeWait)
    case .lastAck, .timeWait: .moves(to: .timeWait)
    default: .moves(to: .close)
    }
  }
}
