/// A metric's total of one day.
public struct DailyTotal: Hashable, Sendable {
  public let day: CivilDate
  /// By the metric's aggregation: of `unique`, the subjects of this day alone.
  public let quantity: Quantity
  /// How many records stand behind it; 0 when all were taken back.
  public let events: Int64

  public init(day: CivilDate, quantity: Quantity, events: Int64) {
    self.day = day
    self.quantity = quantity
    self.events = events
  }

  /// Whether anything still counts of what was recorded.
  public var hasUsage: Bool { events != 0 || quantity != .zero }
}
