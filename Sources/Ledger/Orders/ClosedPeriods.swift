import Billing
import PostgreSQL

/// Which billing periods are closed: what stands in them stays.
///
/// The rows of those that are open are locked against closing until the transaction ends, so that nothing is taken back
/// from a period while it is billed.
struct ClosedPeriods {
  private var closed: Set<Key> = []

  struct Key: Hashable, Comparable {
    let company: CompanyID
    let start: CivilDate

    static func < (left: Self, right: Self) -> Bool {
      left.company == right.company ? left.start < right.start : left.company < right.company
    }
  }

  /// Looks at the periods from which something may have to be taken back; most batches have none.
  init(_ periods: Set<Key>, on connection: Connection) throws(PostgreSQLError) {
    guard !periods.isEmpty else { return }
    let keys = periods.sorted()
    let rows = try connection.query(
      """
      SELECT k.company_id, k.period_start
      FROM unnest(\(keys.map(\.company)), \(keys.map(\.start))) AS k (company_id, period_start)
      CROSS JOIN LATERAL (
        SELECT closed_at FROM billing.billing_periods
        WHERE company_id = k.company_id AND period_start = k.period_start LIMIT 1 FOR SHARE) AS p
      WHERE p.closed_at IS NOT NULL
      """)
    for row in rows { closed.insert(Key(company: try row.decode(at: 0), start: try row.decode(at: 1))) }
  }

  func contains(_ company: CompanyID, _ start: CivilDate) -> Bool {
    closed.contains(Key(company: company, start: start))
  }
}
