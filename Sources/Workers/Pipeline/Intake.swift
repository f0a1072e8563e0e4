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
  /// Began the next batch before this one was full: it may have to be handled alone.
  private var carried: Delivery?

  init(_ consumer: ConsumerConnection, queue: String, consumerTag: String, limits: Limits) {
    self.consumer = consumer
    self.queue = queue
    self.consumerTag = consumerTag
    self.limits = limits
    pace = Pace(prefetch: limits.prefetch, batch: limits.messages)
  }

  /// Starts consuming, if that is not so already.
  func start() throws(AMQPError) {
    guard !consumer.isConsuming else { return }
    try consumer.consume(queue: queue, prefetch: UInt16(clamping: pace.prefetch), tag: consumerTag)
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
    while batch.count < pace.batchLimit(afterFailures: batch.failures), batch.byteCount < Self.maximumBytes {
      let wait = deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) } ?? Self.idleWait
      guard let incoming = try consumer.next(timeout: wait, maximumBodySize: MessageLimits.maximumBodyBytes) else {
        // A frame that was no delivery also ends the wait.
        if let deadline, .now < deadline { continue }
        break
      }
      if deadline == nil { deadline = .now + limits.delay }
      guard take(incoming, into: &batch) else { break }
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
