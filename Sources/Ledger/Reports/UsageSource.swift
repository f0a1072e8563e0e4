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
    try daily(days).usage(over: days)
  }

  /// The days' totals themselves.
  ///
  /// The metrics are named, so that the key leads to each metric's days: without them it would lead to all days that the
  /// company ever had.
  func daily(_ days: BillingPeriod) throws(PostgreSQLError) -> DailyUsage {
    let rows = try connection.query(
      """
      SELECT metric, day, quantity, events FROM billing.usage_daily
      WHERE company_id = \(company) AND metric = ANY (\(metrics.keys.sorted()))
        AND day >= \(days.start) AND day < \(days.end)
      """)
    var totals: [MetricName: [DailyTotal]] = [:]
    for row in rows {
      totals[try row.decode(at: 0), default: []].append(
        DailyTotal(day: try row.decode(at: 1), quantity: try row.decode(at: 2), events: try row.decode(at: 3)))
    }
    var sightings: [MetricName: [DailyUsage.Sighting]] = [:]
    for metric in totals.keys where metrics[metric]?.aggregation == .unique {
      sightings[metric] = try self.sightings(of: metric, in: days)
    }
    return DailyUsage(totals: totals, sightings: sightings, metrics: metrics)
  }

  /// From the ledger: a user's or subscription's records have no totals of their own.
  func part(_ part: UsageQuestion.Part, in days: BillingPeriod) throws(PostgreSQLError) -> [MetricUsage] {
    var users: [Pseudonym] = []
    var subscriptions: [Pseudonym] = []
    switch part {
    case .all: break
    case .user(let pseudonyms): users = [pseudonyms.newest] + pseudonyms.older
    case .subscription(let pseudonyms): subscriptions = [pseudonyms.newest] + pseudonyms.older
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
          AND (r.user_pseudonym = ANY (\(users)) OR r.subscription_pseudonym = ANY (\(subscriptions)))
        GROUP BY r.metric, m.aggregation
        """))
  }

  /// Whom the days of a range saw: as many rows as there are different subjects in each day.
  private func sightings(
    of metric: MetricName, in days: BillingPeriod
  ) throws(PostgreSQLError) -> [DailyUsage.Sighting] {
    let rows = try connection.query(
      """
      SELECT span_start, subject_pseudonym, former_pseudonyms FROM billing.usage_subjects
      WHERE company_id = \(company) AND metric = \(metric) AND span = 'd'
        AND span_start >= \(days.start) AND span_start < \(days.end)
      ORDER BY span_start
      """)
    var sightings: [DailyUsage.Sighting] = []
    for row in rows {
      sightings.append(
        DailyUsage.Sighting(day: try row.decode(at: 0), subject: try row.decode(at: 1), former: try row.decode(at: 2)))
    }
    return sightings
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
