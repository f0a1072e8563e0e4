/// How a metric's total grew, day by day, from the first day of a stretch on: what it was at the end of each day.
///
/// The stretch is a billing period or its beginning, and totals start anew each period; so the total through a day is
/// exactly what the period would have been charged for, had it ended with that day.
public struct UsageCourse: Hashable, Sendable {
  /// The end of a day on which something was counted.
  public struct Point: Hashable, Sendable {
    public let day: CivilDate
    /// From the stretch's first day through this one.
    public let total: Quantity

    public init(day: CivilDate, total: Quantity) {
      self.day = day
      self.total = total
    }
  }

  /// Ascending by day.
  private let points: [Point]

  /// - Parameter points: one for a day at most, in any order.
  public init(_ points: [Point]) { self.points = points.sorted { $0.day < $1.day } }

  /// Puts days together: `sum` and `count` add up, `max` is the greatest, `last` the latest day's.
  ///
  /// - Returns: `nil` for `unique`: who was seen on two days counts once, and days' numbers do not tell who that was.
  public init?(_ days: [DailyTotal], as aggregation: Aggregation) {
    guard aggregation != .unique else { return nil }
    var points: [Point] = []
    var total = Quantity.zero
    // A day whose records were all taken back has no greatest and no latest.
    for day in days.sorted(by: { $0.day < $1.day }) where day.hasUsage {
      switch aggregation {
      case .sum, .count: total += day.quantity
      case .max: total = points.isEmpty ? day.quantity : max(total, day.quantity)
      case .last, .unique: total = day.quantity
      }
      points.append(Point(day: day.day, total: total))
    }
    self.points = points
  }

  /// 0 before the first day with usage.
  public func total(through day: CivilDate) -> Quantity { points.last { $0.day <= day }?.total ?? .zero }

  /// Whether anything was counted by the end of the day.
  public func hasUsage(through day: CivilDate) -> Bool { points.first.map { $0.day <= day } ?? false }
}
