import Ledger
import Operations
import Outbox
import PostgreSQL
import Stripe

/// A session with plans of index scans only, as the ledger's.
func outboxConnection(_ database: DatabaseConfiguration, name: String) throws(OutboxError) -> Connection {
  do throws(LedgerError) {
    return try Connection.forLedger(database, applicationName: name)
  } catch {
    guard case .database(let error) = error else {
      throw .database(PostgreSQLError(.misuse, "the session could not be prepared"))
    }
    throw .database(error)
  }
}

/// Runs work of the outbox in a transaction.
func outboxTransaction<Value>(
  _ connection: Connection, _ body: () throws(OutboxError) -> Value
) throws(OutboxError) -> Value {
  do throws(TransactionError<OutboxError>) {
    return try connection.withTransaction { _ throws(OutboxError) in try body() }
  } catch {
    switch error {
    case .bodyFailed(let error, _): throw error
    case .beginFailed(let error), .commitFailed(let error, _), .commitOutcomeUnknown(let error): throw .database(error)
    }
  }
}

extension OutboxError: Loggable {
  public var logText: String {
    if case .database(let error) = self { return "database: \(error.logText)" }
    return description
  }
}

extension StripeTransportFailure: Loggable {
  public var logText: String {
    let kind: StaticString =
      switch kind {
      case .invalidRequest: "the request cannot be sent"
      case .connectFailed: "no connection"
      case .tls: "TLS failed"
      case .noAnswer: "no answer"
      case .timedOut: "timed out"
      case .answerTooLarge: "the answer is too large"
      case .unavailable: "the HTTP client failed"
      }
    return kind.description
  }
}
