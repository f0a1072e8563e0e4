/// What is counted. 1 to 64 characters of `[a-z0-9_]`, beginning with a letter: it is a label in metrics pages, an event
/// name at Stripe and a key in the database.
public struct MetricName: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let text: String

  /// `nil` when the text breaks the rule above.
  public init?(_ text: String) {
    guard (1...64).contains(text.utf8.count), let first = text.utf8.first,
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first), text.utf8.allSatisfy(Self.isAllowed)
    else { return nil }
    self.text = text
  }

  /// For names of this program.
  init(valid text: String) { self.text = text }

  public var description: String { text }

  public static func < (left: MetricName, right: MetricName) -> Bool { left.text < right.text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
  }
}
