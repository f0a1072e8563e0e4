import Billing

/// One total, and where it is: each unit of it must be in exactly one place.
public struct MeterBalance: Hashable, Sendable {
  public let company: CompanyID
  public let metric: MetricName
  public let period: BillingPeriod
  /// Of the billing period, by our ledger.
  public let total: Quantity
  /// What meter events were written for.
  public let reported: Quantity
  /// What invoice items were written for.
  public let itemized: Quantity
  /// Of what was reported: written, and not yet known to be at Stripe.
  public let waiting: Quantity
  /// What the meter has counted for the customer in the period.
  public let atStripe: Quantity
  /// Of what was reported: given up by a person. It explains a difference and takes nothing from it: some of it may be at
  /// Stripe.
  public let discarded: Quantity
  /// Of what was reported: delivered in the last minutes. Stripe's summaries lag.
  public let justDelivered: Quantity

  /// What the next meter report will tell.
  public var notReported: Quantity { total - reported - itemized }

  /// What is missing at Stripe; below zero: what is too much there. Zero when all is where it should be.
  public var difference: Quantity { total - notReported - itemized - waiting - atStripe }

  /// Whether there is anything at all to compare.
  public var isEmpty: Bool { [total, reported, itemized, waiting, atStripe, discarded].allSatisfy { $0 == .zero } }
}
