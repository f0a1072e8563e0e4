import Billing
import PostgreSQL
import Storage

/// What the records up to and with each line come to, as the metric aggregates.
///
/// A record is on the line after those that its total stood on when it came; a void takes its record away from its own
/// line on. So up to line k count the records that came before it and whose void, if any, came later.
struct LineTotals {
  let connection: Connection

  /// A company's line.
  struct Key: Hashable {
    let company: CompanyID
    let line: Int64
  }

  /// - Parameters:
  ///   - periods: whose totals' lines are computed; their records are in `months`.
  ///   - only: lines of one metric; of all if left out.
  func figures(
    of periods: [(company: CompanyID, start: CivilDate)], _ metrics: [MetricName: Metric], months: [CivilDate],
    only metric: MetricName? = nil
  ) throws(PostgreSQLError) -> [Key: Quantity] {
    guard !periods.isEmpty else { return [:] }
    func names(_ aggregation: Aggregation) -> [MetricName] {
      metrics.values.filter { $0.aggregation == aggregation }.map(\.name)
    }
    let rows = try connection.query(
      """
      WITH lines AS MATERIALIZED (
        SELECT l.company_id, l.line_no, l.metric, l.period_start, l.period_end, l.total_line
        FROM unnest(\(periods.map(\.company)), \(periods.map(\.start))) AS p (company_id, period_start)
        JOIN billing.invoice_lines l USING (company_id, period_start)
        WHERE l.metric IS NOT NULL AND (\(metric) IS NULL OR l.metric = \(metric))
      ), records AS MATERIALIZED (
        SELECT r.company_id, r.metric, r.usage_id, r.month, r.kind, r.voided, r.occurred_at, r.counted,
          r.subject_pseudonym AS subject, coalesce(r.after_lines, 0) AS since
        FROM billing.usage_records r
        WHERE r.company_id = ANY (ARRAY(SELECT DISTINCT company_id FROM lines)) AND r.month = ANY (\(months))
          AND r.metric = ANY (ARRAY(SELECT DISTINCT metric FROM lines)) AND r.kind IN ('u', 'v')
      ), standing AS (
        SELECT l.company_id, l.line_no, l.metric, l.period_start, r.counted, r.occurred_at, r.usage_id, r.subject
        FROM lines l
        JOIN records r ON r.company_id = l.company_id AND r.metric = l.metric
          AND r.occurred_at >= l.period_start::timestamp AT TIME ZONE 'UTC'
          AND r.occurred_at < l.period_end::timestamp AT TIME ZONE 'UTC'
        LEFT JOIN records v ON r.voided AND v.kind = 'v' AND v.company_id = r.company_id AND v.month = r.month
          AND v.usage_id = 'void:' || r.usage_id
        WHERE r.kind = 'u' AND r.since < l.total_line AND (NOT r.voided OR v.since >= l.total_line)
      )
      SELECT l.company_id, l.line_no, CASE
          WHEN l.metric = ANY (\(names(.max))) THEN coalesce(max(s.counted), 0)
          WHEN l.metric = ANY (\(names(.last))) THEN coalesce(
            (array_agg(s.counted ORDER BY s.occurred_at DESC, s.usage_id DESC)
              FILTER (WHERE s.metric = ANY (\(names(.last)))))[1], 0)
          WHEN l.metric = ANY (\(names(.unique))) THEN
            (count(DISTINCT coalesce(n.current, s.subject)) FILTER (WHERE s.metric = ANY (\(names(.unique)))))::numeric
          ELSE coalesce(sum(s.counted), 0) END
      FROM lines l LEFT JOIN standing s USING (company_id, line_no)
      LEFT JOIN LATERAL (
        SELECT u.subject_pseudonym AS current FROM billing.usage_subjects u
        WHERE s.metric = ANY (\(names(.unique))) AND u.company_id = s.company_id AND u.metric = s.metric
          AND u.span = 'p' AND u.span_start = s.period_start
          AND (u.subject_pseudonym = s.subject OR s.subject = ANY (u.former_pseudonyms))
        LIMIT 1) AS n ON true
      GROUP BY l.company_id, l.line_no, l.metric
      """)
    var figures: [Key: Quantity] = [:]
    for row in rows {
      figures[Key(company: try row.decode(at: 0), line: try row.decode(at: 1))] = try row.decode(at: 2)
    }
    return figures
  }
}
