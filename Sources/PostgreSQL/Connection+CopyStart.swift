internal import CPostgreSQL

/// Which way the rows of a COPY go.
enum CopyDirection: String {
  case fromClient = "COPY FROM STDIN"
  case toClient = "COPY TO STDOUT"

  fileprivate var status: ExecStatusType { self == .fromClient ? PGRES_COPY_IN : PGRES_COPY_OUT }
}

extension Connection {
  /// Sends the statement and takes the answer after which rows can go.
  ///
  /// - Throws: `misuse` when the statement is no COPY in that direction, and as `query`.
  @discardableResult
  func startCopy(
    _ direction: CopyDirection, _ statement: String, _ handle: OpaquePointer, until deadline: Deadline
  ) throws(PostgreSQLError) -> ResultStorage {
    try send(statement, handle, until: deadline)
    guard let start = try nextResult(handle, until: deadline) else { throw lost(handle) }
    switch start.status {
    case direction.status: return start
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
      abandon()
      throw PostgreSQLError(.misuse, "not a \(direction.rawValue); the connection was closed")
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
      _ = try collect(handle, until: deadline)
      throw PostgreSQLError(.misuse, "not a \(direction.rawValue), but it was run")
    default:
      let error = start.error(handle)
      _ = try collect(handle, until: deadline)
      if error.isConnectionLost { abandon() }
      throw error
    }
  }
}
