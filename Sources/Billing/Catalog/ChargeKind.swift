/// What a one-off charge is for: `setup_fee`. 1 to 64 characters of `[a-z0-9_]`, beginning with a letter.
public struct ChargeKind: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The only kind whose amounts may be negative.
  public static let creditText = "credit"

  public let text: String

  /// `nil` when the text breaks the rule above.
  public init?(_ text: String) {
    guard MetricName(text) != nil else { return nil }
    self.text = text
  }

  public var isCredit: Bool { text == Self.creditText }

  public var description: String { text }

  public static func < (left: ChargeKind, right: ChargeKind) -> Bool { left.text < right.text }
}
