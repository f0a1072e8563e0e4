import Billing
import PostgreSQL

/// Checks what keeps records counted once and in one period: reservations, voids, and billing periods.
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
      WHERE company_id = ANY (\(companies)) AND month = ANY (\(scope.months)) AND kind <> 'r'
      """
    ).one().decode(at: 0)
  }

  func differences() throws(PostgreSQLError) -> [Difference] {
    var found = try missingReservations()
    found += try reservationsWithoutRecord()
    found += try voidedWithoutVoid()
    found += try voidsWithoutVoided()
    found += try brokenPeriods()
    found += try recordsOutsidePeriods()
    return found
  }

  /// Whatever has the key in the next month keeps the id out of its first two days. Where that month is closed for good,
  /// nothing has to.
  private func missingReservations() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      WITH late AS MATERIALIZED (
        SELECT company_id, usage_id, month, next
        FROM (SELECT company_id, usage_id, month, (month + interval '1 month')::date AS next,
            (occurred_at AT TIME ZONE 'UTC')::date AS day
          FROM billing.usage_records
          WHERE company_id = ANY (\(companies)) AND month = ANY (\(scope.months)) AND kind IN ('u', 'a')) AS r
        WHERE day >= next - 2
      )
      SELECT l.company_id, l.usage_id, l.month FROM late l LEFT JOIN billing.ledger n
        ON n.company_id = l.company_id AND n.usage_id = l.usage_id AND n.month = l.next
      WHERE n.company_id IS NULL
        AND l.next > coalesce((SELECT max(month) FROM billing.archived_months), '-infinity'::date)
      ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .missingReservation(usageID: $0, month: $1) }
  }

  private func reservationsWithoutRecord() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      SELECT n.company_id, n.usage_id, n.month FROM billing.ledger n LEFT JOIN billing.usage_records r
        ON r.company_id = n.company_id AND r.usage_id = n.usage_id
          AND r.month = (n.month - interval '1 month')::date AND r.kind IN ('u', 'a')
      WHERE n.company_id = ANY (\(companies)) AND n.month = ANY (\(scope.months)) AND n.kind = 'r'
        AND r.company_id IS NULL AND NOT EXISTS (
          SELECT FROM billing.archived_months
          WHERE month = (n.month - interval '1 month')::date AND state <> 'r')
      ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .reservationWithoutRecord(usageID: $0, month: $1) }
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
        WHERE company_id = ANY (\(companies)) AND month = ANY (\(scope.months)) AND kind IN ('u', 'v')
        GROUP BY 1, 2
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
