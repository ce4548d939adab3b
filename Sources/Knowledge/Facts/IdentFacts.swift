extension FactTable {
  /// Ident and the delays that it makes.
  static let identFacts: [Fact] = [
    Fact(
      ["LS020"], "mail goes out slowly, and 113/tcp is dropped",
      [.port(113, .tcp), .word("ident"), .word("slow-mail"), .port(25, .tcp)],
      means: "The server that you send to asks back and waits for its timer.",
      advice: "Reject 113 with a TCP reset, or switch ident off at the server. Do not accept it.",
      today: "Holds for servers that ask.",
      see: ["REJ001"]),
    Fact(
      ["RC014"], "113/tcp accepted",
      [.port(113, .tcp), .word("ident")],
      means: "An ident daemon tells strangers who your users are.",
      advice: "Do not run one; send a reset.",
      today: "Holds.",
      see: ["REJ003"]),
    Fact(
      ["LE026"], "BlackICE accepts 113",
      [.port(113, .tcp), .word("ident")],
      means: "That desktop firewall lets the packet through, so that the stack answers with a reset.",
      advice: "The effect is the one you want.",
      today: "Dated."),
    Fact(
      ["OL035"], "IRC: \"No Ident response\"",
      [.port(113, .tcp), .word("ident"), .word("irc")],
      means: "Port 113 is blocked, or no daemon answers.",
      advice: "A reset on 113 is enough; or let the chat client run an ident server.",
      today: "Holds.",
      see: ["REJ001"]),
  ]
}
