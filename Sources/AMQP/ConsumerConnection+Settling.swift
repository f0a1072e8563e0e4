internal import CRabbitMQ

/// Settling deliveries. Both are sent, not answered: if the connection breaks afterwards, the broker may deliver again.
extension ConsumerConnection {
  /// Acknowledges a delivery, or with `multiple` all unsettled ones up to it.
  public func acknowledge(_ tag: UInt64, multiple: Bool) throws(AMQPError) {
    var request = amqp_basic_ack_t()
    request.delivery_tag = tag
    request.multiple = multiple ? 1 : 0
    try connection.send(AMQP_BASIC_ACK_METHOD, &request, Operation("acknowledge"))
  }

  /// Rejects a delivery: back to its queue, or to the queue's dead-letter exchange.
  public func reject(_ tag: UInt64, requeue: Bool) throws(AMQPError) {
    var request = amqp_basic_reject_t()
    request.delivery_tag = tag
    request.requeue = requeue ? 1 : 0
    try connection.send(AMQP_BASIC_REJECT_METHOD, &request, Operation("reject"))
  }
}
