import Billing
import PostgreSQL

/// Companies as operators see them: shown, listed, registered and changed.
public struct CompanyStore {
  let connection: Connection

  /// Uses the caller's connection, which must not be in a transaction.
  public init(_ connection: Connection) { self.connection = connection }

  /// - Throws: `unknownCompany` when it was neither registered nor seen in a message.
  public func show(_ id: CompanyID) throws(AdministrationError) -> CompanyRecord {
    let found = try administration { () throws(LedgerError) in try record(id) }
    guard let found else { throw .unknownCompany(id) }
    return found
  }

  /// A page of companies, by id.
  ///
  /// - Parameters:
  ///   - unregistered: those alone that nobody has registered.
  ///   - after: where the page before ended.
  public func list(unregistered: Bool, after: CompanyID? = nil, limit: Int = 1000) throws(LedgerError)
    -> [CompanySummary]
  {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT c.company_id, c.display_name, c.registered_at, c.plan_id, c.currency, c.status, c.created_at,
          coalesce((SELECT sum(u.events) FROM billing.usage_periods u WHERE u.company_id = c.company_id), 0)::bigint
        FROM billing.companies c
        WHERE c.company_id > \(after?.text ?? "") AND (NOT \(unregistered) OR c.registered_at IS NULL)
        ORDER BY c.company_id LIMIT \(limit)
        """)
      var page: [CompanySummary] = []
      for row in rows {
        page.append(
          CompanySummary(
            id: try row.decode(at: 0), displayName: try row.decode(at: 1), registeredAt: try row.decode(at: 2),
            plan: try row.decode(at: 3), currency: try row.decode(at: 4), status: try row.decode(at: 5),
            createdAt: try row.decode(at: 6), events: try row.decode(at: 7)))
      }
      return page
    }
  }

  private func record(_ id: CompanyID) throws(LedgerError) -> CompanyRecord? {
    guard let company = try CompanyLoader(connection: connection).load([id]).first else { return nil }
    return try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT display_name, registered_at, anchor_day, status, stripe_customer, stripe_subscription, stripe_mode,
          stripe_subscription_start, stripe_since, created_at
        FROM billing.companies WHERE company_id = \(id)
        """)
      guard let row = rows.first else { return nil }
      return CompanyRecord(
        id: id, displayName: try row.decode(at: 0), registeredAt: try row.decode(at: 1), plan: company.plan,
        currency: company.currency, anchorDay: Int(try row.decode(Int16.self, at: 2)), status: try row.decode(at: 3),
        membership: company.statedMembership,
        stripeCustomer: try row.decode(at: 4), stripeSubscription: try row.decode(at: 5),
        stripeMode: try row.decode(at: 6), stripeSubscriptionStart: try row.decode(at: 7),
        stripeSince: try row.decode(at: 8), createdAt: try row.decode(at: 9), rates: company.overrides,
        periods: try periods(id))
    }
  }

  private func periods(_ id: CompanyID) throws(PostgreSQLError) -> [CompanyRecord.Period] {
    let rows = try connection.query(
      """
      SELECT period_start, period_end, plan_id, currency, closed_at FROM billing.billing_periods
      WHERE company_id = \(id) ORDER BY period_start
      """)
    var periods: [CompanyRecord.Period] = []
    for row in rows {
      periods.append(
        CompanyRecord.Period(
          bounds: try row.period(at: 0), plan: try row.decode(at: 2), currency: try row.decode(at: 3),
          closedAt: try row.decode(at: 4))
      )
    }
    return periods
  }
}
