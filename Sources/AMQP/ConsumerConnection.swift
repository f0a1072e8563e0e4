internal import CRabbitMQ

/// A connection that declares topology, consumes from one queue at a time, and settles what it received.
///
/// It belongs to the thread that uses it; only its `breaker` may be used from others. Every call is bounded by the configuration's
/// `callTimeout`: past it the watchdog breaks the connection and the call throws `timedOut`. Once `isUsable` is false, every
/// call throws the first failure: make a new connection. The broker requeues whatever was unacknowledged.
public final class ConsumerConnection {
  /// Limit for bodies that arrive while a call other than `next` waits, before the first `next` has given a limit.
  private static let firstBodyLimit = 16 << 20

  let connection: Connection
  private let readsProperties: Bool
  private var consumerTag: String?
  private var cancelledByBroker = false
  private var bodyLimit = ConsumerConnection.firstBodyLimit
  /// Messages that arrived while something else was waited for, oldest first.
  private var unread = ArraySlice<Incoming>()

  /// Connects and logs in.
  ///
  /// - Parameters:
  ///   - name: shown in the broker's list of connections.
  ///   - readsProperties: whether deliveries carry their properties; off, they cost one allocation each, for the body.
  public init(
    _ configuration: BrokerConfiguration, name: String, watchdog: Watchdog, readsProperties: Bool = false
  ) throws(AMQPError) {
    connection = try Connection(configuration, name: name, watchdog: watchdog)
    self.readsProperties = readsProperties
  }

  /// Whether calls can still succeed.
  public var isUsable: Bool { connection.isUsable }
  /// Whether the broker has blocked publishers (memory or disk alarm); consuming goes on.
  public var isBlocked: Bool { connection.blockedReason != nil }
  /// The broker's reason for blocking.
  public var blockedReason: String? { connection.blockedReason }
  /// Breaks this connection from another thread, at a shutdown's deadline for example.
  public var breaker: ConnectionBreaker { connection.breaker }
  /// Messages received and not yet returned by `next`.
  public var unreadCount: Int { unread.count }
  /// Whether a consumer is active.
  public var isConsuming: Bool { consumerTag != nil }

  // MARK: Consuming

  /// Starts a consumer. After `cancel` or `consumerCancelled` it may be called again, with another prefetch or queue.
  ///
  /// - Parameters:
  ///   - prefetch: largest number of unacknowledged deliveries; 0 is no limit, quorum queues take at most 2,000.
  ///   - tag: the consumer's name at the broker, unique on this connection.
  public func consume(queue: String, prefetch: UInt16, tag: String) throws(AMQPError) {
    let operation = Operation("consume from queue", queue)
    guard consumerTag == nil else {
      throw connection.error(.invalidArgument("this connection consumes already"), operation)
    }
    var qos = amqp_basic_qos_t()
    qos.prefetch_count = prefetch
    try call(AMQP_BASIC_QOS_METHOD, &qos, AMQP_BASIC_QOS_OK_METHOD, operation)
    var request = amqp_basic_consume_t()
    request.queue = try shortText(queue, operation)
    request.consumer_tag = try shortText(tag, operation)
    cancelledByBroker = false
    consumerTag = tag
    do throws(AMQPError) {
      try call(AMQP_BASIC_CONSUME_METHOD, &request, AMQP_BASIC_CONSUME_OK_METHOD, operation)
    } catch {
      consumerTag = nil
      throw error
    }
  }

  /// Stops the consumer. Deliveries that crossed with the request are kept: `next` still returns them (then nothing more), and
  /// they must be settled like all others, or given back with `requeueUnread`.
  public func cancel() throws(AMQPError) {
    let operation = Operation("cancel the consumer")
    try connection.ensureUsable()
    // Whoever cancels needs no word of the broker's having done so first.
    cancelledByBroker = false
    guard let tag = consumerTag else { return }
    var request = amqp_basic_cancel_t()
    request.consumer_tag = try shortText(tag, operation)
    try call(AMQP_BASIC_CANCEL_METHOD, &request, AMQP_BASIC_CANCEL_OK_METHOD, operation)
    consumerTag = nil
    cancelledByBroker = false
  }

  /// Gives every message that `next` has not yet returned back to its queue. Quorum queues count that as a delivery attempt.
  public func requeueUnread() throws(AMQPError) {
    while let incoming = unread.first {
      try reject(incoming.tag, requeue: true)
      unread.removeFirst()
    }
  }

  /// The next message.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait for one to begin; zero takes only what is there. A message that has begun is read to its end,
  ///     each frame within the call timeout.
  ///   - maximumBodySize: bytes; larger bodies are dropped while read and reported as `oversized`.
  /// - Returns: nil when nothing began in time.
  /// - Throws: `consumerCancelled` once, after all earlier deliveries, when the broker ended the consumer; the connection stays
  ///   usable then. Otherwise the failure of the connection.
  public func next(timeout: Duration, maximumBodySize: Int) throws(AMQPError) -> Incoming? {
    let operation = Operation("receive")
    bodyLimit = maximumBodySize
    if let first = unread.popFirst() { return limited(first) }
    if cancelledByBroker { throw consumerCancelled(operation) }
    guard try connection.readFrame(timeout: MonotonicClock.nanoseconds(of: timeout), operation) else { return nil }
    let method = try connection.methodNumber(operation)
    if method == AMQP_BASIC_DELIVER_METHOD { return try readDelivery(operation) }
    try handle(method, operation)
    if cancelledByBroker { throw consumerCancelled(operation) }
    return nil
  }

  /// Keeps the connection alive while its thread is busy elsewhere: sends a heartbeat when one is due and takes in what has
  /// arrived (at most the prefetch; `next` returns it later). Call it at least every half heartbeat interval during long pauses.
  public func serviceHeartbeats() throws(AMQPError) {
    let operation = Operation("service heartbeats")
    while try connection.readFrame(timeout: 0, operation) {
      try handle(try connection.methodNumber(operation), operation)
    }
  }

  /// Fetches one message without a consumer, with its properties and whole body (held in memory whatever its size, up to
  /// RabbitMQ's own limit of 512 MiB). For tools; it is slow. Nil when the queue is empty. The message must be settled.
  public func get(queue: String) throws(AMQPError) -> Delivery? {
    let operation = Operation("get from queue", queue)
    defer { connection.arena.reset() }
    var request = amqp_basic_get_t()
    request.queue = try shortText(queue, operation)
    try connection.call(
      AMQP_BASIC_GET_METHOD, &request, reply: AMQP_BASIC_GET_OK_METHOD,
      orElse: AMQP_BASIC_GET_EMPTY_METHOD, operation,
      otherwise: { (method) throws(AMQPError) in try self.handle(method, operation) })
    defer { connection.releaseBuffers() }
    guard try connection.methodNumber(operation) == AMQP_BASIC_GET_OK_METHOD else { return nil }
    let answer = try connection.decoded(amqp_basic_get_ok_t.self, operation)
    let header = try connection.readContentHeader(operation)
    let properties = MessageProperties(
      header.properties.pointee, exchange: answer.exchange, routingKey: answer.routing_key)
    let count = Self.deliveryCount(header)
    return Delivery(
      tag: answer.delivery_tag, isRedelivered: answer.redelivered != 0, deliveryCount: count,
      body: try connection.readBody(header.size, operation), properties: properties)
  }

  /// Closes in order: acknowledgements sent before have reached the broker when it returns without an error.
  public func close() throws(AMQPError) {
    unread = []
    try connection.close()
  }

  // MARK: Reading

  private func readDelivery(_ operation: Operation) throws(AMQPError) -> Incoming {
    let delivery = try connection.decoded(amqp_basic_deliver_t.self, operation)
    let header = try connection.readContentHeader(operation)
    defer { connection.releaseBuffers() }
    guard header.size <= UInt64(max(bodyLimit, 0)) else {
      let size = header.size
      try connection.skipBody(size, operation)
      return .oversized(tag: delivery.delivery_tag, size: Int(size), isRedelivered: delivery.redelivered != 0)
    }
    let properties =
      readsProperties
      ? MessageProperties(header.properties.pointee, exchange: delivery.exchange, routingKey: delivery.routing_key)
      : nil
    let count = Self.deliveryCount(header)
    return .delivery(
      Delivery(
        tag: delivery.delivery_tag, isRedelivered: delivery.redelivered != 0, deliveryCount: count,
        body: try connection.readBody(header.size, operation), properties: properties))
  }

  private static func deliveryCount(_ header: ContentHeader) -> Int {
    Int(clamping: max(header.properties.pointee.header("x-delivery-count")?.integer ?? 0, 0))
  }

  /// A message kept under an earlier, larger limit answers to the limit of the call that returns it.
  private func limited(_ incoming: Incoming) -> Incoming {
    guard case .delivery(let delivery) = incoming, delivery.body.count > bodyLimit else { return incoming }
    return .oversized(tag: delivery.tag, size: delivery.body.count, isRedelivered: delivery.isRedelivered)
  }

  private func consumerCancelled(_ operation: Operation) -> AMQPError {
    cancelledByBroker = false
    return connection.error(.consumerCancelled, operation)
  }

  /// Takes a method that nobody waited for: a delivery is kept, the consumer's end is noted.
  private func handle(_ method: UInt32, _ operation: Operation) throws(AMQPError) {
    switch method {
    case AMQP_BASIC_DELIVER_METHOD:
      unread.append(try readDelivery(operation))
    case AMQP_BASIC_CANCEL_METHOD:
      let cancelled = try connection.decoded(amqp_basic_cancel_t.self, operation)
      // One that crossed with a new consumer's start does not concern the new one.
      if cancelled.consumer_tag.repairedText == consumerTag {
        consumerTag = nil
        cancelledByBroker = true
      }
      connection.releaseBuffers()
    default:
      throw connection.unexpected(method, operation)
    }
  }

  // MARK: Calls

  /// A call whose answer the caller does not look at.
  func call(
    _ method: UInt32, _ request: UnsafeMutableRawPointer, _ reply: UInt32, _ operation: Operation
  ) throws(AMQPError) {
    try callKeepingAnswer(method, request, reply, operation)
    connection.releaseBuffers()
  }

  /// A call whose answer is then read with `connection.decoded`; the caller releases buffers.
  func callKeepingAnswer(
    _ method: UInt32, _ request: UnsafeMutableRawPointer, _ reply: UInt32, _ operation: Operation
  ) throws(AMQPError) {
    defer { connection.arena.reset() }
    try connection.call(
      method, request, reply: reply, operation,
      otherwise: { (method) throws(AMQPError) in try self.handle(method, operation) })
  }

  func shortText(_ text: String, _ operation: Operation) throws(AMQPError) -> amqp_bytes_t {
    try connection.shortText(text, operation)
  }
}
