import JSONText
import Packets

extension Packet {
  /// The members of the oracle's schema that every packet has.
  var json: JSONValue {
    ["src": .string("\(source)"), "dst": .string("\(destination)"), "proto": .int(transportProtocol)]
  }
}
