/// Explains one line of a log.
enum OtherLogLine {
  static func explain(_ line: String) -> Answer {
    Answer(subject: "log line", topics: [], problem: "this line is not of a kind that is known")
  }
}
