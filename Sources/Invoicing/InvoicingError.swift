import Ledger
import Outbox
import PostgreSQL

/// Why invoicing could not do as asked. Holds no value from a message.
public enum InvoicingError: Error, Sendable, CustomStringConvertible {
  case ledger(LedgerError)
  case outbox(OutboxError)

  public var description: String {
    switch self {
    case .ledger(let error): "\(error)"
    case .outbox(let error): "\(error)"
    }
  }

  /// The database's own word, where it is one.
  public var databaseError: PostgreSQLError? {
    switch self {
    case .ledger(.database(let error)), .outbox(.database(let error)): error
    case .ledger, .outbox: nil
    }
  }

  /// The session is gone: a new connection is needed before the next attempt.
  public var isConnectionLost: Bool { databaseError?.isConnectionLost ?? false }

  /// Serialization failure or deadlock: the same work succeeds when done again.
  var isConflictOfTransactions: Bool { ["40001", "40P01"].contains(databaseError?.sqlState) }
}

func database<Value>(_ body: () throws(PostgreSQLError) -> Value) throws(InvoicingError) -> Value {
  do { return try body() } catch { throw .ledger(.database(error)) }
}

func ledger<Value>(_ body: () throws(LedgerError) -> Value) throws(InvoicingError) -> Value {
  do { return try body() } catch { throw .ledger(error) }
}

func outbox<Value>(_ body: () throws(OutboxError) -> Value) throws(InvoicingError) -> Value {
  do { return try body() } catch { throw .outbox(error) }
}
