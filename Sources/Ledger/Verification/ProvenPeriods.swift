import Billing
import PostgreSQL

/// Which closed periods need no recomputing.
///
/// When a closed period's totals are found to be what its records come to, a digest of those totals is kept. Whoever
/// counts, voids or repairs changes a total and with it the digest; reading totals costs a small part of what reading
/// records does. What changes records and no total (a hand in the database) is found by a full verification alone.
struct ProvenPeriods {
  /// A closed period with the digest of its totals as they are now.
  struct Candidate {
    let period: VerificationScope.Period
    let digest: [UInt8]
    let isProven: Bool
  }

  let connection: Connection

  /// The companies' periods, and of the closed ones whether their mark still holds.
  func candidates(_ companies: [CompanyID]) throws(PostgreSQLError) -> [Candidate] {
    // Nothing in the text depends on a session's settings: neither dates nor time zones nor trailing zeros.
    let rows = try connection.query(
      """
      WITH closed AS MATERIALIZED (
        SELECT company_id, period_start, period_end FROM billing.billing_periods
        WHERE company_id = ANY (\(companies)) AND closed_at IS NOT NULL
      ), figures AS (
        SELECT c.company_id, c.period_start, 0 AS day, t.metric,
          ROW(t.metric, t.aggregation, trim_scale(t.quantity), t.events, t.charged_lines, extract(epoch FROM t.last_at),
            t.last_usage_id)::text AS figures
        FROM closed c JOIN billing.usage_periods t USING (company_id, period_start)
        UNION ALL
        SELECT c.company_id, c.period_start, t.day - date '0001-01-01', t.metric,
          ROW(t.metric, t.day - date '0001-01-01', t.aggregation, trim_scale(t.quantity), t.events,
            extract(epoch FROM t.last_at), t.last_usage_id)::text
        FROM closed c JOIN billing.usage_daily t
          ON t.company_id = c.company_id AND t.day >= c.period_start AND t.day < c.period_end
      ), digests AS (
        SELECT c.company_id, c.period_start, c.period_end,
          sha256(convert_to(concat(c.period_end - c.period_start,
            string_agg(f.figures, '' ORDER BY f.metric, f.day)), 'UTF8')) AS digest
        FROM closed c LEFT JOIN figures f USING (company_id, period_start)
        GROUP BY 1, 2, 3
      )
      SELECT d.company_id, d.period_start, d.period_end, d.digest, coalesce(v.totals = d.digest, false)
      FROM digests d LEFT JOIN billing.verified_periods v USING (company_id, period_start)
      ORDER BY 1, 2
      """)
    var candidates: [Candidate] = []
    for row in rows {
      guard let bounds = BillingPeriod(start: try row.decode(at: 1), end: try row.decode(at: 2)) else { continue }
      candidates.append(
        Candidate(
          period: VerificationScope.Period(company: try row.decode(at: 0), bounds: bounds, isClosed: true),
          digest: try row.decode(at: 3), isProven: try row.decode(at: 4)))
    }
    return candidates
  }

  /// Notes that periods' totals were what their records come to, as of the snapshot that the digests are of.
  func keep(_ proven: [Candidate]) throws(PostgreSQLError) {
    guard !proven.isEmpty else { return }
    _ = try connection.update(
      """
      INSERT INTO billing.verified_periods AS v (company_id, period_start, totals)
      SELECT * FROM unnest(\(proven.map(\.period.company)), \(proven.map(\.period.bounds.start)), \(proven.map(\.digest)))
        AS p (company_id, period_start, totals)
      ORDER BY 1, 2
      ON CONFLICT (company_id, period_start) DO UPDATE SET totals = excluded.totals WHERE v.totals <> excluded.totals
      """)
  }
}
