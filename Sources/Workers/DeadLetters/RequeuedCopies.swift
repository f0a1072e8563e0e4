import AMQP

/// Copies of letters on their way back to their queues, each with the letter that it may replace once it is confirmed.
struct RequeuedCopies {
  /// Letters whose copies are awaited together.
  private static let group = 100

  private let publisher: Publisher
  private var letters: [UInt64: LetterReader.Tag] = [:]
  private var quiet = 0

  init(_ broker: BrokerConfiguration, watchdog: Watchdog) throws(AMQPError) {
    publisher = try Publisher(broker, name: "usage-billing requeue", watchdog: watchdog)
  }

  var isFull: Bool { letters.count >= Self.group }

  /// To be called for each letter looked at: a walk past many letters that are not meant publishes nothing for long.
  mutating func serviceHeartbeats() throws(AMQPError) {
    quiet += 1
    guard quiet >= 500 else { return }
    quiet = 0
    try publisher.serviceHeartbeats()
  }

  mutating func publish(_ delivery: Delivery, _ tag: LetterReader.Tag, to queue: String) throws(AMQPError) {
    let properties = delivery.properties
    let message = OutgoingMessage(
      body: delivery.body, contentType: properties?.contentType, messageID: properties?.messageID,
      headers: (properties?.headers ?? [:]).filter { !DeadLetter.headersOfDeath.contains($0.key) })
    letters[try publisher.publish(message, exchange: "", routingKey: queue, mandatory: true)] = tag
  }

  /// Waits for the broker's word on all copies, and acknowledges the letters whose copies are safe.
  mutating func settle(
    _ reader: inout LetterReader, _ outcome: inout DeadLetterBox.Outcome, timeout: Duration
  ) throws(AMQPError) {
    guard !letters.isEmpty else { return }
    for confirmation in try publisher.waitForConfirms(timeout: timeout) {
      guard let tag = letters.removeValue(forKey: confirmation.sequence) else { continue }
      switch confirmation.outcome {
      case .confirmed:
        try reader.acknowledge(tag)
        outcome.done += 1
      case .returned:
        outcome.unroutable += 1
      case .rejected:
        outcome.refused += 1
      }
    }
  }

  func close() throws(AMQPError) { try publisher.close() }
}
