import FirewallModel
import SourceText

// Chains that call each other in a circle: the kernel refuses them.
extension NftablesLowering {
  /// A statement that may leave its chain for another.
  struct Jump {
    enum Target {
      case chain(ChainID)
      /// Each element of the map may name a chain.
      case map(SetID)
    }
    var target: Target
    var origin: SourceRange
  }

  /// One call from a chain to another.
  private struct Call {
    var target: Int
    var origin: SourceRange
  }

  /// Reports each jump that closes a circle that a base chain leads to, once; the kernel looks at no others. Linear in
  /// the number of calls.
  mutating func reportLoops() {
    let calls = jumps.map { $0.flatMap { self.calls(of: $0) } }
    // 0: not seen, 1: on the way, 2: done.
    var state = Array(repeating: UInt8(0), count: calls.count)
    for start in calls.indices where state[start] == 0 && ruleset.chains[start].base != nil {
      var stack: [(chain: Int, next: Int)] = [(start, 0)]
      state[start] = 1
      while let top = stack.last {
        guard top.next < calls[top.chain].count else {
          state[top.chain] = 2
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let call = calls[top.chain][top.next]
        if state[call.target] == 1 {
          let name = ruleset.chains[call.target].name
          reader.report(
            .jumpLoop,
            call.target == top.chain ? "chain `\(name)` jumps to itself" : "this jump to `\(name)` closes a loop",
            at: call.origin, labels: [Label("chain `\(name)` begins here", at: ruleset.chains[call.target].origin)])
        } else if state[call.target] == 0 {
          state[call.target] = 1
          stack.append((call.target, 0))
        }
      }
    }
  }

  private func calls(of jump: Jump) -> [Call] {
    switch jump.target {
    case .chain(let chain): return [Call(target: chain.index, origin: jump.origin)]
    case .map(let map):
      guard case .map(let elements, let fallback) = ruleset[map].contents else { return [] }
      return (elements.map(\.data) + [fallback].compactMap { $0 }).compactMap { data in
        switch data {
        case .verdict(.jump(let chain)), .verdict(.goto(let chain)): Call(target: chain.index, origin: jump.origin)
        default: nil
        }
      }
    }
  }
}
