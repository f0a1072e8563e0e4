internal import CRabbitMQ
import Glibc

/// A connection with its one channel: opening, sending, the frame loop's reading, closing. Owned by one thread.
///
/// After any failure the C library's state is not touched again: every later call throws the first failure. (The library
/// aborts the process when it is used in some states that a broken connection leaves behind.)
final class Connection {
  static let channel: amqp_channel_t = 1
  private static let closeTimeout: Duration = .seconds(5)

  let configuration: BrokerConfiguration
  let callTimeoutNanoseconds: UInt64
  let handle: ConnectionHandle
  let breaker: ConnectionBreaker
  let arena = Arena()
  private let watchdog: WatchdogCore
  private let slot: WatchdogSlot

  /// Why the connection cannot be used any more.
  private(set) var failure: AMQPError?
  /// The broker's reason while it has blocked publishers (memory or disk alarm).
  var blockedReason: String?

  var frame: UnsafeMutablePointer<amqp_frame_t> { handle.frame }
  var state: amqp_connection_state_t { handle.state }

  /// Connects, logs in, opens the channel.
  init(_ configuration: BrokerConfiguration, name: String, watchdog: Watchdog) throws(AMQPError) {
    let start = MonotonicClock.now()
    let operation = Operation("connect")
    guard let handle = ConnectionHandle() else {
      throw AMQPError(.unreachable("out of memory"), operation: operation.text, broker: configuration.place)
    }
    self.configuration = configuration
    callTimeoutNanoseconds = MonotonicClock.nanoseconds(of: configuration.callTimeout)
    self.handle = handle
    try Self.openSocket(handle, configuration)
    let descriptor = amqp_get_sockfd(handle.state)
    breaker = ConnectionBreaker(duplicating: descriptor)
    self.watchdog = watchdog.core
    slot = watchdog.register(breaker)

    let silence = max(configuration.heartbeat * 2, .seconds(10))
    guard breaker.isArmed,
      crabbitmq_set_socket_options(descriptor, UInt32(min(silence, .seconds(120)).components.seconds * 1_000)) == 0
    else { throw error(.unreachable("the socket's options cannot be set"), operation) }
    let limit = MonotonicClock.nanoseconds(of: configuration.connectTimeout)
    let spent = MonotonicClock.now() &- start
    try login(name, timeout: max(limit, spent &+ 100_000_000) &- spent, operation)
    var open = amqp_channel_open_t()
    open.out_of_band = amqp_bytes_t()
    try call(AMQP_CHANNEL_OPEN_METHOD, &open, reply: AMQP_CHANNEL_OPEN_OK_METHOD, operation)
    releaseBuffers()
  }

  deinit {
    watchdog.unregister(slot)
    breaker.close()
  }

  var isUsable: Bool { failure == nil }

  // MARK: Failing

  func error(_ kind: AMQPError.Kind, _ operation: Operation) -> AMQPError {
    AMQPError(kind, operation: operation.text, broker: configuration.place)
  }

  /// Records that the connection is done for, and returns the error to throw.
  func fail(_ kind: AMQPError.Kind, _ operation: Operation) -> AMQPError {
    let error = error(kind, operation)
    failure = error
    // Frees the broker from waiting for us: what is unacknowledged can be requeued at once.
    breaker.shutdownSocket()
    return error
  }

  func fail(status: Int32, _ operation: Operation) -> AMQPError {
    if slot.hasBroken {
      return fail(.timedOut("the call's deadline passed and the connection was broken"), operation)
    }
    if breaker.wasUsed {
      return fail(.connectionLost("this process has shut the connection down"), operation)
    }
    return fail(.init(status: status, isConnecting: false), operation)
  }

  func ensureUsable() throws(AMQPError) {
    if let failure { throw failure }
  }

  // MARK: Deadlines

  /// Runs a call of the C library that may block without limit; past `limit` the watchdog breaks the connection.
  @inline(__always)
  func guarded(_ limit: Duration, _ body: () -> Int32) -> Int32 {
    guarded(until: MonotonicClock.deadline(in: limit), body)
  }

  @inline(__always)
  func guarded(until instant: UInt64, _ body: () -> Int32) -> Int32 {
    slot.arm(instant)
    defer { slot.disarm() }
    return body()
  }

  /// Sends one method; past the call timeout the watchdog breaks the connection.
  func send(_ method: UInt32, _ request: UnsafeMutableRawPointer, _ operation: Operation) throws(AMQPError) {
    try ensureUsable()
    let status = guarded(configuration.callTimeout) {
      amqp_send_method(state, Self.channel, method, request)
    }
    guard status == AMQP_STATUS_OK.rawValue else { throw fail(status: status, operation) }
  }

  /// Keeps the C library's memory flat; what decoded frames point to is gone afterwards.
  @inline(__always)
  func releaseBuffers() {
    amqp_maybe_release_buffers_on_channel(state, Self.channel)
  }

  // MARK: Closing

  /// Closes in order: the broker has received all that was sent before when this returns. Deliveries that arrive meanwhile
  /// are dropped; the broker requeues them.
  func close() throws(AMQPError) {
    let operation = Operation("close the connection")
    if let failure {
      if failure.kind == .closed { return }
      throw failure
    }
    var request = amqp_connection_close_t()
    request.reply_code = 200
    let status = guarded(Self.closeTimeout) {
      amqp_send_method(state, 0, AMQP_CONNECTION_CLOSE_METHOD, &request)
    }
    guard status == AMQP_STATUS_OK.rawValue else { throw fail(status: status, operation) }
    let deadline = MonotonicClock.deadline(in: Self.closeTimeout)
    while true {
      guard try readAnyFrame(until: deadline, operation) else {
        throw fail(.timedOut("the broker did not confirm"), operation)
      }
      let isMethod = frame.pointee.frame_type == UInt8(AMQP_FRAME_METHOD) && frame.pointee.channel == 0
      if isMethod && frame.pointee.payload.method.id == AMQP_CONNECTION_CLOSE_OK_METHOD { break }
      amqp_maybe_release_buffers(state)
    }
    _ = fail(.closed, Operation("use the connection"))
  }
}
