import FirewallAnalysis
import FirewallModel
import Foundation
import Lowering
import SourceText

/// The shadow analysis alone, in this process: reading is not counted.
enum ShadowRow {
  struct Result {
    var cpu: Double
    var work: Int
    var dead: Int
    var isComplete: Bool
  }

  static func run(_ kind: BoxGenerator.Kind, rules: Int, repeats: Int) -> Result {
    var generator = BoxGenerator()
    let file = SourceFile(id: SourceID(0), path: "generated", text: generator.script(kind, rules: rules))
    let analysis = Analysis(Lowering.nftables(file).ruleset)
    var result = Result(cpu: .infinity, work: 0, dead: 0, isComplete: true)
    for _ in 0..<repeats {
      let start = cpu()
      let dead = analysis.deadRules()
      let spent = cpu() - start
      result = Result(
        cpu: min(result.cpu, spent), work: dead.work, dead: dead.rules.count, isComplete: dead.isComplete)
    }
    return result
  }

  /// User and system time of this process so far, in seconds.
  private static func cpu() -> Double {
    var usage = rusage()
    guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }
}
