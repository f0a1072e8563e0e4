import Billing
import PostgreSQL

/// Reads invoices, and what is on none yet.
struct RevenueSource {
  let connection: Connection
  /// On which periods begin.
  let span: BillingPeriod
  let today: CivilDate

  /// Invoice lines' sums.
  ///
  /// - Parameter company: `nil` for all.
  func invoiced(_ company: CompanyID?) throws(PostgreSQLError) -> [RevenueFacts.Entry] {
    let rows = try connection.query(
      """
      SELECT date_trunc('month', i.period_start)::date, i.currency, sum(l.amount), l.kind, l.metric, i.state
      FROM billing.invoices i
      JOIN billing.invoice_lines l ON l.company_id = i.company_id AND l.invoice_no = i.invoice_no
      WHERE (\(company)::text IS NULL OR i.company_id = \(company))
        AND i.period_start >= \(span.start) AND i.period_start < \(span.end)
      GROUP BY 1, 2, 4, 5, 6
      """)
    var entries: [RevenueFacts.Entry] = []
    for row in rows {
      guard let state = RevenueReport.State(rawValue: try row.decode(at: 5)),
        let category = Self.category(try row.decode(at: 3), try row.decode(at: 4))
      else { throw PostgreSQLError(.decoding, "a stored invoice has a state or a line of an unknown kind") }
      entries.append(
        RevenueFacts.Entry(month: try row.decode(at: 0), category: category, state: state, amount: try amount(row)))
    }
    return entries
  }

  /// Registered companies in the order of their ids.
  func companies(after last: CompanyID?, limit: Int) throws(PostgreSQLError) -> [CompanyID] {
    let rows = try connection.query(
      """
      SELECT company_id FROM billing.companies
      WHERE company_id > \(last?.text ?? "") AND registered_at IS NOT NULL ORDER BY company_id LIMIT \(Int64(limit))
      """)
    var ids: [CompanyID] = []
    for row in rows { ids.append(try row.decode(at: 0)) }
    return ids
  }

  /// Periods that have begun and are not closed.
  func openPeriods(
    of companies: [Company]
  ) throws(PostgreSQLError) -> [(company: Company, period: Company.Period)] {
    let byID = Dictionary(uniqueKeysWithValues: companies.map { ($0.id, $0) })
    let rows = try connection.query(
      """
      SELECT company_id, period_start FROM billing.billing_periods
      WHERE company_id = ANY (\(companies.map(\.id))) AND closed_at IS NULL AND period_start <= \(today)
        AND period_start >= \(span.start) AND period_start < \(span.end)
      """)
    var periods: [(company: Company, period: Company.Period)] = []
    for row in rows {
      guard let company = byID[try row.decode(at: 0)], let period = company.period(startingAt: try row.decode(at: 1))
      else { throw PostgreSQLError(.decoding, "a stored billing period was not read") }
      periods.append((company, period))
    }
    return periods
  }

  /// One-off charges that no line is for, in the month in which their billing period begins.
  func unbilledCharges(of companies: [Company]) throws(PostgreSQLError) -> [RevenueFacts.Entry] {
    let rows = try connection.query(
      """
      SELECT date_trunc('month', p.period_start)::date, c.currency, sum(c.minor_units)
      FROM billing.charges c
      JOIN LATERAL (SELECT coalesce(max(period_start), (c.occurred_at AT TIME ZONE 'UTC')::date) AS period_start
        FROM billing.billing_periods
        WHERE company_id = c.company_id AND period_start <= (c.occurred_at AT TIME ZONE 'UTC')::date) p ON true
      WHERE c.company_id = ANY (\(companies.map(\.id)))
        AND p.period_start >= \(span.start) AND p.period_start < \(span.end)
        AND NOT EXISTS (SELECT FROM billing.invoice_lines l
          WHERE l.company_id = c.company_id AND l.charge_number = c.charge_number)
      GROUP BY 1, 2
      """)
    var entries: [RevenueFacts.Entry] = []
    for row in rows {
      entries.append(
        RevenueFacts.Entry(
          month: try row.decode(at: 0), category: .charge, state: .unbilled, amount: try amount(row)))
    }
    return entries
  }

  /// Of columns 1 and 2.
  private func amount(_ row: Row) throws(PostgreSQLError) -> Amount {
    Amount(minorUnits: try row.minorUnits(at: 2), currency: try row.currency(at: 1))
  }

  private static func category(_ kind: String, _ metric: MetricName?) -> RevenueReport.Category? {
    switch (kind, metric) {
    case ("base_fee", _): .baseFee
    case ("usage", let metric?): .usage(metric)
    case ("late", let metric?): .late(metric)
    case ("charge", _): .charge
    default: nil
    }
  }
}
