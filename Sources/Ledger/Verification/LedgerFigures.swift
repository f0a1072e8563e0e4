import Billing
import PostgreSQL

/// What the ledger's records of one company, metric and span come to, right now.
struct LedgerFigures {
  let connection: Connection
  let company: CompanyID
  let metric: MetricName
  let span: BillingPeriod

  func figures(
    _ aggregation: Aggregation, _ table: Difference.Table
  ) throws(PostgreSQLError) -> Difference.Figures {
    let row = try connection.query(
      """
      SELECT coalesce(sum(counted), 0), coalesce(max(counted) FILTER (WHERE kind = 'u' AND NOT voided), 0),
        count(*) FILTER (WHERE kind = 'u' AND NOT voided)
      FROM billing.usage_records
      WHERE company_id = \(company) AND metric = \(metric) AND kind IN ('u', 'v')
        AND month BETWEEN \(span.start.firstOfMonth) AND \(span.lastDay.firstOfMonth)
        AND occurred_at >= \(span.start.start) AND occurred_at < \(span.end.start)
      """
    ).one()
    let events = try row.decode(Int64.self, at: 2)
    switch aggregation {
    case .sum, .count: return Difference.Figures(quantity: try row.decode(at: 0), events: events)
    case .max: return Difference.Figures(quantity: try row.decode(at: 1), events: events)
    case .last: return try last(events: events)
    case .unique: return Difference.Figures(quantity: Quantity(try subjects(table)), events: events)
    }
  }

  private func last(events: Int64) throws(PostgreSQLError) -> Difference.Figures {
    let rows = try connection.query(
      """
      SELECT counted, occurred_at, usage_id FROM billing.usage_records
      WHERE company_id = \(company) AND metric = \(metric) AND kind = 'u' AND NOT voided
        AND month BETWEEN \(span.start.firstOfMonth) AND \(span.lastDay.firstOfMonth)
        AND occurred_at >= \(span.start.start) AND occurred_at < \(span.end.start)
      ORDER BY occurred_at DESC, usage_id DESC LIMIT 1
      """)
    guard let row = rows.first else { return Difference.Figures(quantity: .zero, events: events) }
    return Difference.Figures(
      quantity: try row.decode(at: 0), events: events, lastAt: try row.decode(at: 1), lastUsageID: try row.decode(at: 2)
    )
  }

  // MARK: - Subjects

  private func subjects(_ table: Difference.Table) throws(PostgreSQLError) -> Int {
    try connection.query(
      """
      SELECT count(*) FROM billing.usage_subjects
      WHERE company_id = \(company) AND metric = \(metric) AND span = \(table.span)::"char" AND span_start = \(span.start)
      """
    ).one().decode(at: 0)
  }

  /// Makes the span's rows of subjects what the records say. Rows that stand keep their pseudonym and what they know of
  /// older ones.
  ///
  /// - Returns: how many rows were not so.
  func rewriteSubjects(_ table: Difference.Table) throws(PostgreSQLError) -> Int64 {
    try connection.query(
      """
      WITH seen AS (
        SELECT subject_pseudonym AS subject, count(*) AS events FROM billing.usage_records
        WHERE company_id = \(company) AND metric = \(metric) AND kind = 'u' AND NOT voided
          AND month BETWEEN \(span.start.firstOfMonth) AND \(span.lastDay.firstOfMonth)
          AND occurred_at >= \(span.start.start) AND occurred_at < \(span.end.start)
          AND subject_pseudonym IS NOT NULL
        GROUP BY 1
      ), known AS (
        SELECT subject_pseudonym AS current, array_prepend(subject_pseudonym, former_pseudonyms) AS names
        FROM billing.usage_subjects
        WHERE company_id = \(company) AND metric = \(metric) AND span = \(table.span)::"char"
          AND span_start = \(span.start)
      ), expected AS (
        SELECT coalesce(k.current, s.subject) AS current, sum(s.events)::bigint AS events
        FROM seen s LEFT JOIN known k ON s.subject = ANY (k.names) GROUP BY 1
      ), gone AS (
        DELETE FROM billing.usage_subjects
        WHERE company_id = \(company) AND metric = \(metric) AND span = \(table.span)::"char"
          AND span_start = \(span.start) AND subject_pseudonym NOT IN (SELECT current FROM expected)
        RETURNING 1
      ), written AS (
        INSERT INTO billing.usage_subjects AS s (company_id, metric, span, span_start, subject_pseudonym, events)
        SELECT \(company), \(metric), \(table.span)::"char", \(span.start), current, events FROM expected
        ON CONFLICT (company_id, metric, span, span_start, subject_pseudonym) DO UPDATE SET events = excluded.events
          WHERE s.events <> excluded.events
        RETURNING 1
      )
      SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written)
      """
    ).one().decode(at: 0)
  }
}

extension Difference.Table {
  /// The letter in the table of subjects.
  fileprivate var span: String { self == .daily ? "d" : "p" }
}
