/// A service and the port at which it is usually found: IANA's name where there is one, else what people call it.
package struct Service: Sendable, Hashable {
  /// From where a service may be reached; gives the advice that many of them share.
  package enum Exposure: Sendable, Hashable {
    /// Made to be reached by strangers, where it is offered at all.
    case asked
    /// By known addresses, or with a rate limit.
    case limited
    /// By the inside only.
    case inside
    /// By the link only.
    case link
    /// Not from another network at all.
    case never
    /// To be answered with a reset.
    case reset

    var advice: String {
      switch self {
      case .asked: "Accept it only on hosts that offer it; elsewhere a packet for it is background noise."
      case .limited: "Accept it from known addresses, or with a rate limit, on hosts that offer it."
      case .inside: "Accept it from the inside only."
      case .link: "It belongs to the link: accept it there if you use it, drop it quietly otherwise, never forward it."
      case .never: "Do not let it be reached from outside; where you need it, go through a VPN or SSH."
      case .reset: "Reject it with a TCP reset."
      }
    }
  }

  package let port: UInt16
  package let transport: Transport
  package let name: String
  package let exposure: Exposure
  package let purpose: String

  init(_ port: UInt16, _ transport: Transport, _ name: String, _ exposure: Exposure, _ purpose: String) {
    self.port = port
    self.transport = transport
    self.name = name
    self.exposure = exposure
    self.purpose = purpose
  }

  var topic: Topic {
    let suffix = transport == .both ? "" : "/\(transport.rawValue)"
    return Topic(
      id: "service-\(port)\(suffix)", subject: "port \(port)\(suffix) (\(name))", meaning: purpose,
      advice: exposure.advice, today: "Holds: what is usually found there now; any program may use any port.")
  }
}

/// Services commonly seen.
enum ServiceTable {}
