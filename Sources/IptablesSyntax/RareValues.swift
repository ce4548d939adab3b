import SourceText

extension OptionKey {
  /// The longest text in bytes; nil: any.
  var textLimit: Int? {
    switch self {
    case .comment: 255
    case .logPrefix: 29
    case .string: 128
    case .helper: 29
    default: nil
    }
  }

  /// Whether iptables refuses a longer text; otherwise it cuts it.
  var refusesLongText: Bool {
    switch self {
    case .comment, .logPrefix, .string, .helper: true
    default: false
    }
  }
}

extension RuleParser {
  /// Values that few rule sets have.
  mutating func readRemaining(
    _ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>
  ) {
    switch spec.kind {
    case .statisticMode: readChoice(&use, text, ["random", "nth"])
    case .policyDirection: readChoice(&use, text, ["in", "out"])
    case .policyKind: readChoice(&use, text, ["none", "ipsec"])
    case .policyMode: readChoice(&use, text, ["transport", "tunnel"])
    case .auditType: readChoice(&use, text, ["accept", "drop", "reject"])
    case .stringAlgorithm: readChoice(&use, text, ["bm", "kmp"])
    case .connbytesDirection: readChoice(&use, text, ["original", "reply", "both"])
    case .connbytesMode: readChoice(&use, text, ["packets", "bytes", "avgpkt"])
    case .ipvsMethod: readChoice(&use, text, ["GATE", "IPIP", "MASQ"], ignoresCase: true)
    case .hashMode: readChoice(&use, text, ["sourceip", "sourceip-sourceport", "sourceip-sourceport-destport"])
    case .realm:
      if let (value, mask) = Read.valueAndMask(text, upTo: 0xffff_ffff) {
        use.first = UInt128(value)
        use.second = UInt128(mask)
      }
    default: break
    }
  }
}
