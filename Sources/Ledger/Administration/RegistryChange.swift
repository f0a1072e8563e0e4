import Billing
import PostgreSQL

/// A transaction that changes what recorders remember: the catalog, or companies.
///
/// It takes the registry's lock alone, which recorders share. So every recorder that began before has ended, and every
/// one that begins after sees the change: no total is reached in between by rules that nobody looks at again. Nobody can
/// count meanwhile, so the server ends a change whose program hangs.
struct RegistryChange {
  /// Recorders hold the lock for the length of a batch; whoever waits longer than this meets a stuck transaction.
  private static let usualLockTimeout: Duration = .seconds(15)

  let connection: Connection

  /// - Throws: `busy` when the lock was not to be had in time; otherwise what `body` throws, nothing changed.
  static func run<Value>(
    on connection: Connection, lockTimeout: Duration = usualLockTimeout,
    _ body: (RegistryChange) throws(AdministrationError) -> Value
  ) throws(AdministrationError) -> Value {
    let (seconds, attoseconds) = lockTimeout.components
    // Zero would mean to wait for ever.
    let milliseconds = max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    do throws(PostgreSQLError) {
      try connection.execute(
        """
        BEGIN;
        SET LOCAL lock_timeout = '\(milliseconds)ms';
        SET LOCAL statement_timeout = '60s';
        SET LOCAL idle_in_transaction_session_timeout = '10s';
        SELECT pg_advisory_xact_lock(\(Registry.lockClass), \(Registry.lockKey))
        """)
    } catch {
      try rollBack(connection, after: error)
      throw error.sqlState == "55P03" ? .busy : .ledger(.database(error))
    }
    let value: Value
    do throws(AdministrationError) {
      value = try body(RegistryChange(connection: connection))
    } catch {
      if case .ledger(let cause) = error, cause.isConnectionLost { throw error }
      try rollBack(connection, after: nil)
      throw error
    }
    try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in try connection.commit() }
    }
    return value
  }

  /// Makes every recorder read again what changed, before its next batch.
  ///
  /// - Returns: the registry's version from now on, to be written to what changed.
  func nextVersion() throws(AdministrationError) -> Int64 {
    try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in
        try connection.query("UPDATE billing.registry_version SET version = version + 1 RETURNING version")
          .one().decode(at: 0)
      }
    }
  }

  /// A connection that cannot roll back is gone, and the transaction with it.
  private static func rollBack(_ connection: Connection, after error: PostgreSQLError?) throws(AdministrationError) {
    if let error, error.isConnectionLost { return }
    try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in try connection.rollback() }
    }
  }
}
