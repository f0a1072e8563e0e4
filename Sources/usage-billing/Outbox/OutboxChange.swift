import Audit
import Outbox
import PostgreSQL

/// Runs a change of the outbox in a transaction of its own, again where another one stood in its way. The audit log tells
/// it in the same transaction.
///
/// - Parameters:
///   - person: who changes it.
///   - body: does it, and says what to tell; nothing where it came to nothing.
func changeOutbox<Value>(
  _ connection: Connection, by person: Person,
  _ body: (OutboxAdministration) throws(OutboxError) -> (value: Value, act: AuditAct?)
) throws -> Value {
  var attempt = 1
  while true {
    do throws(TransactionError<OutboxChangeError>) {
      return try connection.withTransaction { connection throws(OutboxChangeError) in
        try changeWithin(connection, by: person, body)
      }
    } catch {
      let cause: any Error
      switch error {
      case .bodyFailed(.outbox(let error), _): cause = error
      case .bodyFailed(.audit(let error), _): cause = error
      case .beginFailed(let error), .commitFailed(let error, _), .commitOutcomeUnknown(let error): cause = error
      }
      guard isConflict(cause), attempt < 20 else { throw cause }
      attempt += 1
    }
  }
}

private enum OutboxChangeError: Error {
  case outbox(OutboxError)
  case audit(AuditError)
}

/// Audited last: nothing may be locked after the log.
private func changeWithin<Value>(
  _ connection: Connection, by person: Person,
  _ body: (OutboxAdministration) throws(OutboxError) -> (value: Value, act: AuditAct?)
) throws(OutboxChangeError) -> Value {
  let change: (value: Value, act: AuditAct?)
  do throws(OutboxError) {
    change = try body(OutboxAdministration(connection))
  } catch {
    throw .outbox(error)
  }
  do throws(AuditError) {
    if let act = change.act { try AuditLog(connection).append(act, by: person) }
  } catch {
    throw .audit(error)
  }
  return change.value
}

/// A serialization failure or a deadlock.
private func isConflict(_ error: any Error) -> Bool {
  let cause: PostgreSQLError? =
    switch error {
    case OutboxError.database(let error), AuditError.database(let error): error
    default: error as? PostgreSQLError
    }
  return cause?.sqlState == "40001" || cause?.sqlState == "40P01"
}
