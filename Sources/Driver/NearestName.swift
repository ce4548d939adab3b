import SourceText

/// The known name nearest to a misspelt one whatever its case, when near enough to be meant (`NearMiss`). Ties go to the
/// first in order.
package func nearestName(to name: String, in names: some Sequence<String>) -> String? {
  let names = Array(names)
  let folded = names.map { $0.lowercased() }
  guard let nearest = NearMiss.nearest(to: name.lowercased(), among: folded).first else { return nil }
  return folded.firstIndex(of: nearest).map { names[$0] }
}

/// `unknown check `ICPM001`; did you mean `ICMP001`?`
func unknown(_ what: String, _ name: String, among names: some Sequence<String>) -> UsageError {
  if what == "check", let kept = ReservedCodes.name(of: name) {
    return UsageError("check `\(name)` (\(kept)) is planned and not built in this version")
  }
  let hint = nearestName(to: name, in: names).map { "; did you mean `\($0)`?" } ?? ""
  return UsageError("unknown \(what) `\(name)`\(hint)")
}
