import Billing
import PostgreSQL
import Storage

/// The records behind one line.
struct LineRecords {
  let connection: Connection
  let company: CompanyID
  let metric: MetricName
  /// Of the total.
  let period: BillingPeriod
  /// Which of the total's lines it is, from 1 on.
  let line: Int

  private var firstMonth: CivilDate { period.start.firstOfMonth }
  private var lastMonth: CivilDate { period.lastDay.firstOfMonth }

  var months: [CivilDate] {
    var months = [firstMonth]
    while let last = months.last, last < lastMonth { months.append(last.firstOfNextMonth) }
    return months
  }

  /// How many records are the line's own, and what they add up to.
  func sums() throws(PostgreSQLError) -> (usage: Int64, voids: Int64, quantity: Quantity) {
    let row = try connection.query(
      """
      SELECT count(*) FILTER (WHERE kind = 'u'), count(*) FILTER (WHERE kind = 'v'), coalesce(sum(counted), 0)
      FROM billing.usage_records
      WHERE company_id = \(company) AND metric = \(metric) AND kind IN ('u', 'v')
        AND month BETWEEN \(firstMonth) AND \(lastMonth)
        AND occurred_at >= \(period.start.start) AND occurred_at < \(period.end.start)
        AND coalesce(after_lines, 0) = \(line - 1)
      """
    ).one()
    return (try row.decode(at: 0), try row.decode(at: 1), try row.decode(at: 2))
  }

  /// A page of the line's own records, by time and usage id.
  func page(limit: Int, skip: Int) throws(PostgreSQLError) -> [LineExplanation.LineRecord] {
    guard limit > 0 else { return [] }
    return try records(
      connection.query(
        """
        SELECT usage_id, occurred_at, quantity, counted, kind = 'v', voided FROM billing.usage_records
        WHERE company_id = \(company) AND metric = \(metric) AND kind IN ('u', 'v')
          AND month BETWEEN \(firstMonth) AND \(lastMonth)
          AND occurred_at >= \(period.start.start) AND occurred_at < \(period.end.start)
          AND coalesce(after_lines, 0) = \(line - 1)
        ORDER BY occurred_at, usage_id LIMIT \(limit) OFFSET \(skip)
        """))
  }

  /// The records up to and with the line that decide a total which is no sum: the greatest, the last, or the first of each
  /// subject, by time.
  func deciding(_ aggregation: Aggregation, limit: Int) throws(PostgreSQLError) -> [LineExplanation.LineRecord] {
    guard aggregation != .sum, aggregation != .count else { return [] }
    return try records(
      connection.query(
        """
        WITH standing AS MATERIALIZED (
          SELECT r.usage_id, r.occurred_at, r.quantity, r.counted, r.voided, r.subject_pseudonym
          FROM billing.usage_records r
          LEFT JOIN billing.usage_records v ON r.voided AND v.kind = 'v' AND v.company_id = r.company_id
            AND v.usage_id = 'void:' || r.usage_id AND v.month = r.month
          WHERE r.company_id = \(company) AND r.metric = \(metric) AND r.kind = 'u'
            AND r.month BETWEEN \(firstMonth) AND \(lastMonth)
            AND r.occurred_at >= \(period.start.start) AND r.occurred_at < \(period.end.start)
            AND coalesce(r.after_lines, 0) < \(line) AND (NOT r.voided OR coalesce(v.after_lines, 0) >= \(line))
        ), deciding AS (
          (SELECT * FROM standing WHERE \(aggregation == .max) ORDER BY counted DESC, occurred_at, usage_id LIMIT 1)
          UNION ALL
          (SELECT * FROM standing WHERE \(aggregation == .last) ORDER BY occurred_at DESC, usage_id DESC LIMIT 1)
          UNION ALL
          (SELECT DISTINCT ON (subject_pseudonym) * FROM standing WHERE \(aggregation == .unique)
            ORDER BY subject_pseudonym, occurred_at, usage_id)
        )
        SELECT usage_id, occurred_at, quantity, counted, false, voided FROM deciding
        ORDER BY occurred_at, usage_id LIMIT \(limit)
        """))
  }

  private func records(_ rows: Rows) throws(PostgreSQLError) -> [LineExplanation.LineRecord] {
    try rows.map { row throws(PostgreSQLError) in
      LineExplanation.LineRecord(
        usageID: try row.decode(at: 0), timestamp: try row.decode(at: 1), quantity: try row.decode(at: 2),
        counted: try row.decode(at: 3), isVoid: try row.decode(at: 4), isVoided: try row.decode(at: 5))
    }
  }
}
