import Billing
import Compression
import Crypto
import Ledger
import PostgreSQL

/// Why a month was not archived, or not put back. The ledger is as it was then; only where the database was lost on the
/// way may a month be left outside of it, which archiving it again finishes.
public enum RetentionError: Error, Sendable, CustomStringConvertible {
  /// The month may not leave the ledger yet; everything that is in its way.
  case refused(CivilDate, [RetentionRefusal])
  /// A file or folder cannot be read or written.
  case file(path: String, reason: String)
  /// The file is not what was archived, or does not fit this database.
  case unfit(path: String, reason: String)
  /// Another process archives or restores.
  case busy
  /// Recorders, or a long statement, kept the ledger's tables.
  case ledgerInUse(CivilDate)
  /// It was asked to stop.
  case stopped
  case ledger(LedgerError)

  public var description: String {
    switch self {
    case .refused(let month, let refusals):
      "\(month.monthText) stays in the ledger:\n" + refusals.map { "  \($0)" }.joined(separator: "\n")
    case .file(let path, let reason): "\(path): \(reason)"
    case .unfit(let path, let reason): "\(path) is refused, nothing was changed: \(reason)"
    case .busy: "another process archives or restores at this moment; try again when it is done"
    case .ledgerInUse(let month):
      "\(month.monthText) could not be taken out of the ledger or put back: a long transaction reads it; try again"
    case .stopped: "stopped"
    case .ledger(let error): "\(error)"
    }
  }

  /// The session is gone: a new connection is needed before the next attempt.
  public var isConnectionLost: Bool {
    if case .ledger(let error) = self { return error.isConnectionLost }
    return false
  }
}

func database<Value>(_ body: () throws(PostgreSQLError) -> Value) throws(RetentionError) -> Value {
  do { return try body() } catch { throw .ledger(.database(error)) }
}

func ledger<Value>(_ body: () throws(LedgerError) -> Value) throws(RetentionError) -> Value {
  do { return try body() } catch { throw .ledger(error) }
}

func hashing<Value>(_ body: () throws(CryptoError) -> Value) throws(RetentionError) -> Value {
  do { return try body() } catch { throw .ledger(.unexpected("\(error)")) }
}

/// Runs work in a transaction that waits for locks of others only shortly: whoever counts waits behind it.
///
/// - Throws: `ledgerInUse` when they were not to be had.
func inTransaction<Value>(
  _ connection: Connection, month: CivilDate, _ body: () throws(RetentionError) -> Value
) throws(RetentionError) -> Value {
  try database { () throws(PostgreSQLError) in
    try connection.execute("BEGIN; SET LOCAL lock_timeout = '2s'")
  }
  let value: Value
  do throws(RetentionError) {
    value = try body()
  } catch {
    if connection.isOpen { try? connection.rollback() }
    if case .ledger(.database(let cause)) = error, ["55P03", "40P01"].contains(cause.sqlState) {
      throw .ledgerInUse(month)
    }
    throw error
  }
  try database { () throws(PostgreSQLError) in try connection.commit() }
  return value
}
