import Billing

/// A part of a period's quantity that a meter at Stripe shall add. The event's name is the metric's.
public struct MeterEvent: Hashable, Sendable {
  public let metric: MetricName
  /// The billing period whose quantity it is a part of.
  public let period: BillingPeriod
  /// In the metric's unit, raw: quotas and tiers are in Stripe's price. Negative where the period's quantity fell.
  public let value: Quantity
  /// When Stripe shall take it to have happened: the start of a minute that the company and meter have to themselves.
  public let timestamp: Instant

  /// Stripe takes values of at most so many digits (documentation of `payload` of meter events).
  public static let maximumDigits = 15

  /// `nil` when the value is zero or has more than 15 digits, or when the timestamp is not the start of a
  /// minute of the period.
  public init?(metric: MetricName, period: BillingPeriod, value: Quantity, timestamp: Instant) {
    guard value != .zero, Self.digits(value) <= Self.maximumDigits, period.contains(timestamp),
      timestamp.microseconds % (60 * Instant.microsecondsPerSecond) == 0
    else { return nil }
    self.metric = metric
    self.period = period
    self.value = value
    self.timestamp = timestamp
  }

  /// The part of a quantity that one event can carry, cut toward zero to 15 digits; the rest is left for the next report.
  public static func part(of quantity: Quantity) -> Quantity {
    let most = Int128(999_999_999_999_999)
    let magnitude = Int128(quantity.units.magnitude)
    let whole = magnitude / Quantity.unitsPerOne
    guard whole <= most else { return Quantity(units: (quantity.units < 0 ? -most : most) * Quantity.unitsPerOne) }
    var unit: Int128 = 1
    for _ in 0..<max(0, String(whole).utf8.count + Quantity.scale - maximumDigits) { unit *= 10 }
    return Quantity(units: quantity.units / unit * unit)
  }

  /// As Stripe is told it: the shortest decimal, a zero before the point included.
  static func digits(_ value: Quantity) -> Int {
    value.description.utf8.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
