internal import CPostgreSQL
import Glibc

/// One session with the server, used by one thread at a time.
///
/// Every call blocks until it is answered or `queryTimeout` has passed; after a timeout or a loss the connection is closed
/// and every further call throws `connectionClosed`. Errors of statements leave it usable.
public final class Connection {
  /// For one call, however many round trips it takes. When it passes, the statement is cancelled, the connection closed and
  /// `timedOut` thrown.
  public var queryTimeout: Duration = .seconds(60)

  /// Takes the server's notices and warnings, which are dropped while this is nil. It must not use the connection.
  public var noticeHandler: ((Notice) -> Void)? {
    get { notices.handler }
    set { notices.handler = newValue }
  }

  /// Stops the running statement from another thread.
  public let cancelHandle: CancelHandle
  /// Cuts the connection from another thread, a watchdog for instance.
  public let shutdownHandle: SocketShutdownHandle

  private(set) var handle: OpaquePointer?
  var statements = StatementCache()
  private let notices = NoticeBox()
  private let usesTLS: Bool

  /// Connects and authenticates.
  /// - Throws: `connectFailed`, with the server's SQLSTATE if it answered (28P01: wrong password, 3D000: no such database).
  public init(_ configuration: DatabaseConfiguration) throws(PostgreSQLError) {
    let handle = try Self.open(configuration)
    guard let cancelHandle = CancelHandle(connection: handle),
      let shutdownHandle = SocketShutdownHandle(socket: PQsocket(handle))
    else {
      PQfinish(handle)
      throw PostgreSQLError(.connectFailed, "no memory or no file descriptor left for a connection")
    }
    self.handle = handle
    self.cancelHandle = cancelHandle
    self.shutdownHandle = shutdownHandle
    usesTLS = PQsslInUse(handle) == 1
    let context = Unmanaged.passUnretained(notices).toOpaque()
    PQsetNoticeReceiver(handle, { NoticeBox.receive(context: $0, result: $1) }, context)
  }

  deinit { close() }

  public var isOpen: Bool { handle != nil }

  /// The server's process for this session, as in `pg_stat_activity.pid`; 0 once closed.
  public var backendPID: Int32 { handle.map { PQbackendPID($0) } ?? 0 }

  /// Ends the session without waiting for the server; an open transaction is rolled back by it. May be repeated.
  public func close() {
    guard let handle else { return }
    self.handle = nil
    shutdownHandle.release()
    PQfinish(handle)
  }

  /// Closes a connection whose state is unknown: without the polite farewell, which could block.
  func abandon() {
    shutdownHandle.shutdownSocket()
    close()
  }

  func openHandle() throws(PostgreSQLError) -> OpaquePointer {
    guard let handle else { throw .closed() }
    return handle
  }

  // MARK: Waiting

  /// Sends what libpq has buffered, reading meanwhile, because a server that cannot get rid of its answers stops reading.
  func flush(_ handle: OpaquePointer, until deadline: Deadline) throws(PostgreSQLError) {
    while true {
      switch PQflush(handle) {
      case 0: return
      case 1:
        let events = waitForSocket(PQsocket(handle), events: POLLIN | POLLOUT, until: deadline)
        if events == 0 { throw timedOut() }
        if events & ~POLLOUT != 0, PQconsumeInput(handle) == 0 { throw lost(handle) }
      default: throw lost(handle)
      }
    }
  }

  /// The next result of the statement under way, nil when there are no more.
  func nextResult(_ handle: OpaquePointer, until deadline: Deadline) throws(PostgreSQLError) -> ResultStorage? {
    while PQisBusy(handle) == 1 {
      // TLS may hold decrypted bytes back that the socket knows nothing of: read before waiting, and wait in slices.
      if usesTLS {
        guard try read(handle), PQisBusy(handle) == 1 else { break }
      }
      let events = waitForSocket(
        PQsocket(handle), events: POLLIN, until: deadline, slice: usesTLS ? 20 : .max)
      if events == 0 {
        if deadline.hasPassed { throw timedOut() }
        continue
      }
      guard try read(handle) else { break }
    }
    return PQgetResult(handle).map { ResultStorage($0) }
  }

  /// Waits for more of a COPY's rows, and reads what came; may return without any.
  func awaitInput(_ handle: OpaquePointer, until deadline: Deadline) throws(PostgreSQLError) {
    let events = waitForSocket(PQsocket(handle), events: POLLIN, until: deadline, slice: usesTLS ? 20 : .max)
    if events == 0 {
      if deadline.hasPassed { throw timedOut() }
      guard usesTLS else { return }
    }
    guard try read(handle) else { throw lost(handle) }
  }

  /// - Returns: false when the session has ended. PQgetResult then does not block, and still finds what the server said
  ///   before the socket closed.
  private func read(_ handle: OpaquePointer) throws(PostgreSQLError) -> Bool {
    if PQconsumeInput(handle) == 1 { return true }
    guard PQstatus(handle) == CONNECTION_BAD else { throw lost(handle) }
    return false
  }

  /// Reads all results of the statement under way, so that the connection is ready for the next one.
  /// - Returns: the last result.
  /// - Throws: the first error among them.
  func collect(_ handle: OpaquePointer, until deadline: Deadline) throws(PostgreSQLError) -> ResultStorage? {
    var last: ResultStorage?
    var failure: PostgreSQLError?
    while let result = try nextResult(handle, until: deadline) {
      switch result.status {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = result
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        abandon()
        throw PostgreSQLError(.misuse, "COPY goes through copyIn only; the connection was closed")
      default: if failure == nil { failure = result.error(handle) }
      }
    }
    if let failure {
      if failure.isConnectionLost { abandon() }
      throw failure
    }
    if PQstatus(handle) == CONNECTION_BAD { throw lost(handle) }
    return last
  }

  /// Closes the connection and says why.
  func lost(_ handle: OpaquePointer) -> PostgreSQLError {
    let error = PostgreSQLError(lost: handle)
    abandon()
    return error
  }

  /// The server is asked to stop, so that nothing goes on behind our back, but not waited for long: it may be frozen.
  func timedOut() -> PostgreSQLError {
    cancelHandle.cancel(waitingAtMost: .seconds(1))
    abandon()
    return PostgreSQLError(.timedOut, "no answer within \(queryTimeout); the connection was closed")
  }
}

@available(*, unavailable, message: "a connection belongs to one thread")
extension Connection: Sendable {}
