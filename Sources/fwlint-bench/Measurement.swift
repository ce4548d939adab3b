import Foundation

/// CPU time and peak memory of one run of a command.
struct Measurement {
  /// User and system time together, in seconds.
  var cpu: Double
  /// Peak resident memory in MiB.
  var memory: Double
  var status: Int32

  /// Runs a command under a fresh copy of this program, whose only child it is, so that the kernel's account of children
  /// is the account of this command.
  static func run(_ command: [String]) -> Measurement? {
    let process = Process()
    process.executableURL = URL(filePath: Bench.ownPath)
    process.arguments = ["--measure"] + command
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do { try process.run() } catch { return nil }
    let data = (try? pipe.fileHandleForReading.readToEnd()) ?? nil
    process.waitUntilExit()
    let numbers = String(decoding: data ?? Data(), as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap {
      Double($0)
    }
    guard numbers.count == 3 else { return nil }
    return Measurement(cpu: numbers[0], memory: numbers[1], status: Int32(numbers[2]))
  }

  /// The median by CPU time of several runs; nil when a run fails to start or ends with a status that is not accepted.
  static func median(of runs: Int, _ command: [String], accepts: Set<Int32>) -> Measurement? {
    var results: [Measurement] = []
    for _ in 0..<runs {
      guard let result = run(command), accepts.contains(result.status) else { return nil }
      results.append(result)
    }
    results.sort { $0.cpu < $1.cpu }
    return results.isEmpty ? nil : results[results.count / 2]
  }

  /// The child's side: runs the command with its output thrown away and prints its account.
  static func measureChild(_ command: [String]) {
    guard let program = command.first else { return }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = Array(command.dropFirst())
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do { try process.run() } catch { return }
    process.waitUntilExit()
    var usage = rusage()
    guard unsafe getrusage(RUSAGE_CHILDREN.rawValue, &usage) == 0 else { return }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
    print(seconds(usage.ru_utime) + seconds(usage.ru_stime), Double(usage.ru_maxrss) / 1024, process.terminationStatus)
  }
}
