import Billing

/// When reports are due: at fixed times of each day in UTC, so that they neither drift nor depend on when a process began.
///
/// Billing periods end at midnight. So besides every interval from midnight on there are: midnight itself, which reports
/// what the ended periods still owe; a little before the grace time is over, the last report that can reach the meter
/// (what comes after it is for the close); and a while after Stripe's hour, when undelivered reports become items.
public struct ReportSchedule: Hashable, Sendable {
  /// A minute to 24 hours.
  public static let intervals: ClosedRange<Duration> = .seconds(60)...(.seconds(86_400))

  private static let day: Int64 = 86_400

  /// Seconds after midnight, ascending; the first is 0.
  private let moments: [Int64]

  /// - Parameters:
  ///   - interval: between two reports; a day's last may be shorter.
  ///   - grace: `PERIOD_GRACE`.
  public init(interval: Duration, grace: Duration) {
    let step = min(max(interval, Self.intervals.lowerBound), Self.intervals.upperBound).components.seconds
    let grace = grace.components.seconds
    let ends: [Int64] = [grace > 60 ? grace - 60 : 0, 3600 + 60]
    moments = Set(Array(stride(from: Int64(0), to: Self.day, by: Int(step))) + ends).sorted()
  }

  /// The latest moment at or before `now`.
  public func latest(at now: Instant) -> Instant {
    let midnight = now.date.start
    let passed = (now.microseconds - midnight.microseconds) / Instant.microsecondsPerSecond
    return midnight.adding(seconds: moments.last { $0 <= passed } ?? 0)
  }

  /// The first moment after `now`.
  public func next(after now: Instant) -> Instant {
    let midnight = now.date.start
    let passed = (now.microseconds - midnight.microseconds) / Instant.microsecondsPerSecond
    return midnight.adding(seconds: moments.first { $0 > passed } ?? Self.day)
  }
}
