extension FactTable {
  /// Ports at which trojans of the years around 2000 listened.
  static let trojans: [Fact] = [
    trojan(["P060"], 555, .tcp, "phAse Zero"),
    trojan(["P041", "P061", "P074"], 1243, .tcp, "SubSeven", part: "The port that its first versions listened at."),
    trojan(["P075"], 2772, .tcp, "SubSeven", part: "Carries the pictures of the victim's screen."),
    trojan(["P076"], 2773, .tcp, "SubSeven", part: "Carries the victim's key strokes."),
    trojan(["P062"], 3129, .tcp, "Masters Paradise"),
    trojan(["P063"], 6670, .tcp, "DeepThroat"),
    trojan(["P064", "P077"], 6711, .tcp, "SubSeven", part: "What this port was for the FAQ's author did not know."),
    trojan(["P078"], 6776, .tcp, "SubSeven", part: "Perhaps a way in that needs no password."),
    Fact(
      ["P049"], "port 6776/tcp after a new address", [.port(6776, .tcp), .word("inherited-address")],
      means: """
        SubSeven's data connection, meant for the last holder of a dynamic address: the sender looks for a victim \
        that has moved on.
        """,
      advice: "Ignore it on a dynamic address.", today: "Dated: the trojan is gone."),
    trojan(
      ["P065"], 6969, .tcp, "GateCrasher", today: "Dated; today the port is better known for BitTorrent trackers."),
    trojan(["P079"], 7215, .tcp, "SubSeven", part: "Its chat, dressed as the film The Matrix."),
    trojan(
      ["P067"], 12345, .tcp, "NetBus", today: "Dated. As a number that people like, it also serves harmless programs."),
    trojan(["P066"], 21544, .tcp, "GirlFriend"),
    trojan(["P068"], 23456, .tcp, "EvilFTP"),
    trojan(
      ["P053", "P069", "P080"], 27374, .tcp, "SubSeven 2",
      part: "The port of its second version; the Ramen worm for Linux put a server of its own there."),
    trojan(["P054", "P070"], 30100, .tcp, "NetSphere"),
    trojan(
      ["P055", "P072"], 31337, .both, "Back Orifice",
      part: "The number spells \"elite\", so many other tools chose it too; Back Orifice itself speaks UDP."),
    Fact(
      ["P056", "P071"], "ports 31789 and 31790/udp (Hack'a'Tack)",
      [.port(31789, .udp), .port(31790, .udp), .sourcePort(31790, .udp), .word("trojan"), .word("trojans")],
      means: """
        Somebody looks for hosts infected with Hack'a'Tack: the scanner sends from port 31790 to 31789. The infected \
        host uses 31790 to send files.
        """,
      advice: "Ignore it when nothing listens. An answer from your own host means that it is infected.",
      today: "Dated. Corrected: the FAQ misprints the pair of numbers."),
    trojan(["P073"], 50505, .tcp, "Sockets de Troie"),
    trojan(["P081"], 54283, .tcp, "SubSeven", part: "Carries what it spies out."),
  ]

  private static func trojan(
    _ ids: [String], _ port: UInt16, _ transport: Transport, _ name: String, part: String? = nil, today: String? = nil
  ) -> Fact {
    let meaning = "Somebody looks for a machine that the trojan \(name) has infected."
    let suffix = transport == .both ? "" : "/\(transport.rawValue)"
    return Fact(
      ids, "port \(port)\(suffix) (\(name))", [.port(port, transport), .word("trojan"), .word("trojans")],
      means: part.map { "\(meaning) \($0)" } ?? meaning,
      advice: """
        Ignore it when nothing of yours listens there (`ss -ltnup`): the probe infects nobody. If something does \
        listen, examine that host.
        """,
      today: today ?? "Dated: the trojan is gone, and its port is now only probed out of habit.")
  }
}
