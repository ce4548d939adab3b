import Foundation

/// Runs a program with a text on its standard input; nil when it cannot be started.
func run(_ path: String, _ arguments: [String], input: String = "") -> (status: Int32, output: String)? {
  let process = Process()
  process.executableURL = URL(filePath: path)
  process.arguments = arguments
  let stdin = Pipe()
  let stdout = Pipe()
  process.standardInput = stdin
  process.standardOutput = stdout
  process.standardError = stdout
  do { try process.run() } catch { return nil }
  stdin.fileHandleForWriting.write(Data(input.utf8))
  try? stdin.fileHandleForWriting.close()
  let output = stdout.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

/// Runs a shell script in a fresh network namespace, where rule sets may be loaded.
func inNamespace(_ script: String, input: String = "") -> (status: Int32, output: String)? {
  run("/usr/bin/unshare", ["-n", "/bin/sh", "-c", script], input: input)
}

enum Privileges {
  static let absent: Bool = {
    guard let result = inNamespace("command -v nft >/dev/null && command -v iptables-restore >/dev/null && echo ok")
    else { return true }
    return result.status != 0 || !result.output.contains("ok")
  }()
  /// Printed for tests that are skipped.
  static let reason = "needs root for a network namespace, nft and iptables"
}
