import Billing
import PostgreSQL

/// The months whose partitions are known to be there. One that is missing is made before the batch's transaction, in one
/// of its own, so that the batch never waits for a table's lock while it holds rows.
struct Partitions {
  private var known: Set<CivilDate> = []

  mutating func ensure(
    _ entries: [Entry], _ voids: [VoidedUsage], on connection: Connection
  ) throws(LedgerError) {
    for entry in entries {
      try ensure(entry.month, on: connection)
      if let boundary = entry.boundary { try ensure(boundary, on: connection) }
    }
    for void in voids {
      let day = void.timestamp.date
      try ensure(day.firstOfMonth, on: connection)
      if let boundary = Boundary.near(day, month: day.firstOfMonth) { try ensure(boundary, on: connection) }
    }
  }

  private mutating func ensure(_ month: CivilDate, on connection: Connection) throws(LedgerError) {
    guard !known.contains(month) else { return }
    _ = try database { () throws(PostgreSQLError) in
      try connection.query("SELECT billing.ensure_month(\(month))")
    }
    known.insert(month)
  }
}
