/// How an exchange routes.
public enum ExchangeKind: String, Sendable {
  /// To queues bound with exactly the routing key.
  case direct
  /// To queues bound with a matching pattern.
  case topic
  /// To all bound queues.
  case fanout
  /// By headers.
  case headers
  /// By a hash of the routing key, over queues bound with a weight (a plugin bundled with RabbitMQ).
  case consistentHash = "x-consistent-hash"
}
