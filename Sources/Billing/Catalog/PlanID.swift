/// A plan's name. 1 to 64 characters of `[A-Za-z0-9._-]`.
public struct PlanID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let text: String

  /// `nil` when the text breaks the rule above.
  public init?(_ text: String) {
    guard (1...64).contains(text.utf8.count),
      text.utf8.allSatisfy({ CompanyID.isAllowed($0) && $0 != UInt8(ascii: ":") })
    else { return nil }
    self.text = text
  }

  public var description: String { text }

  public static func < (left: PlanID, right: PlanID) -> Bool { left.text < right.text }
}
