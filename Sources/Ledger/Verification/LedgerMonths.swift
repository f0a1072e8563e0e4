import Billing
import PostgreSQL

/// Which months' records are in the database.
public struct LedgerMonths: Sendable {
  /// First days of the months that have a partition, ascending.
  public let present: [CivilDate]
  private let archived: ArchivedMonths

  public init(_ connection: Connection) throws(LedgerError) {
    archived = try ArchivedMonths(connection)
    present = try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT to_date(right(c.relname, 7), 'YYYY_MM') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'billing.ledger'::regclass ORDER BY 1
        """)
      return try rows.map { row throws(PostgreSQLError) in try row.decode(CivilDate.self, at: 0) }
    }
  }

  /// Whether some of the period's records are in an archive alone.
  public func isArchived(_ period: BillingPeriod) -> Bool { !archived.absent(in: period).isEmpty }

  /// What of an archived period must not be compared day by day: its first day, by which the whole period goes, and the
  /// months that are not there.
  func uncompared(of period: BillingPeriod) -> [BillingPeriod] {
    let months = archived.absent(in: period).compactMap { month in
      BillingPeriod(start: max(month, period.start), end: min(month.firstOfNextMonth, period.end))
    }
    return (BillingPeriod(start: period.start, end: period.start.adding(days: 1)).map { [$0] } ?? []) + months
  }

  /// The months of the period that are there.
  func months(of period: BillingPeriod) -> [CivilDate] {
    present.filter { $0 >= period.start.firstOfMonth && $0 <= period.lastDay }
  }
}
