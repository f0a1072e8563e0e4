import Billing
import Ledger
import PostgreSQL
import Storage

/// Usage of a month that nobody has been billed for, or not in full: the one place that says so for archiving. It goes by
/// totals, which were held against the ledger before.
struct UnbilledUsage {
  let connection: Connection
  let month: CivilDate
  /// In UTC.
  let today: CivilDate
  let most: Int

  func refusals() throws(RetentionError) -> [RetentionRefusal] {
    let open = try database { () throws(PostgreSQLError) in try openPeriods() }
    // Of an open period nothing is charged.
    return open.isEmpty ? try uncharged() : open
  }

  /// Of unregistered companies, too: their periods are closed by nobody.
  private func openPeriods() throws(PostgreSQLError) -> [RetentionRefusal] {
    let rows = try connection.query(
      """
      SELECT DISTINCT d.company_id, d.metric, p.period_start FROM billing.usage_daily d
      JOIN billing.billing_periods p
        ON p.company_id = d.company_id AND p.period_start <= d.day AND d.day < p.period_end
      WHERE d.day >= \(month) AND d.day < \(month.firstOfNextMonth) AND p.closed_at IS NULL
      ORDER BY 1, 3, 2 LIMIT \(most)
      """)
    var refusals: [RetentionRefusal] = []
    for row in rows {
      refusals.append(
        .openPeriod(try row.decode(at: 0), try row.decode(at: 1), periodStart: try row.decode(at: 2)))
    }
    return refusals
  }

  /// What a later invoice would still have to take up, or give back.
  private func uncharged() throws(RetentionError) -> [RetentionRefusal] {
    let companies = try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT DISTINCT company_id FROM billing.usage_daily
        WHERE day >= \(month) AND day < \(month.firstOfNextMonth) ORDER BY 1
        """)
      return try rows.map { row throws(PostgreSQLError) in try row.decode(CompanyID.self, at: 0) }
    }
    var refusals: [RetentionRefusal] = []
    for company in companies where refusals.count < most {
      let report: UnbilledReport
      do throws(UsageReportError) {
        report = try UnbilledReporter(connection).report(company, today: today)
      } catch {
        if case .ledger(let error) = error { throw .ledger(error) }
        throw .ledger(.unexpected("\(error)"))
      }
      let lines = report.lines.filter { $0.period.start < month.firstOfNextMonth && month < $0.period.end }
      refusals += lines.map { .uncharged(company, $0.metric, periodStart: $0.period.start) }
    }
    return refusals
  }
}
