/// The tests of `-m u32`: `location = value[,value…]` joined by `&&`.
package struct U32Program: Sendable {
  package var tests: [Test] = []

  /// One test: a 32-bit number taken from the packet is in one of the ranges.
  package struct Test: Sendable {
    /// Offset of the first number from the start of the IP header, in bytes.
    package var start: UInt32
    /// What is done to it, in order.
    package var steps: [Step] = []
    /// Inclusive bounds; a reversed range holds nothing.
    package var values: [(lower: UInt32, upper: UInt32)] = []
  }

  package enum Operation: Sendable {
    case and, leftShift, rightShift
    /// The number so far is added to the position, and the number there is read.
    case at

    var symbol: String {
      switch self {
      case .and: "&"
      case .leftShift: "<<"
      case .rightShift: ">>"
      case .at: "@"
      }
    }
  }

  package struct Step: Sendable {
    package var operation: Operation
    package var operand: UInt32
  }

  /// Tests, values of one test, and numbers of one location that the kernel has room for (XT_U32_MAXSIZE).
  private static let maximumSize = 10

  /// Reads the text of the option's value; nil when it is none that iptables takes.
  package init?(_ text: ArraySlice<UInt8>) {
    var rest = text
    repeat {
      guard var test = Self.location(&rest), Self.take("=", &rest), Self.readValues(&rest, into: &test) else {
        return nil
      }
      tests.append(test)
      guard tests.count <= Self.maximumSize else { return nil }
    } while Self.take("&&", &rest)
    Self.skipBlanks(&rest)
    guard rest.isEmpty else { return nil }
  }

  /// As iptables-save prints it.
  var text: String {
    func hex(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }
    return tests.map { test in
      let steps = test.steps.map { $0.operation.symbol + hex($0.operand) }.joined()
      let values = test.values.map { $0.lower == $0.upper ? hex($0.lower) : hex($0.lower) + ":" + hex($0.upper) }
      return hex(test.start) + steps + "=" + values.joined(separator: ",")
    }.joined(separator: "&&")
  }

  private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) {
    while let first = rest.first, first == 0x20 || first == 0x09 || first == 0x0A { rest = rest.dropFirst() }
  }

  private static func take(_ symbol: String, _ rest: inout ArraySlice<UInt8>) -> Bool {
    skipBlanks(&rest)
    guard rest.starts(with: symbol.utf8) else { return false }
    rest = rest.dropFirst(symbol.utf8.count)
    return true
  }

  private static func number(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
    skipBlanks(&rest)
    guard let value = Read.leadingNumber(&rest) else { return nil }
    return UInt32(exactly: value)
  }

  private static func location(_ rest: inout ArraySlice<UInt8>) -> Test? {
    guard let start = number(&rest) else { return nil }
    var test = Test(start: start)
    while true {
      skipBlanks(&rest)
      let operation: Operation
      if rest.starts(with: "&&".utf8) { return nil }
      if take("&", &rest) {
        operation = .and
      } else if take("<<", &rest) {
        operation = .leftShift
      } else if take(">>", &rest) {
        operation = .rightShift
      } else if take("@", &rest) {
        operation = .at
      } else {
        return test
      }
      guard let operand = number(&rest), test.steps.count < maximumSize else { return nil }
      test.steps.append(Step(operation: operation, operand: operand))
    }
  }

  private static func readValues(_ rest: inout ArraySlice<UInt8>, into test: inout Test) -> Bool {
    repeat {
      guard let lower = number(&rest) else { return false }
      var upper = lower
      if take(":", &rest) {
        guard let bound = number(&rest) else { return false }
        upper = bound
      }
      test.values.append((lower, upper))
      guard test.values.count <= maximumSize else { return false }
    } while take(",", &rest)
    return true
  }
}
