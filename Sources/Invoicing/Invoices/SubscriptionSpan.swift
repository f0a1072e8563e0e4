import Billing

/// From when to when a company's subscription at Stripe makes invoices.
struct SubscriptionSpan: Hashable, Sendable {
  /// `nil`: it bills every period up to the end.
  var start: CivilDate?
  /// When the company left: no period that begins then or later is billed by it.
  var left: CivilDate?

  func bills(_ period: BillingPeriod) -> Bool {
    (start.map { $0 <= period.start } ?? true) && (left.map { period.start < $0 } ?? true)
  }
}
