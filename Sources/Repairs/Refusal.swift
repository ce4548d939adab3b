/// Why an edit is not written or not offered, in plain words: lower-case start, no full stop.
package struct Refusal: Error, Hashable, Sendable {
  package var reason: String
  package init(_ reason: String) { self.reason = reason }
}
