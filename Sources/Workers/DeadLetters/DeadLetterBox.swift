import AMQP

/// The queues of dead letters, for operators: listing, showing, requeueing and discarding.
///
/// Letters are taken one by one without being acknowledged; when the work is done, or the process dies, the broker puts
/// them back where they were. A letter is acknowledged only once its requeued copy is confirmed, or
/// when it is to be discarded: nothing is lost, and a requeued message is there twice at worst.
public struct DeadLetterBox {
  /// What became of a queue's letters.
  public struct Outcome: Sendable, Hashable {
    /// Requeued or discarded.
    public internal(set) var done = 0
    /// Meant, and kept: nobody said where they came from, or that queue is gone.
    public internal(set) var unroutable = 0
    /// Meant, and kept: the broker refused the copy (a full queue, say).
    public internal(set) var refused = 0
    /// Not meant.
    public internal(set) var left = 0
  }

  private static let confirmTimeout: Duration = .seconds(30)

  private let broker: BrokerConfiguration
  private let watchdog: Watchdog

  public init(_ broker: BrokerConfiguration, watchdog: Watchdog) {
    self.broker = broker
    self.watchdog = watchdog
  }

  /// How many letters a queue holds; `nil` when there is no such queue.
  public func count(queue: String) throws(AMQPError) -> Int? {
    let connection = try connect()
    do throws(AMQPError) {
      let status = try connection.declareQueue(queue, passive: true)
      try connection.close()
      return status.messages
    } catch {
      if case .channelClosed(404, _) = error.kind { return nil }
      throw error
    }
  }

  /// The first letters of a queue, oldest first; none when there is no such queue.
  public func list(queue: String, limit: Int) throws(AMQPError) -> [DeadLetter] {
    var letters: [DeadLetter] = []
    try walk(queue, upTo: limit) { (letter, _, _, _) throws(AMQPError) in letters.append(letter) }
    return letters
  }

  /// One letter with its body; `nil` when the queue has not so many.
  public func show(queue: String, position: Int) throws(AMQPError) -> (letter: DeadLetter, body: [UInt8])? {
    var found: (letter: DeadLetter, body: [UInt8])?
    try walk(queue, upTo: position) { (letter, delivery, _, _) throws(AMQPError) in
      if letter.position == position { found = (letter, delivery.body) }
    }
    return found
  }

  /// Takes letters away for good.
  public func discard(
    queue: String, _ selection: DeadLetterSelection, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(AMQPError) -> Outcome {
    var outcome = Outcome()
    try walk(queue, upTo: selection.lastPosition, progress: progress) {
      (letter, _, tag, reader) throws(AMQPError) in
      guard selection.contains(letter) else {
        outcome.left += 1
        return
      }
      try reader.acknowledge(tag)
      outcome.done += 1
    }
    return outcome
  }

  /// Publishes letters to the queues they came from, as they first were.
  public func requeue(
    queue: String, _ selection: DeadLetterSelection, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(AMQPError) -> Outcome {
    var outcome = Outcome()
    var copies = try RequeuedCopies(broker, watchdog: watchdog)
    try walk(
      queue, upTo: selection.lastPosition, progress: progress,
      each: { (letter, delivery, tag, reader) throws(AMQPError) in
        try copies.serviceHeartbeats()
        guard selection.contains(letter) else {
          outcome.left += 1
          return
        }
        guard let target = letter.originalQueue else {
          outcome.unroutable += 1
          return
        }
        try copies.publish(delivery, tag, to: target)
        if copies.isFull { try copies.settle(&reader, &outcome, timeout: Self.confirmTimeout) }
      },
      last: { (reader) throws(AMQPError) in try copies.settle(&reader, &outcome, timeout: Self.confirmTimeout) })
    try copies.close()
    return outcome
  }

  // MARK: - Walking

  /// Takes letters in their order, at most as many as there were at the start: a requeued one that is dead again at once
  /// must not keep the walk going for ever.
  private func walk(
    _ queue: String, upTo limit: Int, progress: (Int, Int) -> Void = { _, _ in },
    each: (DeadLetter, Delivery, LetterReader.Tag, inout LetterReader) throws(AMQPError) -> Void,
    last: (inout LetterReader) throws(AMQPError) -> Void = { _ in }
  ) throws(AMQPError) {
    let total = min(try count(queue: queue) ?? 0, limit)
    guard total > 0 else { return }
    var reader = LetterReader(queue: queue, connect: connect)
    for position in 1...total {
      guard let (delivery, tag) = try reader.next(wanted: total - position + 1) else { break }
      try each(DeadLetter(delivery, queue: queue, position: position), delivery, tag, &reader)
      progress(position, total)
    }
    try last(&reader)
    try reader.close()
  }

  private func connect() throws(AMQPError) -> ConsumerConnection {
    try ConsumerConnection(broker, name: "usage-billing dead-letters", watchdog: watchdog, readsProperties: true)
  }
}
