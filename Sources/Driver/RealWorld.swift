import Foundation

extension World {
  /// The machine that the program runs on.
  package static func real() -> World {
    var world = World(
      environment: ProcessInfo.processInfo.environment,
      kind: RealWorld.kind,
      read: RealWorld.read,
      readStandardInput: { (limit: Int) throws(FileError) in try RealWorld.drain(.standardInput, limit: limit) },
      stream: { (path: String, body: (ArraySlice<UInt8>) -> Void) throws(FileError) in
        try RealWorld.stream(path, body)
      },
      list: RealWorld.list,
      canonicalPath: { URL(filePath: $0).resolvingSymlinksInPath().path(percentEncoded: false) },
      replace: RealWorld.replace,
      write: RealWorld.write,
      isTerminal: { stream in isatty(stream == .output ? 1 : 2) == 1 },
      today: RealWorld.today,
      distrust: RealWorld.distrust,
      policyFolders: RealWorld.policyFolders())
    world.pieces = { (path: String, size: Int, body: (LogPiece) -> Void) throws(FileError) in
      try RealWorld.pieces(path, size, body)
    }
    world.run = { (program: String, arguments: [String], body: (LogPiece) -> Void) throws(FileError) in
      try RealWorld.run(program, arguments, body)
    }
    world.head = { (path: String, count: Int) throws(FileError) in try RealWorld.head(path, count) }
    world.canRun = { RealWorld.programPath($0) != nil }
    return world
  }
}

private enum RealWorld {
  static func kind(_ path: String) -> World.PathKind? {
    // Through a symbolic link too: `path/.` exists only where `path` leads to a directory.
    if FileManager.default.fileExists(atPath: path + "/.") { return .directory }
    return FileManager.default.fileExists(atPath: path) ? .file : nil
  }

  static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    switch kind(path) {
    case nil: throw FileError("no such file or directory")
    case .directory?: throw FileError("is a directory")
    case .file?: break
    }
    guard let handle = FileHandle(forReadingAtPath: path) else { throw FileError("permission denied") }
    defer { try? handle.close() }
    return try drain(handle, limit: limit)
  }

  static func drain(_ handle: FileHandle, limit: Int) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
        bytes.append(contentsOf: data)
        if bytes.count > limit { break }
      }
    } catch { throw FileError("cannot be read") }
    guard bytes.count <= limit else { throw FileError("larger than \(limit >> 20) MiB; not read") }
    return bytes
  }

  static func stream(_ path: String, _ body: (ArraySlice<UInt8>) -> Void) throws(FileError) {
    var handle = FileHandle.standardInput
    if path != "-" {
      switch kind(path) {
      case nil: throw FileError("no such file or directory")
      case .directory?: throw FileError("is a directory")
      case .file?: break
      }
      guard let opened = FileHandle(forReadingAtPath: path) else { throw FileError("permission denied") }
      handle = opened
    }
    do {
      while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty { body(Array(data)[...]) }
    } catch { throw FileError("cannot be read") }
    if path != "-" { try? handle.close() }
  }

  /// `-` is standard input.
  private static func open(_ path: String) throws(FileError) -> FileHandle {
    if path == "-" { return FileHandle.standardInput }
    switch kind(path) {
    case nil: throw FileError("no such file or directory")
    case .directory?: throw FileError("is a directory")
    case .file?: break
    }
    guard let opened = FileHandle(forReadingAtPath: path) else { throw FileError("permission denied") }
    return opened
  }

  static func pieces(_ path: String, _ size: Int, _ body: (LogPiece) -> Void) throws(FileError) {
    let handle = try open(path)
    defer { if path != "-" { try? handle.close() } }
    do {
      while let data = try handle.read(upToCount: size), !data.isEmpty { body(LogPiece(data)) }
    } catch { throw FileError("cannot be read") }
  }

  static func head(_ path: String, _ count: Int) throws(FileError) -> [UInt8] {
    let handle = try open(path)
    defer { try? handle.close() }
    do { return Array(try handle.read(upToCount: count) ?? Data()) } catch { throw FileError("cannot be read") }
  }

  /// In the folders of the system's own programs only, whatever PATH says.
  static func programPath(_ program: String) -> String? {
    for folder in ["/usr/bin", "/bin", "/usr/local/bin"] {
      let path = "\(folder)/\(program)"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    return nil
  }

  static func run(_ program: String, _ arguments: [String], _ body: (LogPiece) -> Void) throws(FileError) {
    guard let path = programPath(program) else { throw FileError("needs \(program), which is not installed") }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw FileError("\(program) cannot be started") }
    do {
      while let data = try pipe.fileHandleForReading.read(upToCount: 1 << 20), !data.isEmpty { body(LogPiece(data)) }
    } catch {
      process.terminate()
      throw FileError("the output of \(program) cannot be read")
    }
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw FileError("\(program) failed: the file is damaged or cut off") }
  }

  static func distrust(_ path: String) -> String? {
    guard geteuid() == 0 else { return nil }
    let resolved = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved) else { return nil }
    let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
    let owner = (attributes[.ownerAccountID] as? NSNumber)?.intValue ?? 0
    if owner != 0 { return "belongs to another user; as root such a configuration is not read" }
    return mode & 0o022 != 0 ? "can be written by others; as root such a configuration is not read" : nil
  }

  /// Beside an installed program (`share/fwlint/policies`), or in the source tree that it was built in.
  static func policyFolders() -> [String] {
    var folders: [String] = []
    var folder = URL(filePath: Bundle.main.executablePath ?? "/").resolvingSymlinksInPath().deletingLastPathComponent()
    for _ in 0..<5 {
      folders.append(folder.appending(path: "share/fwlint/policies").path(percentEncoded: false))
      folders.append(folder.appending(path: "Policies").path(percentEncoded: false))
      folder = folder.deletingLastPathComponent()
    }
    return folders
  }

  static func list(_ path: String) throws(FileError) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw FileError("directory cannot be read")
    }
  }

  static func replace(_ path: String, bytes: [UInt8]) throws(FileError) {
    let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    let mode = (try? FileManager.default.attributesOfItem(atPath: target))?[.posixPermissions]
    do {
      // A temporary file beside it, then rename(2).
      try Data(bytes).write(to: URL(filePath: target), options: .atomic)
      if let mode { try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: target) }
    } catch { throw FileError("cannot be written") }
  }

  static func write(_ stream: World.Stream, bytes: [UInt8]) {
    // A closed pipe ends the process by SIGPIPE, as it ends cat(1).
    try? (stream == .output ? FileHandle.standardOutput : .standardError).write(contentsOf: Data(bytes))
  }

  static func today() -> (year: Int, month: Int, day: Int) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents([.year, .month, .day], from: Date())
    return (parts.year ?? 1970, parts.month ?? 1, parts.day ?? 1)
  }
}
