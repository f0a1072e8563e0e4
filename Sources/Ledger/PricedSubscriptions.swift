import Billing
import PostgreSQL

/// Which billing period's prices the companies' subscriptions have at Stripe.
public struct PricedSubscriptions {
  /// A subscription of ours that has the prices of an earlier period than the one that is running.
  public struct Due: Hashable, Sendable {
    public let company: CompanyID
    public let customer: String
    public let subscription: String
    /// What its prices are, as they were noted.
    public let prices: String
    /// The start of the period that is running.
    public let periodStart: CivilDate
  }

  /// Until an hour after a period's end Stripe keeps its invoice a draft, and usage of it is told: the prices of that
  /// period stay so long, and a little longer.
  public static let waitSeconds: Int64 = 3600 + 300

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// In the order of companies; those alone for which something may be sent.
  public func due(after cursor: CompanyID?, limit: Int, now: Instant) throws(LedgerError) -> [Due] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT c.company_id, c.stripe_customer, c.stripe_subscription, c.stripe_priced_as, p.period_start
        FROM billing.companies c
        CROSS JOIN LATERAL (
          SELECT period_start, period_end FROM billing.billing_periods
          WHERE company_id = c.company_id AND period_start <= \(now.date) ORDER BY period_start DESC LIMIT 1) AS p
        WHERE c.company_id > \(cursor?.text ?? "") AND c.stripe_priced_from < p.period_start
          AND p.period_end > \(now.date) AND p.period_start <= \(now.adding(seconds: -Self.waitSeconds).date)
          AND c.registered_at IS NOT NULL AND c.stripe_mode = 'live'
          AND c.stripe_customer IS NOT NULL AND c.stripe_subscription IS NOT NULL
          AND NOT EXISTS (SELECT FROM billing.outbox_pauses WHERE company_id IN ('*', c.company_id))
        ORDER BY c.company_id LIMIT \(limit)
        """)
      var due: [Due] = []
      for row in rows {
        due.append(
          Due(
            company: try row.decode(at: 0), customer: try row.decode(at: 1), subscription: try row.decode(at: 2),
            prices: try row.decode(at: 3), periodStart: try row.decode(at: 4)))
      }
      return due
    }
  }

  /// Whether the subscription must wait before it gets the prices of the period that is running: the one before may still
  /// be billed by what it has.
  public func mustWait(_ company: CompanyID, periodStart: CivilDate, now: Instant) throws(LedgerError) -> Bool {
    guard now < periodStart.start.adding(seconds: Self.waitSeconds) else { return false }
    return try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        "SELECT 1 FROM billing.companies WHERE company_id = \(company) AND stripe_priced_from < \(periodStart)")
      return !rows.isEmpty
    }
  }

  /// Notes what the subscription has now, unless the company has another one meanwhile.
  public func note(
    _ company: CompanyID, subscription: String, prices: String, periodStart: CivilDate
  ) throws(LedgerError) {
    try database { () throws(PostgreSQLError) in
      _ = try connection.update(
        """
        UPDATE billing.companies SET stripe_priced_from = \(periodStart), stripe_priced_as = \(prices)
        WHERE company_id = \(company) AND stripe_subscription = \(subscription)
          AND coalesce(stripe_priced_from <= \(periodStart), true)
        """)
    }
  }
}
