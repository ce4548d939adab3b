import Foundation

/// Where the bytes of a log come from: a file as it is, a compressed one through the system's own tool, the journal, or
/// standard input.
struct LogSource {
  /// Stands for the kernel's messages in the journal.
  static let journal = "journal:kernel"

  /// Stands for what dmesg(1) prints.
  static let kernelRing = "dmesg:kernel"

  private let path: String
  private let world: World

  init(_ path: String, _ world: World) {
    self.path = path
    self.world = world
  }

  /// The tool for a file's first bytes; nil: not compressed.
  static func tool(_ start: [UInt8]) -> String? {
    if start.starts(with: [0x1f, 0x8b]) { return "gzip" }
    if start.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) { return "xz" }
    if start.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) { return "zstd" }
    if start.starts(with: [0x42, 0x5a, 0x68]) { return "bzip2" }
    return nil
  }

  /// The bytes in pieces of about `size`.
  func pieces(_ size: Int, _ body: (LogPiece) -> Void) throws(FileError) {
    if path == Self.journal {
      return try world.run("journalctl", ["-k", "-b", "-o", "short-iso-precise", "--no-pager", "-q"], body)
    }
    if path == Self.kernelRing { return try world.run("dmesg", ["--color=never"], body) }
    if path != "-", world.kind(path) == .file, let tool = Self.tool(try start()) {
      guard world.canRun(tool) else {
        throw FileError("compressed; needs \(tool), which is not installed: unpack it, or give it unpacked to -")
      }
      return try world.run(tool, ["-dc", "--", absolute(path)], body)
    }
    var isFirst = true
    var compressed: String?
    func take(_ piece: LogPiece) {
      if isFirst { compressed = Self.tool(Array(piece.data.prefix(6))) }
      isFirst = false
      if compressed == nil { body(piece) }
    }
    if let pieces = world.pieces {
      try pieces(path, size, take)
    } else {
      try world.stream(path) { take(LogPiece(Data($0))) }
    }
    if let compressed { throw FileError("compressed: pipe it through \(compressed) -dc") }
  }

  private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "./" + path }

  private func start() throws(FileError) -> [UInt8] {
    guard let pieces = world.pieces else { return [] }
    // A small piece of the start only.
    if let head = world.head { return try head(path, 6) }
    var bytes: [UInt8] = []
    try pieces(path, 1 << 16) { if bytes.isEmpty { bytes = Array($0.data.prefix(6)) } }
    return bytes
  }

  /// Rotated sets in the order of time: `kern.log.2.gz`, `kern.log.1`, `kern.log`; `messages-20260101`, `messages`. Sets
  /// stay in the order of their first file.
  static func ordered(_ paths: [String]) -> [String] {
    var groups: [(base: String, members: [(key: Int, path: String)])] = []
    for path in paths {
      let (base, key) = rotation(path)
      if let index = groups.firstIndex(where: { $0.base == base }) {
        groups[index].members.append((key, path))
      } else {
        groups.append((base, [(key, path)]))
      }
    }
    return groups.flatMap { group in
      group.members.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }.map(
        \.element.path)
    }
  }

  /// The name without what logrotate adds, and a number that grows with time.
  private static func rotation(_ path: String) -> (base: String, key: Int) {
    var name = path[...]
    for suffix in [".gz", ".xz", ".zst", ".bz2"] where name.hasSuffix(suffix) { name = name.dropLast(suffix.count) }
    if let dot = name.lastIndex(of: "."), let number = Int(name[name.index(after: dot)...]), number >= 0,
      number < 100_000
    {
      return (String(name[..<dot]), -number)
    }
    if let dash = name.lastIndex(of: "-") {
      let digits = name[name.index(after: dash)...].filter { $0 != "-" }
      if digits.count >= 8, let date = Int(digits) { return (String(name[..<dash]), date - Int(1e15)) }
    }
    return (String(name), 1)
  }
}

/// One line on a terminal while long input is read: how much, and how fast. Only after a second.
struct Progress {
  private let world: World
  private let start = Date()
  private var shown = Date.distantPast
  private var bytes = 0
  private var hasShown = false

  init(_ world: World) { self.world = world }

  mutating func add(_ count: Int) {
    bytes += count
    let now = Date()
    let seconds = now.timeIntervalSince(start)
    guard seconds > 1, now.timeIntervalSince(shown) > 0.2 else { return }
    shown = now
    hasShown = true
    let rate = Int(Double(bytes >> 20) / seconds)
    world.write(.error, Array("\r\u{1b}[Kreading: \(bytes >> 20) MiB, \(rate) MiB/s".utf8))
  }

  func end() { if hasShown { world.write(.error, Array("\r\u{1b}[K".utf8)) } }
}
