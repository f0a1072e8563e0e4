/// The day of the month on which a company's periods begin: 1 to 31, in a shorter month its last day.
public struct AnchorDay: Hashable, Sendable, CustomStringConvertible {
  /// Of companies that have no anchor of their own.
  public static let first = AnchorDay(valid: 1)

  public let day: Int

  /// `nil` when the day is not 1 to 31.
  public init?(_ day: Int) {
    guard (1...31).contains(day) else { return nil }
    self.day = day
  }

  private init(valid day: Int) { self.day = day }

  public var description: String { String(day) }
}
