import Billing
import PostgreSQL

/// The months whose partitions are known to be there. One that is missing is made before the batch's transaction, in one
/// of its own, so that the batch never waits for a table's lock while it holds rows.
struct Partitions {
  private var known: Set<CivilDate> = []
  /// Days whose months these are: most batches are of few days.
  private var knownDays: Set<CivilDate> = []

  mutating func ensure(_ work: LedgerWork, on connection: Connection) throws(LedgerError) {
    for record in work.records { try ensure(around: record.timestamp.date, on: connection) }
    for void in work.voids { try ensure(around: void.timestamp.date, on: connection) }
  }

  /// Whether nothing has to be made for it.
  func cover(_ work: LedgerWork) -> Bool {
    work.records.allSatisfy { knownDays.contains($0.timestamp.date) }
      && work.voids.allSatisfy { knownDays.contains($0.timestamp.date) }
  }

  /// The month of a day, and that of the boundary near it.
  private mutating func ensure(around day: CivilDate, on connection: Connection) throws(LedgerError) {
    guard !knownDays.contains(day) else { return }
    try ensure(day.firstOfMonth, on: connection)
    if let boundary = Boundary.near(day, month: day.firstOfMonth) { try ensure(boundary, on: connection) }
    knownDays.insert(day)
  }

  private mutating func ensure(_ month: CivilDate, on connection: Connection) throws(LedgerError) {
    guard !known.contains(month) else { return }
    _ = try database { () throws(PostgreSQLError) in
      try connection.query("SELECT billing.ensure_month(\(month))")
    }
    known.insert(month)
  }
}
