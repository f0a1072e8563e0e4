import Billing

/// A line of an invoice: an amount, and what it is for.
public struct InvoiceItem: Hashable, Sendable {
  /// In the currency's minor unit; negative for credits and corrections downwards.
  public let minorUnits: Int64
  public let currency: Currency
  public let line: InvoiceLine
  /// The draft it is attached to; `nil`: Stripe puts it on the customer's next invoice.
  public let invoice: InvoiceNumber?

  public init(minorUnits: Int64, currency: Currency, line: InvoiceLine, invoice: InvoiceNumber? = nil) {
    self.minorUnits = minorUnits
    self.currency = currency
    self.line = line
    self.invoice = invoice
  }
}

/// What an invoice's line is for: of this its description and metadata are made.
public enum InvoiceLine: Hashable, Sendable {
  /// A period's usage that goes to no meter.
  case usage(MetricName, Quantity, BillingPeriod)
  /// Usage that came after the period was closed.
  case late(MetricName, Quantity, BillingPeriod)
  /// Usage for a meter that can no longer take it.
  case converted(MetricName, Quantity, BillingPeriod)
  case baseFee(BillingPeriod)
  /// A one-off charge, by our own number of it.
  case charge(ChargeKind, number: Int64)

  public var period: BillingPeriod? {
    switch self {
    case .usage(_, _, let period), .late(_, _, let period), .converted(_, _, let period), .baseFee(let period): period
    case .charge: nil
    }
  }

  public var metric: MetricName? {
    switch self {
    case .usage(let metric, _, _), .late(let metric, _, _), .converted(let metric, _, _): metric
    case .baseFee, .charge: nil
    }
  }

  public var quantity: Quantity? {
    switch self {
    case .usage(_, let quantity, _), .late(_, let quantity, _), .converted(_, let quantity, _): quantity
    case .baseFee, .charge: nil
    }
  }
}
