import Billing
import PostgreSQL
import Storage

/// Which meters the companies' subscriptions have prices of, as somebody has seen at Stripe.
public struct SubscriptionMeters {
  /// A company whose sequences wait for somebody to look at its subscription.
  public struct Unchecked: Hashable, Sendable {
    public let company: CompanyID
    public let subscription: RemoteID

    public init(company: CompanyID, subscription: RemoteID) {
      self.company = company
      self.subscription = subscription
    }
  }

  /// A price at Stripe for what a meter counts.
  public struct Price: Hashable, Sendable {
    public let metric: MetricName
    public let price: RemoteID

    public init(metric: MetricName, price: RemoteID) {
      self.metric = metric
      self.price = price
    }
  }

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Companies with held sequences whose subscription nobody has looked at, or whose subscription lacked a meter's price
  /// when somebody did, if those are asked for: it may have been added since.
  ///
  /// - Parameter cursor: the last company of the portion before; in the order of companies, so that each has its turn.
  public func unchecked(
    limit: Int, after cursor: CompanyID? = nil, andWithoutPrice: Bool = false
  ) throws(OutboxError) -> [Unchecked] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT DISTINCT k.company_id, c.stripe_subscription FROM billing.outbox_keys k
        CROSS JOIN LATERAL (
          SELECT stripe_subscription FROM billing.companies
          WHERE company_id = k.company_id AND stripe_subscription IS NOT NULL LIMIT 1) AS c
        WHERE k.state = 'h' AND k.company_id > \(cursor?.text ?? "")
          -- What an operator has typed may be no name that Stripe gives: nobody can look at it.
          AND c.stripe_subscription !~ '[^A-Za-z0-9_-]' AND length(c.stripe_subscription) BETWEEN 1 AND 260
          AND (k.hold = 'subscription_unchecked' OR (\(andWithoutPrice) AND k.hold = 'no_meter_price'))
        ORDER BY k.company_id LIMIT \(limit)
        """)
      var found: [Unchecked] = []
      for row in rows { found.append(Unchecked(company: try row.decode(at: 0), subscription: try row.decode(at: 1))) }
      return found
    }
  }

  /// Keeps what the subscription has, in place of what was known of it, and releases what waited for it. Within the
  /// caller's transaction.
  ///
  /// - Parameter changedAt: when prices of it were changed; `nil`: they were only looked at, or it was made just now and
  ///   bills its period from the start on.
  public func store(_ subscription: Unchecked, prices: [Price], changedAt: Instant? = nil) throws(OutboxError) {
    let company = subscription.company
    try database { () throws(PostgreSQLError) in
      let billedFrom = try billedFrom(subscription, prices, changedAt: changedAt)
      _ = try connection.update(
        """
        UPDATE billing.companies SET stripe_subscription_checked = \(subscription.subscription)
        WHERE company_id = \(company)
        """)
      _ = try connection.update("DELETE FROM billing.stripe_subscription_meters WHERE company_id = \(company)")
      _ = try connection.update(
        """
        INSERT INTO billing.stripe_subscription_meters (company_id, subscription, metric, price, billed_from)
        SELECT \(company), \(subscription.subscription), n.metric, n.price, n.billed_from
        FROM unnest(\(prices.map(\.metric)), \(prices.map(\.price)), \(billedFrom)) AS n (metric, price, billed_from)
        ON CONFLICT DO NOTHING
        """)
    }
    try OutboxHolds.release(company, on: connection)
  }

  /// Stripe bills by a price what is dated after it came to the subscription, by Stripe's clock. What was known of it stays.
  private func billedFrom(
    _ subscription: Unchecked, _ prices: [Price], changedAt: Instant?
  ) throws(PostgreSQLError) -> [Instant?] {
    let rows = try connection.query(
      """
      SELECT metric, price, billed_from FROM billing.stripe_subscription_meters
      WHERE company_id = \(subscription.company) AND subscription = \(subscription.subscription)
      """)
    var known: [Price: Instant?] = [:]
    for row in rows {
      known[Price(metric: try row.decode(at: 0), price: try row.decode(at: 1))] = try row.decode(Instant?.self, at: 2)
    }
    let later = changedAt?.adding(seconds: Self.clockSkewSeconds)
    return prices.map { known[$0] ?? later }
  }

  private static let clockSkewSeconds: Int64 = 60
}
