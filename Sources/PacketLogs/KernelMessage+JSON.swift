package import JSONText
import Packets

extension KernelMessage {
  /// One object with what the message says.
  package var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [("line", .int(line)), ("kernel", .string(kind.rawValue))]
    if timeBase != .none, time.isFinite {
      members.append(("time", .number(String(time))))
      members.append(("timeBase", .string("\(timeBase)")))
      members.append(("timeText", .string(LogTime.text(time, timeBase))))
    }
    if let source { members.append(("source", .string(source.description))) }
    if let destination { members.append(("destination", .string(destination.description))) }
    if !interface.isEmpty { members.append(("interface", .string(interface))) }
    if let port { members.append(("port", .int(port))) }
    if count != 1 { members.append(("count", .int(count))) }
    members.append(("text", .string(text)))
    return .object(members)
  }
}
