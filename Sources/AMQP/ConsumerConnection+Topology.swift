internal import CRabbitMQ

/// Declaring and deleting. A passive declaration only asks; where the broker refuses (no such thing, other arguments), it closes
/// the channel, the call throws `channelClosed` and the connection is used up.
extension ConsumerConnection {
  /// Declares an exchange, or asks for it (`passive`).
  public func declareExchange(
    _ name: String, kind: ExchangeKind, durable: Bool = true, passive: Bool = false
  ) throws(AMQPError) {
    let operation = Operation("declare exchange", name)
    var request = amqp_exchange_declare_t()
    request.exchange = try shortText(name, operation)
    request.type = try shortText(kind.rawValue, operation)
    request.durable = durable ? 1 : 0
    request.passive = passive ? 1 : 0
    try call(AMQP_EXCHANGE_DECLARE_METHOD, &request, AMQP_EXCHANGE_DECLARE_OK_METHOD, operation)
  }

  /// Declares a queue, or asks for it (`passive`; arguments are not compared then).
  @discardableResult
  public func declareQueue(
    _ name: String, durable: Bool = true, passive: Bool = false, arguments: [String: FieldValue] = [:]
  ) throws(AMQPError) -> QueueStatus {
    let operation = Operation("declare queue", name)
    var request = amqp_queue_declare_t()
    request.queue = try shortText(name, operation)
    request.durable = durable ? 1 : 0
    request.passive = passive ? 1 : 0
    request.arguments = try connection.table(arguments, operation)
    try callKeepingAnswer(AMQP_QUEUE_DECLARE_METHOD, &request, AMQP_QUEUE_DECLARE_OK_METHOD, operation)
    defer { connection.releaseBuffers() }
    let answer = try connection.decoded(amqp_queue_declare_ok_t.self, operation)
    return QueueStatus(messages: Int(answer.message_count), consumers: Int(answer.consumer_count))
  }

  /// Binds a queue to an exchange. Binding again changes nothing.
  public func bind(queue: String, exchange: String, routingKey: String) throws(AMQPError) {
    let operation = Operation("bind queue", queue)
    var request = amqp_queue_bind_t()
    request.queue = try shortText(queue, operation)
    request.exchange = try shortText(exchange, operation)
    request.routing_key = try shortText(routingKey, operation)
    try call(AMQP_QUEUE_BIND_METHOD, &request, AMQP_QUEUE_BIND_OK_METHOD, operation)
  }

  /// Drops the messages of a queue that are not with a consumer; returns how many.
  @discardableResult
  public func purgeQueue(_ name: String) throws(AMQPError) -> Int {
    let operation = Operation("purge queue", name)
    var request = amqp_queue_purge_t()
    request.queue = try shortText(name, operation)
    try callKeepingAnswer(AMQP_QUEUE_PURGE_METHOD, &request, AMQP_QUEUE_PURGE_OK_METHOD, operation)
    defer { connection.releaseBuffers() }
    return Int(try connection.decoded(amqp_queue_purge_ok_t.self, operation).message_count)
  }

  /// Deletes a queue with its messages; returns how many. Deleting what is not there is no error.
  @discardableResult
  public func deleteQueue(_ name: String) throws(AMQPError) -> Int {
    let operation = Operation("delete queue", name)
    var request = amqp_queue_delete_t()
    request.queue = try shortText(name, operation)
    try callKeepingAnswer(AMQP_QUEUE_DELETE_METHOD, &request, AMQP_QUEUE_DELETE_OK_METHOD, operation)
    defer { connection.releaseBuffers() }
    return Int(try connection.decoded(amqp_queue_delete_ok_t.self, operation).message_count)
  }

  /// Deletes an exchange with its bindings. Deleting what is not there is no error.
  public func deleteExchange(_ name: String) throws(AMQPError) {
    let operation = Operation("delete exchange", name)
    var request = amqp_exchange_delete_t()
    request.exchange = try shortText(name, operation)
    try call(AMQP_EXCHANGE_DELETE_METHOD, &request, AMQP_EXCHANGE_DELETE_OK_METHOD, operation)
  }
}
