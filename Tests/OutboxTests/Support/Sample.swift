import Billing
import Testing

@testable import Outbox

/// Values for tests.
enum Sample {
  /// January 2025.
  static func period() throws -> BillingPeriod {
    let (start, end) = (try #require(CivilDate("2025-01-01")), try #require(CivilDate("2025-02-01")))
    return try #require(BillingPeriod(start: start, end: end))
  }

  /// An event for a meter, in a minute of the period's own.
  static func event(_ metric: String = "order", value: Int = 1, minute: Int = 0) throws -> MeterEvent {
    let period = try period()
    let event = MeterEvent(
      metric: try #require(MetricName(metric)), period: period, value: Quantity(value),
      timestamp: period.start.start.adding(seconds: Int64(minute % (31 * 1440)) * 60))
    return try #require(event)
  }
}
