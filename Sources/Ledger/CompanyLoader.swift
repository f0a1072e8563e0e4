import Billing
import PostgreSQL

/// Reads companies with their billing periods, and makes those that are missing.
struct CompanyLoader {
  let connection: Connection

  /// The companies that the database has, of those asked for.
  func load(_ ids: [CompanyID]) throws(LedgerError) -> [Company] {
    guard !ids.isEmpty else { return [] }
    return try database { () throws(PostgreSQLError) in
      let overrides = try overrides(ids)
      let periods = try periods(ids)
      var companies: [Company] = []
      let rows = try connection.query(
        """
        SELECT c.company_id, c.registered_at IS NOT NULL, c.anchor_day, c.plan_id, c.currency, r.renewed_through,
          c.joined_on, c.left_on
        FROM billing.companies c LEFT JOIN billing.patient_renewals r ON r.company_id = c.company_id
        WHERE c.company_id = ANY (\(ids))
        """)
      for row in rows {
        let id: CompanyID = try row.decode(at: 0)
        companies.append(
          Company(
            id: id, isRegistered: try row.decode(at: 1),
            anchor: AnchorDay(Int(try row.decode(Int16.self, at: 2))) ?? .first, plan: try row.decode(at: 3),
            currency: try row.decode(at: 4), overrides: overrides[id] ?? [],
            membership: Membership(joined: try row.decode(at: 6), left: try row.decode(at: 7)),
            renewedThrough: try row.decode(at: 5), periods: periods[id] ?? []))
      }
      return companies
    }
  }

  /// Adds the companies that are not there, as unregistered, and the periods that contain the timestamps and `now`.
  ///
  /// A transaction of its own: the batch that needs them may fail, and must not hold company rows while it runs. A
  /// company's row is locked while its periods are made, so that two replicas cannot make overlapping ones.
  func make(_ wanted: [CompanyID: [Instant]], now: Instant) throws(LedgerError) -> [Company] {
    guard !wanted.isEmpty else { return [] }
    let ids = wanted.keys.sorted()
    return try inTransaction(connection) { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in
        _ = try connection.update(
          """
          INSERT INTO billing.companies (company_id, version)
          SELECT id, (SELECT version FROM billing.registry_version) FROM unnest(\(ids)) AS id
          ON CONFLICT DO NOTHING
          """)
        _ = try connection.query(
          """
          SELECT 1 FROM billing.companies WHERE company_id = ANY (\(ids)) ORDER BY company_id FOR UPDATE
          """)
      }
      let companies = try load(ids)
      try extend(companies) { (wanted[$0] ?? []) + [now] }
      return companies
    }
  }

  /// Makes the missing periods of companies whose rows are locked: all in one statement, since a new installation's first
  /// batches are full of companies that nobody has seen.
  func extend(_ companies: [Company], toCover instants: (CompanyID) -> [Instant]) throws(LedgerError) {
    var added: [(company: Company, bounds: BillingPeriod)] = []
    for company in companies {
      // From the earliest on, so that rows grow backwards once and forwards after that, without a gap.
      for instant in instants(company.id).sorted() where company.period(containing: instant) == nil {
        let missing = PeriodCalendar.periods(
          covering: instant, extending: company.periods.map(\.bounds), anchor: company.anchor)
        company.periods += missing.map { Company.Period(bounds: $0, plan: company.plan) }
        company.periods.sort { $0.bounds < $1.bounds }
        added += missing.map { (company, $0) }
      }
    }
    guard !added.isEmpty else { return }
    _ = try database { () throws(PostgreSQLError) in
      try connection.update(
        """
        INSERT INTO billing.billing_periods (company_id, period_start, period_end, plan_id, currency)
        SELECT p.company_id, p.period_start, p.period_end, p.plan_id, p.currency
        FROM unnest(\(added.map(\.company.id)), \(added.map(\.bounds.start)), \(added.map(\.bounds.end)),
            \(added.map(\.company.plan)), \(added.map(\.company.currency)))
          AS p (company_id, period_start, period_end, plan_id, currency)
        """)
    }
  }

  private func periods(_ ids: [CompanyID]) throws(PostgreSQLError) -> [CompanyID: [Company.Period]] {
    var periods: [CompanyID: [Company.Period]] = [:]
    let rows = try connection.query(
      """
      SELECT company_id, period_start, period_end, plan_id, closed_at FROM billing.billing_periods
      WHERE company_id = ANY (\(ids)) ORDER BY company_id, period_start
      """)
    for row in rows {
      periods[try row.decode(at: 0), default: []].append(
        Company.Period(bounds: try row.period(at: 1), plan: try row.decode(at: 3), closedAt: try row.decode(at: 4)))
    }
    return periods
  }

  private func overrides(_ ids: [CompanyID]) throws(PostgreSQLError) -> [CompanyID: [RateOverride]] {
    var overrides: [CompanyID: [RateOverride]] = [:]
    let rows = try connection.query(
      """
      SELECT company_id, metric, effective_from, unit_price, included, threshold, levels FROM billing.company_rates
      WHERE company_id = ANY (\(ids)) ORDER BY company_id, metric, effective_from
      """)
    for row in rows {
      overrides[try row.decode(at: 0), default: []].append(
        RateOverride(
          metric: try row.decode(at: 1), effectiveFrom: try row.decode(at: 2), unitPrice: try row.decode(at: 3),
          included: try row.decode(at: 4), threshold: try row.decode(at: 5), levels: try row.decode(at: 6)))
    }
    return overrides
  }
}
