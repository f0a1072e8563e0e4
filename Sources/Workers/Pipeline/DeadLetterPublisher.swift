import AMQP
import Billing
import Messages

/// Publishes what cannot be processed to the dead-letter exchange. The message itself may be acknowledged only after
/// `settle` has returned: then the broker has taken the dead letter over.
final class DeadLetterPublisher {
  private let broker: BrokerConfiguration
  private let name: String
  private let exchange: String
  private let queue: String
  private let watchdog: Watchdog
  private var publisher: Publisher?
  /// Sent since the last `settle`. As long as there are any, losing the connection must be told, never mended in silence:
  /// the messages that they stand for would be acknowledged without anybody having taken them over.
  private var unsettled = 0

  private static let confirmTimeout = Duration.seconds(30)

  init(broker: BrokerConfiguration, name: String, exchange: String, queue: String, watchdog: Watchdog) {
    self.broker = broker
    self.name = name
    self.exchange = exchange
    self.queue = queue
    self.watchdog = watchdog
  }

  /// Sends the body unchanged, with the reason. Nothing of the message is in the headers.
  func send(_ body: [UInt8], because bad: BadMessage, now: Instant) throws(LaneError) {
    let message = OutgoingMessage(
      body: body,
      headers: [
        "x-reason": .string(bad.reason.rawValue),
        "x-detail": .string(bad.detail),
        "x-original-queue": .string(queue),
        "x-rejected-at": .string(now.description),
      ])
    // On a connection of its own, opened when the first bad message comes: publishing can be blocked by the broker, and
    // consuming must go on then.
    do {
      try open().publish(message, exchange: exchange, routingKey: queue, mandatory: true)
    } catch {
      throw .broker(error)
    }
    unsettled += 1
  }

  /// Waits until the broker has confirmed every dead letter sent.
  func settle() throws(LaneError) {
    guard unsettled > 0 else { return }
    let confirmations: [PublishConfirmation]
    do { confirmations = try open().waitForConfirms(timeout: Self.confirmTimeout) } catch { throw .broker(error) }
    guard confirmations.count == unsettled, confirmations.allSatisfy({ $0.outcome == .confirmed }) else {
      throw .deadLetterNotTaken
    }
    unsettled = 0
  }

  /// Keeps the idle connection alive. One that fails is of no consequence while nothing is on its way: the next dead
  /// letter opens another.
  ///
  /// - Throws: the connection's failure while dead letters are on their way: they may not have arrived.
  func serviceHeartbeats() throws(LaneError) {
    guard let publisher else { return }
    do {
      try publisher.serviceHeartbeats()
    } catch {
      guard unsettled == 0 else { throw .broker(error) }
      close()
    }
  }

  func close() {
    // What was on its way is not acknowledged and comes again.
    try? publisher?.close()
    publisher = nil
  }

  private func open() throws(AMQPError) -> Publisher {
    // A broken one with letters on their way is kept: every call tells its failure.
    if let publisher, publisher.isUsable || unsettled > 0 { return publisher }
    let opened = try Publisher(broker, name: name, watchdog: watchdog)
    publisher = opened
    return opened
  }
}
