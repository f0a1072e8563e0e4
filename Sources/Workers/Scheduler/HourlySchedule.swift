import Billing

/// Once an hour, a fixed time after its beginning in UTC.
enum HourlySchedule {
  /// The latest such moment at or before `now`.
  static func latest(at now: Instant, after delay: Duration) -> Instant {
    let delay = delay.components.seconds
    let passed = now.microseconds / Instant.microsecondsPerSecond - delay
    return Instant(microseconds: 0).adding(seconds: passed - passed % 3600 + delay)
  }
}
