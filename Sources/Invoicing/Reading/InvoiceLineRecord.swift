import Billing

/// A line of an invoice, with what a reader needs to understand it.
public struct InvoiceLineRecord: Sendable {
  /// A total's line.
  public struct Usage: Sendable {
    public let metric: MetricName
    /// What one of it is called; `nil` when the catalog no longer has the metric.
    public let unit: String?
    public let quantity: Quantity
    /// Of the total up to and with the line.
    public let totalQuantity: Quantity
    /// Which of the total's lines it is, from 1 on.
    public let totalLine: Int
    /// Whether it was written after its period's close.
    public let isLate: Bool
    /// What priced it; `nil` when the catalog no longer has the rate.
    public let rate: EffectiveRate?
  }

  public enum Content: Sendable {
    /// For so many days; the plan's whole fee.
    case baseFee(days: Int, whole: Amount?)
    case usage(Usage)
    case charge(number: Int64, kind: ChargeKind?)
  }

  /// What of an itemized line one subject is.
  public struct Part: Sendable {
    /// From 1 on, in the order of the subjects' first records.
    public let place: Int
    public let events: Int64
    public let quantity: Quantity
    public let amount: Amount
  }

  public let number: Int64
  public let invoice: InvoiceNumber
  /// Of whose prices it is: the invoice's, or an earlier one's.
  public let period: BillingPeriod
  public let content: Content
  public let amount: Amount
  /// How Stripe gets it: `m`, `s`, `i` or `n`, as in the table.
  public let route: String
  /// The entry of the outbox that tells Stripe, in its text form.
  public let entry: String?
  /// Where parts were asked for.
  public internal(set) var parts: [Part] = []

  public var usage: Usage? {
    if case .usage(let usage) = content { return usage }
    return nil
  }

  /// As the table names kinds.
  public var kind: String {
    switch content {
    case .baseFee: "base_fee"
    case .usage(let usage): usage.isLate ? "late" : "usage"
    case .charge: "charge"
    }
  }
}
