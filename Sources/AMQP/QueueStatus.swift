/// What a broker tells of a queue when it is declared.
public struct QueueStatus: Sendable, Equatable {
  /// Messages ready for delivery; unacknowledged ones are not counted.
  public let messages: Int
  /// Consumers of the queue.
  public let consumers: Int

  /// Makes a status.
  public init(messages: Int, consumers: Int) {
    self.messages = messages
    self.consumers = consumers
  }
}
