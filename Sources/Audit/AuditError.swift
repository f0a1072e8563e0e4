import Crypto
import PostgreSQL

/// Why the audit log could not be written or read. What was to be recorded has not happened then.
public enum AuditError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The database's word; it says itself whether a retry can help.
  case database(PostgreSQLError)
  case hashing(CryptoError)

  public var description: String {
    switch self {
    case .database(let error): "database: \(error)"
    case .hashing(let error): "audit: \(error)"
    }
  }
}

/// Runs database work, turning its error into the log's.
func database<Value>(_ body: () throws(PostgreSQLError) -> Value) throws(AuditError) -> Value {
  do { return try body() } catch { throw .database(error) }
}
