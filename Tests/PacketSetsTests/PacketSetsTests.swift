import PacketSets
import Packets
import Testing

@Suite struct ValueSetTests {
  /// All 256 subsets of 0…7 as bit arrays are the reference.
  @Test func `operations agree with bit arrays`() {
    func set(_ bits: Int) -> ValueSet { ValueSet(values: (0..<8).filter { bits >> $0 & 1 == 1 }.map { UInt128($0) }) }
    func bits(_ set: ValueSet) -> Int { (0..<8).reduce(0) { $0 | (set.contains(UInt128($1)) ? 1 << $1 : 0) } }
    for a in 0..<256 {
      #expect(bits(set(a)) == a)
      #expect(bits(set(a).complement(upTo: 7)) == 255 ^ a)
      for b in stride(from: 0, to: 256, by: 7) {
        #expect(bits(set(a).union(set(b))) == a | b)
        #expect(bits(set(a).intersection(set(b))) == a & b)
        #expect(bits(set(a).subtracting(set(b))) == a & ~b)
        #expect(set(a).isSubset(of: set(b)) == (a & ~b == 0))
        #expect(set(a).isDisjoint(with: set(b)) == (a & b == 0))
      }
    }
  }
}
