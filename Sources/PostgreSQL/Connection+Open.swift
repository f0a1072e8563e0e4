internal import CPostgreSQL
import Glibc

extension Connection {
  /// A session that is authenticated and in non-blocking mode.
  static func open(_ configuration: DatabaseConfiguration) throws(PostgreSQLError) -> OpaquePointer {
    let deadline = Deadline(after: configuration.connectTimeout)
    guard let handle = start(configuration.startParameters()) else {
      throw PostgreSQLError(.connectFailed, "no memory for a connection")
    }
    do throws(PostgreSQLError) {
      guard PQstatus(handle) != CONNECTION_BAD else { throw PostgreSQLError(connecting: handle) }
      PQsetNoticeReceiver(handle, { _, _ in }, nil)
      // Only verbose messages carry the SQLSTATE of a refused connection.
      PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
      try finishHandshake(handle, configuration, until: deadline)
      PQsetErrorVerbosity(handle, PQERRORS_TERSE)
      guard PQsetnonblocking(handle, 1) == 0 else { throw PostgreSQLError(connecting: handle) }
      return handle
    } catch {
      PQfinish(handle)
      throw error
    }
  }

  private static func finishHandshake(
    _ handle: OpaquePointer, _ configuration: DatabaseConfiguration, until deadline: Deadline
  ) throws(PostgreSQLError) {
    var state = PGRES_POLLING_WRITING
    while state != PGRES_POLLING_OK {
      if state == PGRES_POLLING_FAILED { throw PostgreSQLError(connecting: handle) }
      let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
      guard waitForSocket(PQsocket(handle), events: events, until: deadline) != 0 else {
        throw PostgreSQLError(
          .connectFailed, "\(configuration) did not answer within \(configuration.connectTimeout)")
      }
      state = PQconnectPoll(handle)
    }
  }

  private static func start(_ parameters: [String: String]) -> OpaquePointer? {
    let pairs = Array(parameters)
    var keywords = pairs.map { UnsafePointer(strdup($0.key)) }
    var values = pairs.map { UnsafePointer(strdup($0.value)) }
    keywords.append(nil)
    values.append(nil)
    defer {
      for string in keywords + values { free(UnsafeMutablePointer(mutating: string)) }
    }
    return PQconnectStartParams(keywords, values, 0)
  }
}
