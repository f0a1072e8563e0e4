import Billing
import PostgreSQL
import Storage

/// What a company's invoices have to do with Stripe.
struct BilledByStripe {
  /// Usage and invoices of the period that holds this day, and of later ones, are told; `nil`: none.
  let since: CivilDate?
  /// `nil`: there is none.
  let subscription: SubscriptionSpan?

  func isTold(_ period: BillingPeriod) -> Bool { since.map { period.end > $0 } ?? false }

  func isSubscribed(in period: BillingPeriod) -> Bool {
    subscription?.bills(period) ?? false
  }

  /// Which way the invoice of a period goes.
  func route(of period: BillingPeriod) -> InvoiceDraft.Route {
    guard isTold(period) else { return .unsent }
    return isSubscribed(in: period) ? .subscription : .created
  }

  /// Within a transaction that holds the registry's lock.
  static func read(
    _ companies: [CompanyID], on connection: Connection
  ) throws(PostgreSQLError) -> [CompanyID: BilledByStripe] {
    let rows = try connection.query(
      """
      SELECT c.company_id, CASE WHEN c.stripe_mode <> 'off' THEN c.stripe_since END, c.stripe_subscription_start,
        c.stripe_subscription IS NOT NULL, c.left_on
      FROM unnest(\(companies)) AS k (company_id) JOIN billing.companies c ON c.company_id = k.company_id
      """)
    var standings: [CompanyID: BilledByStripe] = [:]
    for row in rows {
      let span = SubscriptionSpan(start: try row.decode(at: 2), left: try row.decode(at: 4))
      standings[try row.decode(at: 0)] = BilledByStripe(
        since: try row.decode(at: 1), subscription: try row.decode(Bool.self, at: 3) ? span : nil)
    }
    return standings
  }
}
