internal import CRabbitMQ

/// A connection that publishes with confirms.
///
/// It belongs to the thread that uses it; only its `breaker` may be used from others. Messages leave in small groups: a publish
/// that is followed by neither another call nor `flush` may stay with this machine for up to 200 ms.
///
/// **Returns.** The broker names a returned message by its content only. So every mandatory message carries the header
/// `x-publish-sequence` with the number that `publish` gave it (replacing one that it may have brought along from an earlier
/// life); the return brings the header back, and is matched by it and by nothing else. A return without it, or for a number that
/// is not out, breaks the connection rather than being guessed at.
///
/// **After a failure** of the connection, `unsettled` tells which messages have an unknown outcome, and `takeConfirmations` still
/// gives those that were settled before.
public final class Publisher {
  /// The header that identifies a mandatory message in its return.
  public static let sequenceHeader = "x-publish-sequence"
  private static let sequenceHeaderName: StaticString = "x-publish-sequence"

  /// Messages that leave together: it halves the processor time of publishing each alone; larger groups gain little.
  private static let groupSize = 32
  /// How many messages are published between looks at what the broker has to say.
  private static let readInterval: UInt64 = 64

  private let connection: Connection
  private let descriptor: Int32
  private var window: ConfirmWindow
  private var ungrouped = 0

  /// Connects, logs in, and turns confirms on.
  ///
  /// - Parameters:
  ///   - name: shown in the broker's list of connections.
  ///   - maximumInFlight: how far publishing may run ahead of the oldest unconfirmed message, at least 1.
  public init(
    _ configuration: BrokerConfiguration, name: String, watchdog: Watchdog, maximumInFlight: Int = 2_000
  ) throws(AMQPError) {
    connection = try Connection(configuration, name: name, watchdog: watchdog)
    descriptor = amqp_get_sockfd(connection.state)
    window = ConfirmWindow(capacity: maximumInFlight)
    var select = amqp_confirm_select_t()
    try connection.call(
      AMQP_CONFIRM_SELECT_METHOD, &select, reply: AMQP_CONFIRM_SELECT_OK_METHOD,
      Operation("turn confirms on"))
    connection.releaseBuffers()
  }

  /// Whether calls can still succeed.
  public var isUsable: Bool { connection.isUsable }
  /// Whether the broker has blocked publishers, as far as it has been heard (memory or disk alarm).
  public var isBlocked: Bool { connection.blockedReason != nil }
  /// The broker's reason for blocking.
  public var blockedReason: String? { connection.blockedReason }
  /// Breaks this connection from another thread, at a shutdown's deadline for example.
  public var breaker: ConnectionBreaker { connection.breaker }
  /// Numbers of the messages without a final word, oldest first; after a failure their outcome is unknown.
  public var unsettled: [UInt64] { window.unsettled }

  // MARK: Publishing

  /// Sends a message; waits, up to the call timeout, while too many are in flight or the broker has blocked publishers.
  ///
  /// - Returns: the number under which its confirmation will be reported, counting up from 1 on each connection.
  /// - Throws: `invalidArgument` and `timedOut` with `isUsable` still true when nothing was sent; otherwise the connection has
  ///   failed, and this message may have arrived or not.
  @discardableResult
  public func publish(
    _ message: OutgoingMessage, exchange: String, routingKey: String, mandatory: Bool
  ) throws(AMQPError) -> UInt64 {
    let operation = Operation("publish to exchange", exchange)
    try connection.ensureUsable()
    try awaitRoom(operation)
    connection.arena.reset()
    let exchangeBytes = try connection.shortText(exchange, operation)
    let keyBytes = try connection.shortText(routingKey, operation)
    var properties = try properties(message, mandatory: mandatory, operation)
    beginGroup()
    let status = connection.guarded(connection.configuration.callTimeout) {
      message.body.withUnsafeBytes { body in
        let bytes = amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
        return amqp_basic_publish(
          connection.state, Connection.channel, exchangeBytes, keyBytes, mandatory ? 1 : 0, 0, &properties, bytes)
      }
    }
    // Counted even when the call failed: the broker may have got the message.
    let sequence = window.open(isMandatory: mandatory)
    guard status == AMQP_STATUS_OK.rawValue else { throw connection.fail(status: status, operation) }
    endGroup()
    return sequence
  }

  /// Sends what is still held back to leave in a group.
  public func flush() {
    guard ungrouped > 0 else { return }
    ungrouped = 0
    // It can fail only on a broken socket, which the next call reports.
    _ = crabbitmq_set_cork(descriptor, 0)
  }

  // MARK: Confirms

  /// Waits until every published message is settled.
  ///
  /// - Returns: all that was settled and not taken yet, in the order of publishing.
  /// - Throws: `timedOut` with `isUsable` still true when some are unsettled after `timeout`; waiting may go on. Otherwise the
  ///   failure of the connection. What was settled until then stays for `takeConfirmations`.
  public func waitForConfirms(timeout: Duration) throws(AMQPError) -> [PublishConfirmation] {
    let operation = Operation("wait for confirms")
    flush()
    let deadline = MonotonicClock.deadline(in: timeout)
    while !window.isEmpty {
      try connection.ensureUsable()
      let now = MonotonicClock.now()
      guard try readOne(timeout: deadline - min(now, deadline), operation) || now < deadline else {
        throw connection.error(.timedOut("\(unsettled.count) messages are unconfirmed\(blockedNote)"), operation)
      }
    }
    return window.take()
  }

  /// What was settled and not taken yet, in the order of publishing, without waiting.
  public func takeConfirmations() -> [PublishConfirmation] {
    window.take()
  }

  /// Keeps an idle connection alive, and takes in confirms that have arrived. Call it at least every half heartbeat interval
  /// while nothing is published.
  public func serviceHeartbeats() throws(AMQPError) {
    flush()
    try readArrived(Operation("service heartbeats"))
  }

  /// Closes in order. Messages unsettled by then have an unknown outcome: wait for confirms first.
  public func close() throws(AMQPError) {
    flush()
    try connection.close()
  }

  private var blockedNote: String {
    connection.blockedReason.map { "; the broker has blocked publishers: \($0)" } ?? ""
  }

  /// Waits until a message may be sent.
  private func awaitRoom(_ operation: Operation) throws(AMQPError) {
    if window.upcoming % Self.readInterval == 0 { try readArrived(operation) }
    guard window.isFull || isBlocked else { return }
    flush()
    let deadline = MonotonicClock.deadline(in: connection.configuration.callTimeout)
    while window.isFull || isBlocked {
      let now = MonotonicClock.now()
      guard now < deadline else {
        throw connection.error(.timedOut("too many messages in flight\(blockedNote)"), operation)
      }
      // Short waits: an end of blocking comes without a frame for the channel.
      _ = try readOne(timeout: min(deadline - now, 100_000_000), operation)
    }
    // Confirms come in bursts: take all that is here before sending on.
    try readArrived(operation)
  }

  private func readArrived(_ operation: Operation) throws(AMQPError) {
    while try readOne(timeout: 0, operation) {}
  }

  /// Reads one confirm or return; false if none came in time.
  private func readOne(timeout nanoseconds: UInt64, _ operation: Operation) throws(AMQPError) -> Bool {
    guard try connection.readFrame(timeout: nanoseconds, operation) else { return false }
    defer { connection.releaseBuffers() }
    let known: Bool
    switch try connection.methodNumber(operation) {
    case AMQP_BASIC_ACK_METHOD:
      let ack = try connection.decoded(amqp_basic_ack_t.self, operation)
      known = window.settle(ack.delivery_tag, multiple: ack.multiple != 0, accepted: true)
    case AMQP_BASIC_NACK_METHOD:
      let nack = try connection.decoded(amqp_basic_nack_t.self, operation)
      known = window.settle(nack.delivery_tag, multiple: nack.multiple != 0, accepted: false)
    case AMQP_BASIC_RETURN_METHOD:
      known = try readReturn(operation)
    case let other:
      throw connection.unexpected(other, operation)
    }
    guard known else {
      throw connection.fail(.protocolViolation("a confirm or return for a message that is not out"), operation)
    }
    return true
  }

  private func readReturn(_ operation: Operation) throws(AMQPError) -> Bool {
    let returned = try connection.decoded(amqp_basic_return_t.self, operation)
    let code = returned.reply_code
    let text = returned.reply_text.displayText
    let header = try connection.readContentHeader(operation)
    let sequence = header.properties.pointee.header(Self.sequenceHeaderName)?.integer
    try connection.skipBody(header.size, operation)
    guard let sequence, sequence > 0 else { return false }
    return window.noteReturn(UInt64(sequence), code: code, text: text)
  }

  // MARK: Sending

  private func properties(
    _ message: OutgoingMessage, mandatory: Bool, _ operation: Operation
  ) throws(AMQPError) -> amqp_basic_properties_t {
    var properties = amqp_basic_properties_t()
    var flags = AMQP_BASIC_DELIVERY_MODE_FLAG
    properties.delivery_mode = message.isPersistent ? 2 : 1
    if let contentType = message.contentType {
      flags |= AMQP_BASIC_CONTENT_TYPE_FLAG
      properties.content_type = try connection.shortText(contentType, operation)
    }
    if let messageID = message.messageID {
      flags |= AMQP_BASIC_MESSAGE_ID_FLAG
      properties.message_id = try connection.shortText(messageID, operation)
    }
    if mandatory || !message.headers.isEmpty {
      flags |= AMQP_BASIC_HEADERS_FLAG
      let mark = mandatory ? (Self.sequenceHeader, FieldValue.int(Int64(clamping: window.upcoming))) : nil
      properties.headers = try connection.table(message.headers, adding: mark, operation)
    }
    properties._flags = amqp_flags_t(flags)
    return properties
  }

  private func beginGroup() {
    // Without it a message still leaves, only in a packet of its own.
    if ungrouped == 0 { _ = crabbitmq_set_cork(descriptor, 1) }
    ungrouped += 1
  }

  private func endGroup() {
    if ungrouped >= Self.groupSize { flush() }
  }
}
