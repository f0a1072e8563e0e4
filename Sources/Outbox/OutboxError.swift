import PostgreSQL

/// Why the outbox could not do as asked.
public enum OutboxError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The database's word; it says itself whether a retry can help.
  case database(PostgreSQLError)
  /// There is no such entry: neither waiting nor in the history that is kept.
  case unknownEntry(EntryID)
  /// The entry was settled before.
  case alreadySettled(EntryID)
  /// The entry is being sent at this moment: in a minute it will have an outcome.
  case beingSent(EntryID)
  /// The entry expired: it is billed in another way, by the next meter report.
  case expired(EntryID)

  public var description: String {
    switch self {
    case .database(let error): "database: \(error)"
    case .unknownEntry(let id): "there is no outbox entry \(id)"
    case .alreadySettled(let id): "the outbox entry \(id) was settled before"
    case .beingSent(let id): "the outbox entry \(id) is being sent at this moment; try again in a minute"
    case .expired(let id): "the outbox entry \(id) came too late for its meter and becomes an invoice item by itself"
    }
  }

  /// The session is gone: a new connection is needed before the next attempt.
  public var isConnectionLost: Bool {
    if case .database(let error) = self { return error.isConnectionLost }
    return false
  }
}

/// Runs database work, turning its error into the outbox's.
func database<Value>(_ body: () throws(PostgreSQLError) -> Value) throws(OutboxError) -> Value {
  do { return try body() } catch { throw .database(error) }
}
