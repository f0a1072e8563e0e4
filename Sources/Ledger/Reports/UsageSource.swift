import Billing
import PostgreSQL

/// A metric's usage over some stretch of time.
struct MetricUsage {
  let metric: MetricName
  let quantity: Quantity
  let events: Int64
}

/// Reads one company's usage. A metric all of whose records were taken back has none.
struct UsageSource {
  let connection: Connection
  let company: CompanyID
  let metrics: [MetricName: Metric]

  /// From the period's totals.
  func period(startingAt start: CivilDate) throws(PostgreSQLError) -> [MetricUsage] {
    try decode(
      connection.query(
        """
        SELECT metric, quantity, events FROM billing.usage_periods
        WHERE company_id = \(company) AND period_start = \(start) AND (events <> 0 OR quantity <> 0)
        """))
  }

  /// From the days' totals, put together as each metric aggregates.
  func days(_ days: BillingPeriod) throws(PostgreSQLError) -> [MetricUsage] {
    let rows = try connection.query(
      """
      SELECT metric, coalesce(CASE min(aggregation::text)
          WHEN 'm' THEN max(quantity)
          WHEN 'l' THEN (array_agg(quantity ORDER BY last_at DESC, last_usage_id DESC)
            FILTER (WHERE last_at IS NOT NULL))[1]
          ELSE sum(quantity) END, 0), sum(events)::bigint
      FROM billing.usage_daily
      WHERE company_id = \(company) AND day >= \(days.start) AND day < \(days.end)
      GROUP BY metric HAVING sum(events) <> 0 OR bool_or(quantity <> 0)
      """)
    var usage: [MetricUsage] = []
    for found in try decode(rows) {
      guard metrics[found.metric]?.aggregation == .unique else {
        usage.append(found)
        continue
      }
      let subjects = try subjects(of: found.metric, in: days)
      usage.append(MetricUsage(metric: found.metric, quantity: Quantity(subjects), events: found.events))
    }
    return usage
  }

  /// From the ledger: a user's or subscription's records have no totals of their own.
  func part(_ part: UsageQuestion.Part, in days: BillingPeriod) throws(PostgreSQLError) -> [MetricUsage] {
    // Without a condition of its own each parameter is null, and no row equals null.
    var users: [Pseudonym] = []
    var subscription: String?
    switch part {
    case .all: break
    case .user(let pseudonyms): users = [pseudonyms.newest] + pseudonyms.older
    case .subscription(let id): subscription = id
    }
    return try decode(
      connection.query(
        """
        SELECT r.metric, coalesce(CASE m.aggregation
            WHEN 'm' THEN max(r.counted)
            WHEN 'l' THEN (array_agg(r.counted ORDER BY r.occurred_at DESC, r.usage_id DESC))[1]
            WHEN 'u' THEN count(DISTINCT r.subject_pseudonym)
            ELSE sum(r.counted) END, 0)::numeric, count(*)
        FROM billing.usage_records r
        JOIN unnest(\(metrics.keys.map(\.text)), \(metrics.values.map(\.aggregation.code))) AS m (metric, aggregation)
          ON m.metric = r.metric
        WHERE r.company_id = \(company) AND r.kind = 'u' AND NOT r.voided
          AND r.month BETWEEN \(days.start.firstOfMonth) AND \(days.lastDay.firstOfMonth)
          AND r.occurred_at >= \(days.start.start) AND r.occurred_at < \(days.end.start)
          AND (r.user_pseudonym = ANY (\(users)) OR r.subscription_id = \(subscription))
        GROUP BY r.metric, m.aggregation
        """))
  }

  /// How many different subjects the days of a range saw. A subject seen before and after a change of keys has two
  /// pseudonyms, which a row that knows both ties together.
  private func subjects(of metric: MetricName, in days: BillingPeriod) throws(PostgreSQLError) -> Int {
    let rows = try connection.query(
      """
      SELECT DISTINCT subject_pseudonym, former_pseudonyms FROM billing.usage_subjects
      WHERE company_id = \(company) AND metric = \(metric) AND span = 'd'
        AND span_start >= \(days.start) AND span_start < \(days.end)
      """)
    var identities = SubjectIdentities()
    for row in rows { identities.add(try row.decode(at: 0), former: try row.decode(at: 1)) }
    return identities.count
  }

  private func decode(_ rows: Rows) throws(PostgreSQLError) -> [MetricUsage] {
    var usage: [MetricUsage] = []
    for row in rows {
      usage.append(
        MetricUsage(
          metric: try row.decode(at: 0), quantity: try row.decode(at: 1), events: try row.decode(at: 2)))
    }
    return usage
  }
}
