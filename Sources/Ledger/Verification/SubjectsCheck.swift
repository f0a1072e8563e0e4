import Billing
import PostgreSQL

/// Compares who was seen, and the totals that count different subjects, with the records of some companies.
struct SubjectsCheck {
  let connection: Connection
  let scope: VerificationScope

  private var companies: [CompanyID] { scope.companies }

  func differences() throws(PostgreSQLError) -> [Difference] {
    let uniques = scope.metrics.values.filter { $0.aggregation == .unique }.map(\.name)
    guard !uniques.isEmpty else { return [] }
    // The ledger keeps the pseudonym it was given; a span's row may by now be under a newer key, and knows the older ones.
    let rows = try connection.query(
      """
      WITH settled AS MATERIALIZED (
        SELECT * FROM unnest(\(scope.settledCompanies), \(scope.settledStarts), \(scope.settledEnds))
          AS s (of_company, first_day, end_day)
      ), days AS MATERIALIZED (
        SELECT company_id, metric, (occurred_at AT TIME ZONE 'UTC')::date AS day, subject_pseudonym AS subject,
          count(*) AS events
        FROM billing.usage_records
        WHERE company_id = ANY (\(companies)) AND month = ANY (\(scope.months)) AND metric = ANY (\(uniques))
          AND kind = 'u' AND NOT voided
        GROUP BY 1, 2, 3, 4
      ), seen AS (
        SELECT 'd' AS span, company_id, metric, day AS start, subject, events FROM days
        UNION ALL
        SELECT 'p', d.company_id, d.metric, p.period_start, d.subject, sum(d.events)::bigint
        FROM days d JOIN billing.billing_periods p
          ON p.company_id = d.company_id AND p.period_start <= d.day AND d.day < p.period_end
        GROUP BY 2, 3, 4, 5
      ), known AS (
        SELECT span::text, company_id, metric, span_start AS start, subject_pseudonym AS current, events,
          array_prepend(subject_pseudonym, former_pseudonyms) AS names
        FROM billing.usage_subjects WHERE company_id = ANY (\(companies))
          AND (span = 'p' OR date_trunc('month', span_start)::date = ANY (\(scope.months)))
      ), names AS (
        SELECT span, company_id, metric, start, current, unnest(names) AS subject FROM known
      ), expected AS MATERIALIZED (
        SELECT span, company_id, metric, start, coalesce(n.current, s.subject) AS current, sum(s.events) AS events
        FROM seen s LEFT JOIN names n USING (span, company_id, metric, start, subject)
        GROUP BY 1, 2, 3, 4, 5
      ), figures AS (
        SELECT span, company_id, metric, start, count(current) AS quantity, sum(events) AS events
        FROM expected GROUP BY 1, 2, 3, 4
      ), stored AS (
        SELECT 'd' AS span, company_id, metric, day AS start, quantity, events FROM billing.usage_daily
        WHERE company_id = ANY (\(companies)) AND metric = ANY (\(uniques))
          AND date_trunc('month', day)::date = ANY (\(scope.months))
        UNION ALL
        SELECT 'p', company_id, metric, period_start, quantity, events FROM billing.usage_periods
        WHERE company_id = ANY (\(companies)) AND metric = ANY (\(uniques))
      )
      SELECT 'total' AS finding, span, company_id, metric, start, s.company_id IS NOT NULL,
        coalesce(s.quantity, 0), coalesce(s.events, 0), coalesce(f.quantity, 0)::numeric,
        coalesce(f.events, 0)::bigint
      FROM stored s FULL JOIN figures f USING (span, company_id, metric, start)
      WHERE (coalesce(s.quantity, 0) <> coalesce(f.quantity, 0) OR coalesce(s.events, 0) <> coalesce(f.events, 0))
        AND \(unescaped: VerificationScope.isCompared)
      UNION ALL
      SELECT 'subjects', span, company_id, metric, start, true, 0, count(*), 0, 0
      FROM known k FULL JOIN (SELECT * FROM expected WHERE current IS NOT NULL) e
        USING (span, company_id, metric, start, current)
      WHERE coalesce(k.events, 0) <> coalesce(e.events, 0) AND \(unescaped: VerificationScope.isCompared)
      GROUP BY span, company_id, metric, start
      ORDER BY 1, 2, 3, 4, 5
      """)
    var differences: [Difference] = []
    for row in rows { differences.append(try decode(row)) }
    return differences
  }

  private func decode(_ row: Row) throws(PostgreSQLError) -> Difference {
    let table: Difference.Table = try row.decode(String.self, at: 1) == "d" ? .daily : .periods
    let (company, metric, start) = (
      try row.decode(CompanyID.self, at: 2), try row.decode(MetricName.self, at: 3),
      try row.decode(CivilDate.self, at: 4)
    )
    guard try row.decode(String.self, at: 0) == "total" else {
      return Difference(company, .subjects(table, metric: metric, start: start, rows: try row.decode(at: 7)))
    }
    let stored = Difference.Figures(quantity: try row.decode(at: 6), events: try row.decode(at: 7))
    let recomputed = Difference.Figures(quantity: try row.decode(at: 8), events: try row.decode(at: 9))
    return Difference(
      company,
      .total(
        table, metric: metric, start: start, stored: try row.decode(Bool.self, at: 5) ? stored : nil,
        recomputed: recomputed))
  }
}
