extension FactTable {
  /// Ports of games, as the FAQ lists them, with what became of them.
  static let games: [Fact] = [
    game(["P086"], 3074...3074, "Xbox Live", today: "Holds: Xbox network and several other games use it."),
    game(
      ["P087"], 7777...7777, "Unreal and Klingon Honor Guard", today: "Dated for these two; many newer games use it."),
    game(["P088"], 7778...7778, "Unreal Tournament"),
    game(["P089"], 22450...22450, "Sin"),
    game(["P090"], 26000...26000, "Quake"),
    game(["P091"], 26900...26900, "Hexen 2"),
    game(["P092"], 26950...26950, "HexenWorld"),
    game(
      ["P093"], 27015...27015, "Half-Life and Team Fortress Classic",
      today: "Holds: servers of Valve's Source engine listen there."),
    game(["P094"], 27500...27500, "QuakeWorld"),
    game(["P095"], 27910...27910, "Quake 2"),
    game(["P096"], 28000...28008, "Starsiege TRIBES"),
    game(["P097"], 28910...28910, "Heretic 2"),
  ]

  private static func game(_ ids: [String], _ ports: ClosedRange<UInt16>, _ name: String, today: String? = nil) -> Fact
  {
    let number = ports.count == 1 ? "port \(ports.lowerBound)" : "ports \(ports.lowerBound) to \(ports.upperBound)"
    return Fact(
      ids, "\(number) (\(name))", [.ports(ports, .both), .word("game"), .word("games"), .word("inherited-address")],
      means: """
        Players of \(name). Without such a player on your side, the last holder of your address was one, or a list \
        of servers names you by mistake.
        """,
      advice: "Harmless. Drop it without logging; it fades after some hours.",
      today: today ?? "Dated: hardly anybody plays it any more.")
  }
}
