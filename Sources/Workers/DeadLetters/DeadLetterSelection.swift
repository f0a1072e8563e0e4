/// Which dead letters of a queue are meant.
public enum DeadLetterSelection: Sendable, Hashable {
  case all
  /// Those with this code.
  case reason(String)
  /// Those at these places, counted from 1 as they were listed.
  case positions(ClosedRange<Int>)

  func contains(_ letter: DeadLetter) -> Bool {
    switch self {
    case .all: true
    case .reason(let code): letter.reason == code
    case .positions(let positions): positions.contains(letter.position)
    }
  }

  /// Beyond this place there is nothing that is meant.
  var lastPosition: Int {
    if case .positions(let positions) = self { return positions.upperBound }
    return .max
  }
}
