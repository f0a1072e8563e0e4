import Billing
import JSON
import PostgreSQL
import Storage

/// A month of the ledger, wherever its records are.
public struct LedgerMonth: Sendable {
  public enum State: String, Sendable {
    /// In the ledger.
    case live
    /// Out of the ledger, on its way into a file: archiving it again finishes it.
    case detached
    /// In a file alone.
    case archived
    /// Put back into the ledger, to be read.
    case restored
  }

  public let month: CivilDate
  public let state: State
  /// Of the file; of a month that was never archived what the server believes, `nil` where it knows nothing.
  public let rows: Int64?
  /// Of its table with the indexes; 0 where it is in a file alone.
  public let bytes: Int64
  public let file: ArchivedFile?

  /// All that have a table, or were archived, in order.
  public static func all(on connection: Connection) throws(RetentionError) -> [LedgerMonth] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT m.month, a.state::text, c.reltuples::bigint, coalesce(pg_total_relation_size(c.oid), 0),
          a.file_name, a.rows, a.checksum, a.archived_at, a.archived_by
        FROM (
          SELECT to_date(right(c.relname, 7), 'YYYY_MM') AS month FROM pg_inherits i
          JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'billing.ledger'::regclass
          UNION SELECT month FROM billing.archived_months) AS m
        LEFT JOIN billing.archived_months a ON a.month = m.month
        LEFT JOIN pg_class c ON c.oid = to_regclass('billing.ledger_' || to_char(m.month, 'YYYY_MM'))
        ORDER BY m.month
        """)
      var months: [LedgerMonth] = []
      for row in rows { months.append(try LedgerMonth(row)) }
      return months
    }
  }

  private init(_ row: Row) throws(PostgreSQLError) {
    month = try row.decode(at: 0)
    state =
      switch try row.decode(String?.self, at: 1) {
      case "d": .detached
      case "a": .archived
      case "r": .restored
      default: .live
      }
    let estimate = try row.decode(Int64?.self, at: 2)
    bytes = try row.decode(at: 3)
    file = try row.decode(String?.self, at: 4) == nil ? nil : ArchivedFile(row, at: 4, month: month)
    rows = file?.rows ?? estimate.flatMap { $0 < 0 ? nil : $0 }
  }
}
