import Faults
import Ledger
import PostgreSQL

/// A transaction that writes invoices or reports, next to which no catalog or company can change.
struct InvoicingTransaction {
  /// How often it may meet concurrent writers of its own rows.
  private static let maximumAttempts = 5

  let connection: Connection
  let failpoints: Failpoints
  let steps: CommitSteps

  /// - Parameter body: called anew with each attempt; it must leave nothing behind but rows.
  func run<Value>(_ body: () throws(InvoicingError) -> Value) throws(InvoicingError) -> Value {
    var attempt = 1
    while true {
      do {
        try database { () throws(PostgreSQLError) in try connection.begin() }
        try ledger { () throws(LedgerError) in try PricedPeriods.lockRegistry(connection) }
        let value = try body()
        try database { () throws(PostgreSQLError) in try steps.commit(connection, failpoints) }
        return value
      } catch {
        // A connection that cannot roll back is gone, and the transaction with it.
        if !error.isConnectionLost { try? connection.rollback() }
        guard error.isConflictOfTransactions, attempt < Self.maximumAttempts else { throw error }
        attempt += 1
      }
    }
  }
}
