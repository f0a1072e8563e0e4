import Billing
import PostgreSQL

/// Months of the ledger that were archived.
///
/// Such a month, and all before it, takes no records and no voids any more, restored or not: the keys that would tell a
/// repeat are gone with it.
public struct ArchivedMonths: Sendable {
  /// Months whose records are not in the ledger, in order.
  public let absent: [CivilDate]
  /// The latest that was ever archived.
  public let last: CivilDate?

  public init(_ connection: Connection) throws(LedgerError) {
    (absent, last) = try database { () throws(PostgreSQLError) in
      var absent: [CivilDate] = []
      var last: CivilDate?
      for row in try connection.query("SELECT month, state <> 'r' FROM billing.archived_months ORDER BY month") {
        let month: CivilDate = try row.decode(at: 0)
        if try row.decode(Bool.self, at: 1) { absent.append(month) }
        last = month
      }
      return (absent, last)
    }
  }

  /// Those that have days of the span.
  public func absent(in days: BillingPeriod) -> [CivilDate] {
    absent.filter { $0 < days.end && days.start < $0.firstOfNextMonth }
  }

  /// Whether what happened then can neither be recorded nor taken back.
  public func isClosed(_ day: CivilDate) -> Bool { last.map { day.firstOfMonth <= $0 } ?? false }

  /// `2024-01, 2024-02`.
  public static func list(_ months: [CivilDate]) -> String { months.map(\.monthText).joined(separator: ", ") }

  /// A common table expression: from which day to before which one the ledger's records are absent.
  static let gone: StaticString = """
    gone AS MATERIALIZED (
      SELECT month AS first, (month + interval '1 month')::date AS next FROM billing.archived_months WHERE state <> 'r')
    """

  /// Keeps months from leaving the ledger while a snapshot is read: what a snapshot has of rows it has, but which
  /// partitions there are it sees as of now. To be taken before the snapshot is, by the transaction's first query.
  static let stay = "LOCK TABLE billing.ledger IN ACCESS SHARE MODE"
}

extension CivilDate {
  /// `2024-01`.
  public var monthText: String { String(description.dropLast(3)) }
}

extension PostgreSQLError {
  /// A row's month was archived: its partition is gone, `ensure_month` does not make it again, or it was put back and
  /// sealed.
  var isArchivedMonth: Bool {
    guard kind == .server, sqlState == "23514" else { return false }
    if constraint == "sealed" { return true }
    return constraint == nil && table == "ledger"
  }
}
