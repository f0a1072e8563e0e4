/// A company's billing period: whole days in UTC, from midnight at `start` to midnight at `end`, which is not in it.
public struct BillingPeriod: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let start: CivilDate
  /// The first day after it, on which the next period begins.
  public let end: CivilDate

  /// `nil` when it would hold no day.
  public init?(start: CivilDate, end: CivilDate) {
    guard start < end else { return nil }
    self.start = start
    self.end = end
  }

  /// For callers that have shown `start` to lie before `end`.
  init(from start: CivilDate, upTo end: CivilDate) {
    self.start = start
    self.end = end
  }

  /// Every day that a bill can be for.
  public static let always = BillingPeriod(
    from: CivilDate(validYear: 1, month: 1, day: 1), upTo: CivilDate(validYear: 9999, month: 12, day: 31))

  public var lastDay: CivilDate { end.adding(days: -1) }

  public var days: Int { Int(end.daysSinceEpoch - start.daysSinceEpoch) }

  public func contains(_ date: CivilDate) -> Bool { start <= date && date < end }

  public func contains(_ instant: Instant) -> Bool { start.start <= instant && instant < end.start }

  /// `2025-01-01/2025-02-01`, as ISO 8601 writes intervals; the end is not in it.
  public var description: String { "\(start)/\(end)" }

  public static func < (left: BillingPeriod, right: BillingPeriod) -> Bool {
    (left.start, left.end) < (right.start, right.end)
  }
}
