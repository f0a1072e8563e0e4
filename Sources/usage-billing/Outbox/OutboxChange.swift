import Outbox
import PostgreSQL

/// Runs a change of the outbox in a transaction of its own, again where another one stood in its way.
func changeOutbox<Value>(
  _ connection: Connection, _ body: (OutboxAdministration) throws(OutboxError) -> Value
) throws -> Value {
  var attempt = 1
  while true {
    do throws(TransactionError<OutboxError>) {
      return try connection.withTransaction { connection throws(OutboxError) in
        try body(OutboxAdministration(connection))
      }
    } catch {
      let cause: OutboxError =
        switch error {
        case .bodyFailed(let error, _): error
        case .beginFailed(let error), .commitFailed(let error, _), .commitOutcomeUnknown(let error): .database(error)
        }
      guard case .database(let found) = cause, ["40001", "40P01"].contains(found.sqlState), attempt < 20 else {
        throw cause
      }
      attempt += 1
    }
  }
}
