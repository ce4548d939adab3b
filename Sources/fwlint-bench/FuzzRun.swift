import Driver
import Foundation

/// `fwlint-bench --fuzz LANGUAGE SECONDS [SEED] [FOLDER…]`: reads mutated texts in this process for a number of CPU
/// seconds. A crash ends the process, a text that takes long or that is printed wrongly is reported and kept. Texts come
/// from the folders named, and from a few that are built in.
struct FuzzRun {
  /// Executions longer than this, in CPU seconds, are hangs. Inputs are at most 60,000 bytes long.
  private static let longest = 1.0
  private static let largestSeed = 6000

  /// The word on the command line.
  var language: String
  var builtIn: [String]
  var fragments: [String]
  var nesting: [String]
  /// Whether a file of the folders holds such a text.
  var takes: (_ path: String) -> Bool
  var read: ([UInt8]) -> ProbeOutcome

  static func run(_ arguments: [String]) -> Int32 {
    let all = [NftablesFuzz.run, IptablesFuzz.run, IptablesFuzz.ipset]
    guard arguments.count >= 2, let seconds = Double(arguments[1]),
      let run = all.first(where: { $0.language == arguments[0] })
    else {
      FileHandle.standardError.write(
        Data("usage: fwlint-bench --fuzz nft|iptables|ipset SECONDS [SEED] [FOLDER…]\n".utf8))
      return 2
    }
    let seed = arguments.count > 2 ? UInt64(arguments[2]) ?? 1 : 1
    return run.run(seconds: seconds, seed: seed, folders: Array(arguments.dropFirst(3)))
  }

  private func run(seconds: Double, seed: UInt64, folders: [String]) -> Int32 {
    var mutator = TextMutator(seed: seed, texts: texts(in: folders), fragments: fragments, nesting: nesting)
    let start = Self.cpu()
    var last = start
    var executions = 0
    var slowest = 0.0
    var refused = 0
    var broken = 0
    let keep = NSTemporaryDirectory() + "fwlint-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
    while last - start < seconds {
      let text = mutator.next()
      // What is read when a crash ends the process.
      if executions % 512 == 0 { try? Data(mutator.stateText.utf8).write(to: URL(filePath: keep)) }
      let outcome = read(text)
      executions += 1
      if !outcome.isLoadable { refused += 1 }
      if !outcome.isLossless {
        broken += 1
        if broken <= 20 { try? Data(text).write(to: URL(filePath: keep + "-lossy-\(executions)")) }
      }
      if executions % 16 == 0 || text.count > 20_000 {
        let now = Self.cpu()
        let spent = now - last
        if spent > slowest { slowest = spent }
        if spent > Self.longest * 16 { try? Data(text).write(to: URL(filePath: keep + "-slow-\(executions)")) }
        last = now
      }
    }
    print(
      "fuzz \(language): \(executions) executions in \(Int(last - start)) CPU s, seed \(seed), \(refused) refused, "
        + "\(broken) not printed back, slowest 16 together \(String(format: "%.3f", slowest)) s, "
        + "peak \(Self.peak()) MiB")
    return broken == 0 && slowest < Self.longest * 16 ? 0 : 1
  }

  private func texts(in folders: [String]) -> [[UInt8]] {
    var result = builtIn.map { Array($0.utf8) }
    for folder in folders {
      guard let paths = FileManager.default.enumerator(atPath: folder) else { continue }
      for name in paths.compactMap({ $0 as? String }).filter(takes).sorted() {
        guard let data = FileManager.default.contents(atPath: folder + "/" + name), !data.isEmpty else { continue }
        // Of large files a part; the mutator joins parts anyway.
        result.append([UInt8](data.prefix(Self.largestSeed)))
      }
    }
    return result
  }

  private static func usage() -> rusage {
    var usage = rusage()
    _ = unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage
  }

  private static func cpu() -> Double {
    let time = usage()
    return Double(time.ru_utime.tv_sec + time.ru_stime.tv_sec)
      + Double(time.ru_utime.tv_usec + time.ru_stime.tv_usec) / 1_000_000
  }

  private static func peak() -> Int { usage().ru_maxrss / 1024 }
}
