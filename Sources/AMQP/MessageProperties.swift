internal import CRabbitMQ

/// A message's properties and headers, and where it was published.
public struct MessageProperties: Sendable, Equatable {
  /// The body's media type.
  public var contentType: String?
  /// The publisher's id of the message.
  public var messageID: String?
  /// Headers; the broker adds its own, such as `x-death` and `x-delivery-count`.
  public var headers: [String: FieldValue]
  /// Seconds since 1970-01-01T00:00:00Z, as set by the publisher.
  public var timestamp: UInt64?
  /// 2 for persistent, 1 for transient; nil where the publisher said nothing.
  public var deliveryMode: UInt8?
  /// The exchange it was published to; empty for the default one.
  public var exchange: String
  /// The key it was published with.
  public var routingKey: String

  /// Makes properties; all but the place are absent by default.
  public init(
    contentType: String? = nil, messageID: String? = nil, headers: [String: FieldValue] = [:], timestamp: UInt64? = nil,
    deliveryMode: UInt8? = nil, exchange: String = "", routingKey: String = ""
  ) {
    self.contentType = contentType
    self.messageID = messageID
    self.headers = headers
    self.timestamp = timestamp
    self.deliveryMode = deliveryMode
    self.exchange = exchange
    self.routingKey = routingKey
  }
}

extension MessageProperties {
  init(_ properties: amqp_basic_properties_t, exchange: amqp_bytes_t, routingKey: amqp_bytes_t) {
    self.init(exchange: exchange.repairedText, routingKey: routingKey.repairedText)
    if properties.has(AMQP_BASIC_CONTENT_TYPE_FLAG) { contentType = properties.content_type.repairedText }
    if properties.has(AMQP_BASIC_MESSAGE_ID_FLAG) { messageID = properties.message_id.repairedText }
    if properties.has(AMQP_BASIC_HEADERS_FLAG) { headers = FieldValue.table(properties.headers) }
    if properties.has(AMQP_BASIC_TIMESTAMP_FLAG) { timestamp = properties.timestamp }
    if properties.has(AMQP_BASIC_DELIVERY_MODE_FLAG) { deliveryMode = properties.delivery_mode }
  }
}
