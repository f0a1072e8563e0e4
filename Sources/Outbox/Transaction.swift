import PostgreSQL

/// How often a transaction may meet others in its way before it gives up for now.
private let maximumAttempts = 20

/// Runs work in a transaction of its own, again where two replicas stood in each other's way (serialization failure or
/// deadlock).
///
/// - Throws: the database's error. After `commitOutcomeUnknown` doing the work again is how to find out.
func inTransaction<Value>(
  _ connection: Connection, failpoint: (TransactionPoint) -> TransactionFault = { _ in .none },
  _ body: () throws(PostgreSQLError) -> Value
) throws(OutboxError) -> Value {
  var attempts = 0
  while true {
    attempts += 1
    do throws(TransactionError<PostgreSQLError>) {
      return try connection.withTransaction(failpoint: failpoint) { _ throws(PostgreSQLError) in try body() }
    } catch {
      let cause = error.cause
      guard attempts < maximumAttempts, cause.sqlState == "40001" || cause.sqlState == "40P01" else {
        throw .database(cause)
      }
    }
  }
}

extension TransactionError<PostgreSQLError> {
  fileprivate var cause: PostgreSQLError {
    switch self {
    case .beginFailed(let error), .bodyFailed(let error, _), .commitFailed(let error, _),
      .commitOutcomeUnknown(let error):
      error
    }
  }
}
