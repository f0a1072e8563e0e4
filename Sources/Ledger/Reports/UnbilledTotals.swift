import Billing
import PostgreSQL

/// A billing period's total of which a part stands on no invoice line yet.
struct UnbilledTotal {
  let company: Company
  let period: Company.Period
  /// What is missing then comes as a late line of the next invoice.
  let isClosed: Bool
  let metric: MetricName
  /// As it is now.
  let total: Quantity
  /// As the last line left it; 0 without a line.
  let charged: Quantity
  /// What all lines come to, in the plan's currency.
  let chargedMinorUnits: Int128

  /// What the next line will come to: the price of the whole total at the period's rates and quota, less what its lines
  /// came to before.
  ///
  /// - Returns: `nil` for what no line will ever be written of: without a rate, or with one that is never billed.
  func owed(_ catalog: Catalog) throws(MoneyError) -> Amount? {
    let plan = period.plan.flatMap(catalog.plan) ?? catalog.defaultPlan
    let rate = plan.rate(
      for: metric, in: period.bounds, today: period.bounds.start, overrides: company.overrides)
    guard let rate, rate.billing != .unbilled else { return nil }
    var account = ChargedTotal(
      quantity: charged, amount: Amount(minorUnits: chargedMinorUnits, currency: plan.currency))
    return try account.charge(upTo: total, at: rate).amount
  }
}

/// Reads what is counted and not charged, of some companies.
struct UnbilledTotals {
  let connection: Connection
  let companies: [Company]

  /// - Parameter days: those on which the periods begin.
  /// - Returns: by company, period and metric.
  func read(periodsBeginningIn days: BillingPeriod) throws(PostgreSQLError) -> [UnbilledTotal] {
    let byID = Dictionary(uniqueKeysWithValues: companies.map { ($0.id, $0) })
    let rows = try connection.query(
      """
      SELECT u.company_id, u.period_start, p.closed_at IS NOT NULL, u.metric, u.quantity,
        coalesce(c.charged_quantity, 0), coalesce(c.charged_amount, 0)
      FROM billing.usage_periods u
      JOIN billing.billing_periods p ON p.company_id = u.company_id AND p.period_start = u.period_start
      LEFT JOIN billing.metric_charges c
        ON c.company_id = u.company_id AND c.metric = u.metric AND c.period_start = u.period_start
      WHERE u.company_id = ANY (\(companies.map(\.id))) AND u.quantity <> coalesce(c.charged_quantity, 0)
        AND u.period_start >= \(days.start) AND u.period_start < \(days.end)
      ORDER BY u.company_id, u.period_start, u.metric
      """)
    var totals: [UnbilledTotal] = []
    for row in rows {
      let start: CivilDate = try row.decode(at: 1)
      guard let company = byID[try row.decode(at: 0)], let period = company.period(startingAt: start) else {
        throw PostgreSQLError(.decoding, "a stored total has no billing period")
      }
      totals.append(
        UnbilledTotal(
          company: company, period: period, isClosed: try row.decode(at: 2), metric: try row.decode(at: 3),
          total: try row.decode(at: 4), charged: try row.decode(at: 5),
          chargedMinorUnits: try row.minorUnits(at: 6)))
    }
    return totals
  }
}
