import Audit
import Billing
import PostgreSQL

/// Why the ledger could not do as asked. Holds no value from a message.
public enum LedgerError: Error, Sendable, CustomStringConvertible {
  /// The database's word; it says itself whether a retry can help.
  case database(PostgreSQLError)
  /// There is no catalog yet: `migrate` applies the default one to an empty database.
  case noCatalog
  /// The stored catalog cannot be read.
  case catalog(String)
  /// Something that this product's own code rules out: a defect, or a database changed by hand.
  case unexpected(String)
  /// The database's schema lacks what this program needs.
  case oldSchema(found: Int64, known: Int64)
  /// There is no database connection.
  case notConnected
  /// What happened in a month that was archived can neither be recorded nor taken back.
  case archivedMonth
  /// Replicas kept colliding on the same identifiers; trying again later is safe.
  case contended

  public var description: String {
    switch self {
    case .database(let error): "database: \(error)"
    case .noCatalog: "there is no catalog; run: usage-billing migrate"
    case .catalog(let problem): "the stored catalog cannot be read: \(problem)"
    case .unexpected(let problem): "unexpected: \(problem)"
    case .oldSchema(let found, let known):
      "the database's schema is at step \(found), this program needs \(known); run: usage-billing migrate"
    case .notConnected: "not connected to the database"
    case .archivedMonth: "the month is archived: nothing of it can be recorded or taken back any more"
    case .contended: "replicas kept writing the same identifiers; the batch will be tried again"
    }
  }

  /// The database refuses what a row holds: that row's fault, not the database's state.
  public var isDataRefused: Bool {
    if case .database(let error) = self { return error.isDataRefused }
    return false
  }

  /// The session is gone: a new connection is needed before the next attempt.
  public var isConnectionLost: Bool {
    if case .database(let error) = self { return error.isConnectionLost }
    return false
  }
}

/// Runs database work, turning its error into the ledger's.
func database<Value>(_ body: () throws(PostgreSQLError) -> Value) throws(LedgerError) -> Value {
  do { return try body() } catch { throw error.isArchivedMonth ? .archivedMonth : .database(error) }
}

/// Records what a person did as the last thing of the open transaction.
func audit(_ act: AuditAct, by person: Person, on connection: Connection) throws(LedgerError) {
  do throws(AuditError) {
    try AuditLog(connection).append(act, by: person)
  } catch {
    switch error {
    case .database(let error): throw .database(error)
    case .hashing(let error): throw .unexpected("\(error)")
    }
  }
}
