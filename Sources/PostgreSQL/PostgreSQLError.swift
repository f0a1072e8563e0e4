/// Anything that went wrong between this process and the database.
///
/// The description holds neither the server's DETAIL nor values of parameters or rows, because those may be confidential:
/// where a primary message quotes the offending value (class 22), the quoted part is removed when the error is made.
public struct PostgreSQLError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure this is; the first thing to switch over.
  public enum Kind: String, Sendable, Hashable {
    /// The database URL or another setting cannot be used.
    case configuration
    /// No session came about: refused, unreachable, wrong password, unknown database, too slow.
    case connectFailed
    /// The session existed and is gone. What the current transaction did is undone, or unknown if it was in COMMIT.
    case connectionLost
    /// The connection was already closed before this call, so nothing was sent.
    case connectionClosed
    /// No answer within the time allowed. The connection is closed.
    case timedOut
    /// The server refused a statement; `sqlState` says why. The connection stays usable.
    case server
    /// The connection went away during COMMIT: only the data itself can tell whether it happened.
    case commitOutcomeUnknown
    /// COMMIT was answered with ROLLBACK, because an earlier statement of the transaction had failed. Nothing is stored.
    case transactionAborted
    /// A value does not fit the type that was asked for.
    case decoding
    /// The call does not fit the connection's state or the statement (a COPY through `execute`, for instance).
    case misuse
    /// The schema's migrations cannot be read or applied.
    case migration
  }

  public let kind: Kind
  /// Five characters, as in the manual's appendix "PostgreSQL Error Codes"; nil where the server did not say.
  public let sqlState: String?
  /// One line for people.
  public let message: String
  /// The constraint that was violated, if the server named one.
  public let constraint: String?
  public let table: String?
  public let column: String?
  /// The server threw a cached plan away; the same statement works when it is prepared anew.
  let isStalePlan: Bool

  public init(
    _ kind: Kind, _ message: String, sqlState: String? = nil, constraint: String? = nil, table: String? = nil,
    column: String? = nil
  ) {
    self.init(kind, message, sqlState, constraint, table, column, isStalePlan: false)
  }

  init(
    _ kind: Kind, _ message: String, _ sqlState: String?, _ constraint: String?, _ table: String?, _ column: String?,
    isStalePlan: Bool
  ) {
    self.kind = kind
    self.message = message
    self.sqlState = sqlState
    self.constraint = constraint
    self.table = table
    self.column = column
    self.isStalePlan = isStalePlan
  }

  func with(kind: Kind) -> PostgreSQLError {
    PostgreSQLError(kind, message, sqlState, constraint, table, column, isStalePlan: isStalePlan)
  }

  public var description: String {
    var text = "\(kind.rawValue): \(message)"
    if let sqlState { text += " [\(sqlState)]" }
    if let table { text += " table \(table)" }
    if let column { text += " column \(column)" }
    if let constraint { text += " constraint \(constraint)" }
    return text
  }
}

extension PostgreSQLError {
  /// The connection this error came from cannot be used any more.
  public var isConnectionLost: Bool {
    switch kind {
    case .connectFailed, .connectionLost, .connectionClosed, .timedOut, .commitOutcomeUnknown: true
    case .configuration, .server, .transactionAborted, .decoding, .misuse, .migration: false
    }
  }

  /// The same work may succeed if it is tried again, on a new connection where `isConnectionLost`.
  ///
  /// After `commitOutcomeUnknown` the retry has to find out by its keys what is already there.
  /// A connection refused for its name, password or database (classes 28, 3D and 42) is not retryable.
  public var isRetryable: Bool {
    switch kind {
    case .connectionLost, .connectionClosed, .timedOut, .commitOutcomeUnknown: return true
    case .connectFailed: if sqlState == nil { return true }
    case .server: if isStalePlan { return true }
    case .migration: break
    case .configuration, .transactionAborted, .decoding, .misuse: return false
    }
    switch sqlState {
    // serialization failure, completion unknown, deadlock, lock not available, cancelled or over the statement timeout,
    // shutdown, crash, starting up, idle too long, a primary that became a standby, a prepared statement gone
    case "40001", "40003", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "57P05", "25006", "26000": return true
    // A protocol violation is a value in a wrong binary form: it would be wrong again.
    case "08P01": return false
    default: return isClass("08") || isClass("53") || isClass("58")
    }
  }

  /// The row's own fault (classes 22 and 23): trying again as it is cannot help.
  public var isDataRefused: Bool { kind == .server && (isClass("22") || isClass("23")) }

  /// A unique or primary key already holds the row; `constraint` names it.
  public var isUniqueViolation: Bool { kind == .server && sqlState == "23505" }

  private func isClass(_ prefix: String) -> Bool { sqlState?.hasPrefix(prefix) ?? false }
}
