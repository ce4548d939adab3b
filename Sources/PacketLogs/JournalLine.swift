import JSONText

/// One object of `journalctl -o json`: the message with host and time, or what is not a journal entry.
struct JournalLine {
  /// Host, a blank, the message; without control characters but as the entry has it.
  var bytes: [UInt8] = []
  var hostLength = 0
  var time = 0.0
  var timeBase = TimeBase.none
  var isKernel = false
  /// The program's name, for the notes of log daemons.
  var identifier = ""

  /// nil when the bytes are no JSON object with a MESSAGE.
  init?(_ line: ArraySlice<UInt8>) {
    guard let entry = try? JSONValue(parsing: line, nestingLimit: 4) else { return nil }
    guard let message = entry["MESSAGE"] else {
      guard let packet = ULogLine.message(entry) else { return nil }
      let host = entry["dvc"]?.stringValue ?? ""
      bytes = Array(host.utf8.map { $0 > 0x20 ? $0 : 0x3f })
      hostLength = bytes.count
      bytes.append(0x20)
      bytes += packet.map { $0 < 0x20 ? 0x3f : $0 }
      isKernel = true
      if let time = ULogLine.time(entry) { (self.time, timeBase) = (time, .absolute) }
      return
    }
    let host = entry["_HOSTNAME"]?.stringValue ?? ""
    bytes = Array(host.utf8.map { $0 > 0x20 ? $0 : 0x3f })
    hostLength = bytes.count
    bytes.append(0x20)
    if let text = message.stringValue {
      bytes += Array(text.utf8)
    } else if let numbers = message.arrayValue {
      // journald writes what is not printable UTF-8 as an array of byte values.
      for number in numbers { bytes.append(number.intValue.flatMap { UInt8(exactly: $0) } ?? 0x3f) }
    } else {
      return nil
    }
    // One entry is one line.
    for index in bytes.indices where bytes[index] == 0x0a { bytes[index] = 0x20 }
    identifier = entry["SYSLOG_IDENTIFIER"]?.stringValue ?? ""
    isKernel = entry["_TRANSPORT"]?.stringValue == "kernel" || identifier == "kernel"
    if let micros = entry["__REALTIME_TIMESTAMP"]?.stringValue ?? entry["_SOURCE_REALTIME_TIMESTAMP"]?.stringValue,
      let number = Double(micros), number >= 0, number < 1e18
    {
      (time, timeBase) = (number / 1e6, .absolute)
    }
  }
}
