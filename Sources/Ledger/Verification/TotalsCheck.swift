import Billing
import PostgreSQL

/// Compares daily and period totals with the records of some companies.
///
/// Voids are records of the opposite sign: sums and counts add up over both. What decides a maximum or the last quantity
/// are the records that still stand. A period's figures follow from its days, since periods are whole days.
struct TotalsCheck {
  let connection: Connection
  let scope: VerificationScope

  private var companies: [CompanyID] { scope.companies }
  private var metrics: [MetricName: Metric] { scope.metrics }

  /// `unique` totals are left to the subjects' check.
  func differences() throws(PostgreSQLError) -> [Difference] {
    let lasts = metrics.values.filter { $0.aggregation == .last }.map(\.name)
    let uniques = metrics.values.filter { $0.aggregation == .unique }.map(\.name)
    // One row for a day, put together once and compared twice: as it is, and rolled up into periods.
    let rows = try connection.query(
      """
      WITH kinds AS (
        SELECT * FROM unnest(\(metrics.keys.map(\.text)), \(metrics.values.map(\.aggregation.code)))
          AS k (metric, aggregation)
      ), settled AS MATERIALIZED (
        SELECT * FROM unnest(\(scope.settledCompanies), \(scope.settledStarts), \(scope.settledEnds))
          AS s (of_company, first_day, end_day)
      ), days AS MATERIALIZED (
        SELECT r.company_id, r.metric, (r.occurred_at AT TIME ZONE 'UTC')::date AS day, sum(r.counted) AS sum,
          max(r.counted) FILTER (WHERE r.kind = 'u' AND NOT r.voided) AS greatest,
          count(*) FILTER (WHERE r.kind = 'u' AND NOT r.voided) AS events
        FROM billing.usage_records r
        WHERE r.company_id = ANY (\(companies)) AND r.month = ANY (\(scope.months)) AND r.kind IN ('u', 'v')
          AND r.metric <> ALL (\(uniques))
        GROUP BY 1, 2, 3
      ), lasts AS MATERIALIZED (
        SELECT DISTINCT ON (r.company_id, r.metric, (r.occurred_at AT TIME ZONE 'UTC')::date)
          r.company_id, r.metric, (r.occurred_at AT TIME ZONE 'UTC')::date AS day, r.counted, r.occurred_at, r.usage_id
        FROM billing.usage_records r
        WHERE r.company_id = ANY (\(companies)) AND r.month = ANY (\(scope.months)) AND r.kind = 'u' AND NOT r.voided
          AND r.metric = ANY (\(lasts))
        ORDER BY 1, 2, 3, r.occurred_at DESC, r.usage_id DESC
      ), daily AS (
        SELECT 'd' AS span, d.company_id, d.metric, d.day AS start, d.sum, d.greatest, d.events,
          l.counted, l.occurred_at, l.usage_id
        FROM days d LEFT JOIN lasts l USING (company_id, metric, day)
      ), periodic AS (
        SELECT 'p' AS span, d.company_id, d.metric, p.period_start AS start, sum(d.sum) AS sum,
          max(d.greatest) AS greatest, sum(d.events)::bigint AS events
        FROM days d JOIN billing.billing_periods p
          ON p.company_id = d.company_id AND p.period_start <= d.day AND d.day < p.period_end
        GROUP BY d.company_id, d.metric, p.period_start
      ), period_lasts AS (
        SELECT DISTINCT ON (l.company_id, l.metric, p.period_start)
          l.company_id, l.metric, p.period_start AS start, l.counted, l.occurred_at, l.usage_id
        FROM lasts l JOIN billing.billing_periods p
          ON p.company_id = l.company_id AND p.period_start <= l.day AND l.day < p.period_end
        ORDER BY 1, 2, 3, l.occurred_at DESC, l.usage_id DESC
      ), recomputed AS (
        SELECT * FROM daily
        UNION ALL
        SELECT p.*, l.counted, l.occurred_at, l.usage_id
        FROM periodic p LEFT JOIN period_lasts l USING (company_id, metric, start)
      ), figures AS (
        SELECT r.span, r.company_id, r.metric, r.start, coalesce(k.aggregation, 's') AS aggregation, r.events,
          CASE coalesce(k.aggregation, 's') WHEN 'm' THEN coalesce(r.greatest, 0) WHEN 'l' THEN coalesce(r.counted, 0)
            ELSE r.sum END AS quantity,
          CASE k.aggregation WHEN 'l' THEN r.occurred_at END AS last_at,
          CASE k.aggregation WHEN 'l' THEN r.usage_id END AS last_usage_id
        FROM recomputed r LEFT JOIN kinds k ON k.metric = r.metric
      ), stored AS (
        SELECT 'd' AS span, company_id, metric, day AS start, aggregation::text, events, quantity, last_at, last_usage_id
        FROM billing.usage_daily WHERE company_id = ANY (\(companies)) AND metric <> ALL (\(uniques))
          AND date_trunc('month', day)::date = ANY (\(scope.months))
        UNION ALL
        SELECT 'p', company_id, metric, period_start, aggregation::text, events, quantity, last_at, last_usage_id
        FROM billing.usage_periods WHERE company_id = ANY (\(companies)) AND metric <> ALL (\(uniques))
      )
      SELECT span, company_id, metric, start, s.company_id IS NOT NULL,
        coalesce(s.quantity, 0), coalesce(s.events, 0), s.last_at, s.last_usage_id,
        coalesce(f.quantity, 0), coalesce(f.events, 0), f.last_at, f.last_usage_id
      FROM stored s FULL JOIN figures f USING (span, company_id, metric, start)
      WHERE (coalesce(s.events, 0) <> coalesce(f.events, 0)
          OR coalesce(s.quantity, 0) <> coalesce(f.quantity, 0)
          OR f.aggregation <> s.aggregation
          OR (coalesce(f.aggregation, s.aggregation) = 'l'
            AND (s.last_at IS DISTINCT FROM f.last_at OR s.last_usage_id IS DISTINCT FROM f.last_usage_id)))
        AND \(unescaped: VerificationScope.isCompared)
      ORDER BY company_id, span, metric, start
      """)
    var differences: [Difference] = []
    for row in rows { differences.append(try decode(row)) }
    return differences
  }

  private func decode(_ row: Row) throws(PostgreSQLError) -> Difference {
    let span = try row.decode(String.self, at: 0)
    let stored = Difference.Figures(
      quantity: try row.decode(at: 5), events: try row.decode(at: 6), lastAt: try row.decode(at: 7),
      lastUsageID: try row.decode(at: 8))
    let recomputed = Difference.Figures(
      quantity: try row.decode(at: 9), events: try row.decode(at: 10), lastAt: try row.decode(at: 11),
      lastUsageID: try row.decode(at: 12))
    return Difference(
      try row.decode(at: 1),
      .total(
        span == "d" ? .daily : .periods, metric: try row.decode(at: 2), start: try row.decode(at: 3),
        stored: try row.decode(Bool.self, at: 4) ? stored : nil, recomputed: recomputed))
  }
}
