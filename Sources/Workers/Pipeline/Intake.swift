import AMQP

/// Takes deliveries from a consumer, batch by batch: up to a number, a size and a time, in the pace that is safe.
final class Intake {
  struct Limits: Sendable {
    let messages: Int
    /// How long a batch may wait for more, from its first message on.
    let delay: Duration
    let prefetch: Int
  }

  /// Bodies of a batch in memory at once.
  private static let maximumBytes = 4 << 20
  /// A stop, a heartbeat or an idle connection is noticed after this long at most.
  private static let idleWait = Duration.milliseconds(100)

  let consumer: ConsumerConnection
  private let queue: String
  private let consumerTag: String
  private let limits: Limits
  private var pace: Pace
  private var starts = 0
  /// Began the next batch before this one was full: it may have to be handled alone.
  private var carried: Delivery?

  init(_ consumer: ConsumerConnection, queue: String, consumerTag: String, limits: Limits) {
    self.consumer = consumer
    self.queue = queue
    self.consumerTag = consumerTag
    self.limits = limits
    pace = Pace(prefetch: limits.prefetch, batch: limits.messages)
  }

  /// Starts consuming, unless that is so already, or an earlier consumer's deliveries wait here: where the database comes
  /// and goes, each new consumer would fetch its prefetch on top of them.
  func start() throws(AMQPError) {
    guard !consumer.isConsuming, consumer.unreadCount == 0 else { return }
    // A tag of its own each time: RabbitMQ before 3.10.9 and 3.11.1 crashes the channel when a quorum queue's consumer
    // comes back under a tag that deliveries are on their way to (rabbitmq-server #5927).
    starts += 1
    try consumer.consume(
      queue: queue, prefetch: UInt16(clamping: pace.prefetch), tag: "\(consumerTag) consumer \(starts)")
  }

  /// Stops consuming. What was fetched stays unacknowledged with this connection.
  func pause() throws(AMQPError) { try consumer.cancel() }

  /// The next batch; empty when nothing came for a while.
  func next() throws(AMQPError) -> Batch {
    var batch = Batch()
    if let carried {
      batch.append(carried)
      self.carried = nil
    }
    var deadline: ContinuousClock.Instant? = batch.isEmpty ? nil : .now + limits.delay
    var wait = batch.isEmpty ? Self.idleWait : .zero
    while batch.count < pace.batchLimit(afterFailures: batch.failures), batch.byteCount < Self.maximumBytes {
      if let incoming = try consumer.next(timeout: wait, maximumBodySize: MessageLimits.maximumBodyBytes) {
        if deadline == nil { deadline = .now + limits.delay }
        // What has arrived already is taken without a look at the clock.
        wait = .zero
        guard take(incoming, into: &batch) else { break }
        continue
      }
      guard let end = deadline else { break }
      let now = ContinuousClock.now
      if now < end {
        wait = now.duration(to: end)
      } else if now < end + limits.delay * 2, batch.count >= limits.messages / 4 {
        // Filling fast, so there is more: fuller batches touch fewer totals for each message.
        wait = .milliseconds(1)
      } else {
        break
      }
    }
    return batch
  }

  /// - Returns: false when the message has to wait for the next batch.
  private func take(_ incoming: Incoming, into batch: inout Batch) -> Bool {
    switch incoming {
    case .oversized(let tag, _, _):
      batch.append(oversized: tag)
      return true
    case .delivery(let delivery):
      let failures = max(batch.failures, Batch.failures(of: delivery))
      guard batch.isEmpty || batch.count < pace.batchLimit(afterFailures: failures) else {
        carried = delivery
        return false
      }
      batch.append(delivery)
      return true
    }
  }

  /// A batch was settled: the next may be larger, or has to be smaller.
  func note(_ batch: Batch) throws(AMQPError) {
    guard pace.note(failures: batch.failures), consumer.isConsuming else { return }
    try consumer.cancel()
    try start()
  }
}

/// Limits of all messages, whichever queue they come from.
enum MessageLimits {
  static let maximumBodyBytes = 65_536
}
