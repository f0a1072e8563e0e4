/// Which step of a transaction failed.
public enum TransactionError<Body: Error>: Error, CustomStringConvertible {
  /// The body was not run.
  case beginFailed(PostgreSQLError)
  /// The body threw; nothing is stored. `rollback` is set if rolling back failed too, the connection is then closed.
  case bodyFailed(Body, rollback: PostgreSQLError?)
  /// The server refused COMMIT, or had rolled back already; nothing is stored.
  case commitFailed(PostgreSQLError, rollback: PostgreSQLError?)
  /// Only the data itself can tell whether the transaction is stored.
  case commitOutcomeUnknown(PostgreSQLError)

  /// The database's part in it; nil when the body threw something else.
  public var databaseError: PostgreSQLError? {
    switch self {
    case .beginFailed(let error), .commitFailed(let error, _), .commitOutcomeUnknown(let error): error
    case .bodyFailed(let error, _): error as? PostgreSQLError
    }
  }

  /// The whole transaction may succeed if it is tried again; see `PostgreSQLError.isRetryable`.
  public var isRetryable: Bool { databaseError?.isRetryable ?? false }

  public var description: String {
    switch self {
    case .beginFailed(let error): return "the transaction could not begin: \(error)"
    case .bodyFailed(let error, nil): return "\(error)"
    case .bodyFailed(let error, let rollback?): return "\(error); rolling back failed too: \(rollback)"
    case .commitFailed(let error, nil): return "the transaction could not be committed: \(error)"
    case .commitFailed(let error, let rollback?):
      return "the transaction could not be committed: \(error); rolling back failed too: \(rollback)"
    case .commitOutcomeUnknown(let error): return "whether the transaction was committed is unknown: \(error)"
    }
  }
}

extension TransactionError: Sendable where Body: Sendable {}

/// Steps of `withTransaction` at which a test can interfere.
public enum TransactionPoint: String, Sendable, CaseIterable {
  case afterBegin
  case beforeCommit
  case afterCommit
}

/// What a test does to the connection at a `TransactionPoint`.
public enum TransactionFault: Sendable {
  case none
  /// At `beforeCommit`: COMMIT is sent, then the connection is cut. Elsewhere it is cut at once.
  case cutConnection
}
