import Billing
import PostgreSQL
import Storage

/// What a company's invoices have to do with Stripe.
struct BilledByStripe {
  /// Usage and invoices of the period that holds this day, and of later ones, are told; `nil`: none.
  let since: CivilDate?
  /// Of the company's subscription; `nil`: it has none, or one that bills every period.
  let subscriptionStart: CivilDate?
  let hasSubscription: Bool

  func isTold(_ period: BillingPeriod) -> Bool { since.map { period.end > $0 } ?? false }

  func isSubscribed(in period: BillingPeriod) -> Bool {
    hasSubscription && (subscriptionStart.map { $0 <= period.start } ?? true)
  }

  /// Which way the invoice of a period goes.
  func route(of period: BillingPeriod) -> InvoiceDraft.Route {
    guard isTold(period) else { return .unsent }
    return isSubscribed(in: period) ? .subscription : .created
  }
}
