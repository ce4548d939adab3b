import Foundation
import JSONText
import Lowering
import SourceText
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What nft lists after loading a file into a network namespace of its own, against what is printed without loading it.
@Suite struct NftablesKernelListingTests {
  static let obstacle: String? = {
    if Corpora.root == nil { return Corpora.absent }
    if geteuid() != 0 { return "needs root for network namespaces" }
    for program in ["nft", "unshare"] {
      let isThere = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
      }
      if !isThere { return "needs \(program)" }
    }
    return nil
  }()

  private static var isFull: Bool { ProcessInfo.processInfo.environment["FWLINT_KERNEL_FULL"] != nil }

  /// The listings of nft for the files, in order; nil where it does not load the file. One namespace for all of them.
  private static func listings(of files: [URL]) throws -> [String?] {
    let mark = "=== listing ==="
    var script = "ip link set lo up\n"
    for file in files {
      script += "nft flush ruleset; cd '\(file.deletingLastPathComponent().path())'; echo '\(mark)'; "
      script += "if nft -f '\(file.lastPathComponent)' 2>/dev/null; then nft list ruleset; else echo refused; fi\n"
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["unshare", "-n", "bash", "-s"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = Data(script.utf8)
    DispatchQueue.global().async {
      input.fileHandleForWriting.write(bytes)
      try? input.fileHandleForWriting.close()
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let parts = text.components(separatedBy: mark + "\n").dropFirst()
    return parts.map { $0 == "refused\n" ? nil : $0 }
  }

  /// Lines without white space round them, elements on one line and in one order, without counts and remaining times.
  private static func folded(_ listing: String) -> [String] {
    let joined = listing.replacing(#/,\n\s+/#, with: ", ")
    return joined.split(separator: "\n").map { line in
      var text = line.trimmingCharacters(in: .whitespaces)
      text = text.replacing(#/packets \d+ bytes \d+/#, with: "packets 0 bytes 0")
      text = text.replacing(#/ expires [0-9a-z]+/#, with: "")
      return NftablesCanonicalTests.folded(text)
    }
  }

  @Test(.enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")))
  func `whole files are listed as nft lists them`() throws {
    let root = try #require(Corpora.root)
    let all = try NftablesCorpusFile.all(in: root).filter { $0.verdict == "ok" }
    // Every ninth by default; all with FWLINT_KERNEL_FULL.
    let files = all.enumerated().filter { Self.isFull || $0.offset % 9 == 0 }.map(\.element)
    let listings = try Self.listings(of: files.map { root.appending(path: $0.path) })
    #expect(listings.count == files.count)
    var compared = 0
    var equal = 0
    for (file, listing) in zip(files, listings) {
      guard let listing else {
        print("  not loaded here: \(file.path)")
        continue
      }
      compared += 1
      let mine = Lowering.listing(file.source, include: { file.answer($0) })
      let (a, b) = (Self.folded(listing), Self.folded(mine.text))
      if a == b, mine.unlisted.isEmpty {
        equal += 1
      } else {
        print("  \(file.path): \(mine.unlisted.count) not evaluated")
        for (x, y) in zip(a, b) where x != y {
          print("    nft \(x.prefix(200)) | printed \(y.prefix(200))")
          break
        }
      }
    }
    print("nft whole files: \(equal) of \(compared) listed as nft lists them")
    #expect(compared > 10)
    #expect(equal == compared)
  }
}
