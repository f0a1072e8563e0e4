import Billing
import PostgreSQL
import Storage

/// The statements of `meter_reports`, and of the totals next to it.
struct MeterReportTable {
  /// A company whose usage Stripe is told of.
  struct ReportedCompany {
    let id: CompanyID
    let subscription: SubscriptionSpan
    /// Whether events that no meter takes any more may become an item by itself. Not for a company without a
    /// subscription, which has no next invoice but those that closing makes; nor while one of its periods waits to be
    /// closed, whose invoice it may belong to.
    let canConvert: Bool
    /// The start of the last period whose prices the subscription has; `nil`: nobody knows.
    let pricedFrom: CivilDate?
  }

  let connection: Connection

  /// The next companies in the order of their ids; none at the end.
  ///
  /// - Parameter closable: periods that end on this day or before are due to be closed.
  func companies(
    after last: String, limit: Int, closable: CivilDate
  ) throws(PostgreSQLError) -> [ReportedCompany] {
    let rows = try connection.query(
      """
      SELECT company_id, stripe_subscription_start,
        stripe_subscription IS NOT NULL AND NOT EXISTS (
          SELECT FROM billing.billing_periods p
          WHERE p.company_id = c.company_id AND p.closed_at IS NULL AND p.period_end <= \(closable)),
        stripe_priced_from, left_on
      FROM billing.companies c
      WHERE company_id > \(last) AND registered_at IS NOT NULL AND stripe_mode <> 'off' AND stripe_since IS NOT NULL
      ORDER BY company_id LIMIT \(limit)
      """)
    var companies: [ReportedCompany] = []
    for row in rows {
      companies.append(
        ReportedCompany(
          id: try row.decode(at: 0),
          subscription: SubscriptionSpan(start: try row.decode(at: 1), left: try row.decode(at: 4)),
          canConvert: try row.decode(at: 2), pricedFrom: try row.decode(at: 3)))
    }
    return companies
  }

  /// From when on the companies' subscriptions bill metrics, where that is not from their start on.
  func billedFrom(_ companies: [CompanyID]) throws(PostgreSQLError) -> [CompanyID: [MetricName: Instant]] {
    let rows = try connection.query(
      """
      SELECT c.company_id, m.metric, m.billed_from
      FROM unnest(\(companies)) AS wanted (id)
      JOIN billing.companies c ON c.company_id = wanted.id
      JOIN billing.stripe_subscription_meters m
        ON m.company_id = c.company_id AND m.subscription = c.stripe_subscription AND m.billed_from IS NOT NULL
      """)
    var times: [CompanyID: [MetricName: Instant]] = [:]
    for row in rows { times[try row.decode(at: 0), default: [:]][try row.decode(at: 1)] = try row.decode(at: 2) }
    return times
  }

  /// Totals of which a part is untold, as far as can be seen without a lock.
  ///
  /// - Parameter begunBefore: periods that begin on this day or later are left out.
  func untold(
    _ companies: [CompanyID], _ metrics: [MetricName], begunBefore: CivilDate
  ) throws(PostgreSQLError) -> [MeterKey] {
    let rows = try connection.query(
      """
      SELECT u.company_id, u.metric, u.period_start
      FROM unnest(\(companies)) AS wanted (id)
      JOIN billing.companies c ON c.company_id = wanted.id
      JOIN billing.usage_periods u ON u.company_id = c.company_id
      JOIN billing.billing_periods p ON p.company_id = u.company_id AND p.period_start = u.period_start
      LEFT JOIN billing.meter_reports r
        ON r.company_id = u.company_id AND r.metric = u.metric AND r.period_start = u.period_start
      WHERE u.metric = ANY (\(metrics)) AND p.period_end > c.stripe_since AND u.period_start < \(begunBefore)
        AND u.quantity <> coalesce(r.reported + r.itemized, 0)
      """)
    return try Self.keys(rows)
  }

  /// All totals of one period of each company.
  func totals(
    of companies: [CompanyID], _ periodStarts: [CivilDate], _ metrics: [MetricName]
  ) throws(PostgreSQLError) -> [MeterKey] {
    let rows = try connection.query(
      """
      SELECT n.company_id, u.metric, n.period_start
      FROM unnest(\(companies), \(periodStarts)) AS n (company_id, period_start)
      CROSS JOIN unnest(\(metrics)) AS m (metric)
      JOIN billing.usage_periods u
        ON u.company_id = n.company_id AND u.metric = m.metric AND u.period_start = n.period_start
      """)
    return try Self.keys(rows)
  }

  private static func keys(_ rows: Rows) throws(PostgreSQLError) -> [MeterKey] {
    var keys: [MeterKey] = []
    for row in rows {
      keys.append(
        MeterKey(company: try row.decode(at: 0), metric: try row.decode(at: 1), periodStart: try row.decode(at: 2)))
    }
    return keys
  }

  /// Makes the rows that are missing, and locks all of them.
  ///
  /// - Parameter keys: in order. Two passes that meet wait for each other here, and never in a circle.
  /// - Returns: the rows in the keys' order.
  func lock(_ keys: [(key: MeterKey, currency: Currency)]) throws(PostgreSQLError) -> [MeterAccount] {
    let (companies, metrics, starts) = Self.columns(keys.map(\.key))
    _ = try connection.update(
      """
      INSERT INTO billing.meter_reports (company_id, metric, period_start)
      SELECT k.company_id, k.metric, k.period_start
      FROM unnest(\(companies), \(metrics), \(starts)) AS k (company_id, metric, period_start)
      ORDER BY 1, 2, 3
      ON CONFLICT DO NOTHING
      """)
    let rows = try connection.query(
      """
      SELECT r.reported, r.itemized, r.itemized_amount, r.last_minute
      FROM unnest(\(companies), \(metrics), \(starts)) AS k (company_id, metric, period_start)
      JOIN billing.meter_reports r USING (company_id, metric, period_start)
      ORDER BY r.company_id, r.metric, r.period_start
      FOR UPDATE OF r
      """)
    guard rows.count == keys.count else {
      throw PostgreSQLError(.decoding, "\(rows.count) rows of meter_reports for \(keys.count) totals")
    }
    var accounts: [MeterAccount] = []
    for (row, key) in zip(rows, keys) {
      var account = MeterAccount(currency: key.currency)
      account.reported = try row.decode(at: 0)
      account.itemized = try row.decode(at: 1)
      account.itemizedAmount = Amount(minorUnits: try row.minorUnits(at: 2), currency: key.currency)
      account.lastMinute = try row.decode(at: 3)
      accounts.append(account)
    }
    return accounts
  }

  /// The totals as they are committed now, in the keys' order; zero where there is none.
  func totals(_ keys: [MeterKey]) throws(PostgreSQLError) -> [Quantity] {
    try quantities(keys, "quantity", of: "usage_periods")
  }

  /// What is on lines of ours of each total, in the keys' order; zero where none was.
  func charged(_ keys: [MeterKey]) throws(PostgreSQLError) -> [Quantity] {
    try quantities(keys, "charged_quantity", of: "metric_charges")
  }

  private func quantities(
    _ keys: [MeterKey], _ column: StaticString, of table: StaticString
  ) throws(PostgreSQLError) -> [Quantity] {
    let (companies, metrics, starts) = Self.columns(keys)
    return try connection.query(
      """
      SELECT coalesce(t.\(unescaped: column), 0)
      FROM unnest(\(companies), \(metrics), \(starts)) WITH ORDINALITY AS k (company_id, metric, period_start, position)
      LEFT JOIN billing.\(unescaped: table) t
        ON t.company_id = k.company_id AND t.metric = k.metric AND t.period_start = k.period_start
      ORDER BY k.position
      """
    ).map { row throws(PostgreSQLError) in try row.decode(at: 0) }
  }

  /// Writes locked rows that have changed.
  func save(_ changed: [(key: MeterKey, account: MeterAccount)]) throws(PostgreSQLError) {
    guard !changed.isEmpty else { return }
    let (companies, metrics, starts) = Self.columns(changed.map(\.key))
    let accounts = changed.map(\.account)
    _ = try connection.update(
      """
      UPDATE billing.meter_reports r SET reported = k.reported, itemized = k.itemized,
        itemized_amount = k.itemized_amount, last_minute = k.last_minute, changed_at = now()
      FROM unnest(\(companies), \(metrics), \(starts), \(accounts.map(\.reported)), \(accounts.map(\.itemized)),
          \(accounts.map { Numeric(unscaled: $0.itemizedAmount.minorUnits) }), \(accounts.map(\.lastMinute)))
        AS k (company_id, metric, period_start, reported, itemized, itemized_amount, last_minute)
      WHERE r.company_id = k.company_id AND r.metric = k.metric AND r.period_start = k.period_start
      """)
  }

  private static func columns(_ keys: [MeterKey]) -> ([CompanyID], [MetricName], [CivilDate]) {
    (keys.map(\.company), keys.map(\.metric), keys.map(\.periodStart))
  }
}
