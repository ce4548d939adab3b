extension LineHead {
  /// RFC 5424 behind the version: TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG.
  @inline(never) func structured(_ cursor: inout LineCursor, into record: inout LogRecord) -> Origin {
    if cursor.byte() == 0x2d {
      cursor.at += 1
      cursor.skipBlanks()
    } else {
      let year = cursor.number(9999)
      if cursor.failed || isoTime(&cursor, year: Int(year), into: &record) == nil { return .untagged }
    }
    record.host = cursor.text()
    cursor.skipBlanks()
    let isKernel = cursor.word() & 0xff_ffff_ffff_ffff == 0x20_6c65_6e72_656b
    let isNone = cursor.half() & 0xffff == bytes2("-", " ")
    for _ in 0..<3 {
      _ = cursor.text()
      cursor.skipBlanks()
    }
    if cursor.byte() == 0x5b {
      structuredData(&cursor)
    } else {
      _ = cursor.skip("-")
    }
    cursor.skipBlanks()
    // The byte order mark that RFC 5424 puts before UTF-8 text.
    if cursor.half() & 0xffffff == 0xbfbbef { cursor.at += 3 }
    if isKernel { return kernelMessage(&cursor) }
    return isNone ? .untagged : .program
  }

  /// `[id name="value"]…`, with `\"`, `\]` and `\\` inside values.
  private func structuredData(_ cursor: inout LineCursor) {
    var quoted = false
    while cursor.byte() != 0x0a {
      let byte = cursor.byte()
      cursor.at += 1
      if byte == 0x5c, cursor.byte() != 0x0a {
        cursor.at += 1
      } else if byte == 0x22 {
        quoted.toggle()
      } else if byte == 0x5d, !quoted, cursor.byte() != 0x5b {
        return
      }
    }
  }
}
