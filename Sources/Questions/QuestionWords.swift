/// One word or sign of a question's text.
struct QuestionWord: Hashable, Sendable {
  var text: String
  var place: TextPlace
  /// No blank stands before it.
  var isAttached: Bool
}

/// Cuts a question into words: signs are `->`, `/`, `,`, `{` and `}`; everything else goes on to the next blank or sign.
enum QuestionWords {
  /// Scalars that a question may have; longer ones are refused.
  static let maximumLength = 16_384

  static func split(_ text: String) throws(QuestionProblem) -> [QuestionWord] {
    let scalars = Array(text.unicodeScalars)
    guard scalars.count <= maximumLength else {
      throw QuestionProblem("the question is longer than \(maximumLength) characters", at: .none)
    }
    var words: [QuestionWord] = []
    var index = 0
    var isAttached = false
    while index < scalars.count {
      let scalar = scalars[index]
      if scalar.properties.isWhitespace {
        index += 1
        isAttached = false
        continue
      }
      let start = index
      if isArrow(scalars, index) {
        index += scalar == "→" ? 1 : 2
      } else if isSign(scalar) {
        index += 1
      } else {
        while index < scalars.count, !scalars[index].properties.isWhitespace, !isSign(scalars[index]),
          !isArrow(scalars, index)
        {
          index += 1
        }
      }
      var word = String(String.UnicodeScalarView(scalars[start..<index]))
      if word == "→" { word = "->" }
      words.append(QuestionWord(text: word, place: TextPlace(start, index), isAttached: isAttached))
      isAttached = true
    }
    return words
  }

  private static func isSign(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "/" || scalar == "," || scalar == "{" || scalar == "}"
  }

  private static func isArrow(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    scalars[index] == "→" || scalars[index] == "-" && index + 1 < scalars.count && scalars[index + 1] == ">"
  }
}
