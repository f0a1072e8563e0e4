import Billing
import PostgreSQL

/// Checks what keeps records counted once and in one period: boundary ids, voids, and billing periods.
struct RecordsCheck {
  let connection: Connection
  let scope: VerificationScope

  private var companies: [CompanyID] { scope.companies }

  /// Findings of one kind and company beyond this many say nothing new.
  private static let most = 100

  func count() throws(PostgreSQLError) -> Int64 {
    try connection.query(
      """
      SELECT count(*) FROM billing.usage_records
      WHERE company_id = ANY (\(companies)) AND month = ANY (\(scope.months))
      """
    ).one().decode(at: 0)
  }

  func differences() throws(PostgreSQLError) -> [Difference] {
    var found = try missingBoundaryIDs()
    found += try boundaryIDsWithoutRecord()
    found += try voidedWithoutVoid()
    found += try voidsWithoutVoided()
    found += try brokenPeriods()
    found += try recordsOutsidePeriods()
    return found
  }

  /// Where both sides of a boundary are closed for good, its ids are needed no more.
  private func missingBoundaryIDs() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      WITH near AS MATERIALIZED (
        SELECT company_id, usage_id, month, CASE WHEN day < month + 2 THEN month ELSE next END AS boundary
        FROM (SELECT company_id, usage_id, month, (month + interval '1 month')::date AS next,
            (occurred_at AT TIME ZONE 'UTC')::date AS day
          FROM billing.usage_records
          WHERE company_id = ANY (\(companies)) AND month = ANY (\(scope.months)) AND kind IN ('u', 'a')) AS r
        WHERE day < month + 2 OR day >= next - 2
      )
      SELECT n.company_id, n.usage_id, n.month FROM near n LEFT JOIN billing.usage_boundary_ids b
        ON b.company_id = n.company_id AND b.usage_id = n.usage_id AND b.boundary = n.boundary AND b.month = n.month
      WHERE b.company_id IS NULL
        AND n.boundary > coalesce((SELECT max(month) FROM billing.archived_months), '-infinity'::date)
      ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .missingBoundaryID(usageID: $0, month: $1) }
  }

  private func boundaryIDsWithoutRecord() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      SELECT b.company_id, b.usage_id, b.month FROM billing.usage_boundary_ids b
      LEFT JOIN billing.usage_records r
        ON r.company_id = b.company_id AND r.usage_id = b.usage_id AND r.month = b.month AND r.kind IN ('u', 'a')
      WHERE b.company_id = ANY (\(companies)) AND b.month = ANY (\(scope.months)) AND r.company_id IS NULL
      ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .boundaryIDWithoutRecord(usageID: $0, month: $1) }
  }

  private func voidedWithoutVoid() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      SELECT r.company_id, r.usage_id, r.month FROM billing.usage_records r LEFT JOIN billing.usage_records v
        ON v.company_id = r.company_id AND v.usage_id = 'void:' || r.usage_id AND v.month = r.month AND v.kind = 'v'
      WHERE r.company_id = ANY (\(companies)) AND r.month = ANY (\(scope.months)) AND r.kind = 'u' AND r.voided
        AND v.company_id IS NULL
      ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .voidedWithoutVoid(usageID: $0, month: $1) }
  }

  private func voidsWithoutVoided() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      SELECT v.company_id, v.usage_id, v.month FROM billing.usage_records v LEFT JOIN billing.usage_records r
        ON r.company_id = v.company_id AND r.usage_id = substr(v.usage_id, 6) AND r.month = v.month AND r.kind = 'u'
          AND r.voided AND r.metric = v.metric AND r.counted = -v.counted
      WHERE v.company_id = ANY (\(companies)) AND v.month = ANY (\(scope.months)) AND v.kind = 'v'
        AND r.company_id IS NULL
      ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .voidWithoutVoided(usageID: $0, month: $1) }
  }

  private func brokenPeriods() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      SELECT company_id, period_start FROM (
        SELECT company_id, period_start,
          lag(period_end) OVER (PARTITION BY company_id ORDER BY period_start) AS former_end
        FROM billing.billing_periods WHERE company_id = ANY (\(companies))) AS p
      WHERE former_end <> period_start ORDER BY 1, 2
      """)
    var found: [Difference] = []
    for row in rows {
      found.append(Difference(try row.decode(at: 0), .brokenPeriods(start: try row.decode(at: 1))))
    }
    return found
  }

  private func recordsOutsidePeriods() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      WITH days AS MATERIALIZED (
        SELECT company_id, (occurred_at AT TIME ZONE 'UTC')::date AS day, count(*) AS records
        FROM billing.usage_records
        WHERE company_id = ANY (\(companies)) AND month = ANY (\(scope.months)) AND kind <> 'a' GROUP BY 1, 2
      )
      SELECT d.company_id, sum(d.records)::bigint FROM days d LEFT JOIN billing.billing_periods p
        ON p.company_id = d.company_id AND p.period_start <= d.day AND d.day < p.period_end
      WHERE p.company_id IS NULL GROUP BY 1 ORDER BY 1
      """)
    var found: [Difference] = []
    for row in rows {
      found.append(Difference(try row.decode(at: 0), .recordsOutsidePeriods(count: try row.decode(at: 1))))
    }
    return found
  }

  private func records(
    _ rows: Rows, _ finding: (UsageID, CivilDate) -> Difference.Finding
  ) throws(PostgreSQLError) -> [Difference] {
    var found: [Difference] = []
    for row in rows {
      found.append(Difference(try row.decode(at: 0), finding(try row.decode(at: 1), try row.decode(at: 2))))
    }
    return found
  }
}
