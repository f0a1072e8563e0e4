internal import CRabbitMQ
import Glibc

extension Connection {
  /// Reads the channel's next frame into `frame`. What the broker says about the connection is handled on the way.
  ///
  /// - Parameter timeout: nanoseconds to wait; zero takes only what has arrived.
  /// - Returns: false when nothing arrived in time; the connection is as good as before.
  func readFrame(timeout nanoseconds: UInt64, _ operation: Operation) throws(AMQPError) -> Bool {
    var remaining = nanoseconds
    while true {
      let start = MonotonicClock.now()
      guard try waitForFrame(remaining, start, operation) else { return false }
      if frame.pointee.channel == Self.channel {
        let isMethod = frame.pointee.frame_type == UInt8(AMQP_FRAME_METHOD)
        if isMethod && frame.pointee.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD {
          throw channelClosed(operation)
        }
        return true
      }
      try handleConnectionFrame(operation)
      remaining -= min(remaining, MonotonicClock.now() &- start)
    }
  }

  /// Reads a frame of any channel, for closing.
  func readAnyFrame(until deadline: UInt64, _ operation: Operation) throws(AMQPError) -> Bool {
    let now = MonotonicClock.now()
    guard now < deadline else { return false }
    return try waitForFrame(deadline - now, now, operation)
  }

  private func waitForFrame(_ nanoseconds: UInt64, _ now: UInt64, _ operation: Operation) throws(AMQPError) -> Bool {
    try ensureUsable()
    var wait = timeval(nanoseconds: nanoseconds)
    // Waiting ends by itself, but it may have a heartbeat to send, and that may block.
    let limit = now &+ nanoseconds &+ callTimeoutNanoseconds
    let status = guarded(until: limit) { amqp_simple_wait_frame_noblock(state, frame, &wait) }
    switch status {
    case AMQP_STATUS_OK.rawValue: return true
    case AMQP_STATUS_TIMEOUT.rawValue: return false
    default: throw fail(status: status, operation)
    }
  }

  private func handleConnectionFrame(_ operation: Operation) throws(AMQPError) {
    defer { amqp_maybe_release_buffers_on_channel(state, frame.pointee.channel) }
    guard frame.pointee.channel == 0, frame.pointee.frame_type == UInt8(AMQP_FRAME_METHOD) else {
      throw fail(.protocolViolation("a frame for a channel that is not open"), operation)
    }
    switch frame.pointee.payload.method.id {
    case AMQP_CONNECTION_BLOCKED_METHOD:
      let blocked = try decoded(amqp_connection_blocked_t.self, operation)
      blockedReason = blocked.reason.displayText
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      blockedReason = nil
    case AMQP_CONNECTION_CLOSE_METHOD:
      let close = try decoded(amqp_connection_close_t.self, operation)
      let kind = AMQPError.Kind.connectionClosed(code: close.reply_code, text: close.reply_text.displayText)
      var answer = amqp_connection_close_ok_t()
      answerClosing(on: 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer)
      throw fail(kind, operation)
    default:
      throw fail(.protocolViolation("an unexpected method for the connection"), operation)
    }
  }

  private func channelClosed(_ operation: Operation) -> AMQPError {
    do throws(AMQPError) {
      let close = try decoded(amqp_channel_close_t.self, operation)
      let kind = AMQPError.Kind.channelClosed(code: close.reply_code, text: close.reply_text.displayText)
      var answer = amqp_channel_close_ok_t()
      answerClosing(on: Self.channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer)
      return fail(kind, operation)
    } catch {
      return error
    }
  }

  /// A courtesy to the broker's log: whether the answer arrives changes nothing, the connection is given up either way.
  private func answerClosing(on channel: amqp_channel_t, _ method: UInt32, _ answer: UnsafeMutableRawPointer) {
    _ = guarded(.seconds(1)) { amqp_send_method(state, channel, method, answer) }
  }

  /// The decoded arguments of the method in `frame`; valid until buffers are released.
  func decoded<T>(_ type: T.Type, _ operation: Operation) throws(AMQPError) -> T {
    guard let pointer = frame.pointee.payload.method.decoded else {
      throw fail(.protocolViolation("a method without arguments"), operation)
    }
    return pointer.assumingMemoryBound(to: type).pointee
  }

  /// Sends a method and waits for its answer, which is left in `frame`; the caller releases buffers.
  ///
  /// - Parameter otherwise: takes any other method of the channel that comes first; it reads the rest of that message.
  func call(
    _ method: UInt32, _ request: UnsafeMutableRawPointer, reply: UInt32, orElse other: UInt32? = nil,
    _ operation: Operation, otherwise: ((UInt32) throws(AMQPError) -> Void)? = nil
  ) throws(AMQPError) {
    try send(method, request, operation)
    let deadline = MonotonicClock.deadline(in: configuration.callTimeout)
    while true {
      let now = MonotonicClock.now()
      guard now < deadline, try readFrame(timeout: deadline - now, operation) else {
        // The answer may still come and would be taken for that of a later call.
        throw fail(.timedOut("the broker did not answer"), operation)
      }
      let answer = try methodNumber(operation)
      if answer == reply || answer == other { return }
      guard let otherwise else { throw unexpected(answer, operation) }
      try otherwise(answer)
    }
  }

  /// The method in `frame`, which must be one.
  func methodNumber(_ operation: Operation) throws(AMQPError) -> UInt32 {
    guard frame.pointee.frame_type == UInt8(AMQP_FRAME_METHOD) else {
      throw fail(.protocolViolation("content without a method"), operation)
    }
    return frame.pointee.payload.method.id
  }

  func unexpected(_ method: UInt32, _ operation: Operation) -> AMQPError {
    fail(.protocolViolation("unexpected method \(method >> 16).\(method & 0xFFFF)"), operation)
  }
}
