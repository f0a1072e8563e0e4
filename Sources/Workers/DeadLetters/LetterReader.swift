import AMQP

/// Takes letters from a queue in their order and holds them, unsettled, until it is closed: then the broker puts back what
/// was not acknowledged, in order.
///
/// A consumer, not a get for each letter: a quorum queue takes each get for a consumer of its own, and gives back the
/// letters of many consumers in no order. Rejecting them would send them to the queue's back. A consumer holds at most
/// 2,000 letters, so that each further 2,000 need a connection of their own.
struct LetterReader {
  /// Which letter, for acknowledging it.
  struct Tag: Hashable {
    fileprivate let connection: Int
    fileprivate let tag: UInt64
  }

  /// A quorum queue's limit for a consumer.
  private static let mostHeld = 2000
  /// How long to wait for a letter that was there when its queue was counted: somebody else may have taken it.
  private static let patience: Duration = .seconds(3)
  /// More than a broker takes.
  private static let bodyLimit = 1 << 30

  private let queue: String
  private let connect: () throws(AMQPError) -> ConsumerConnection
  private var connections: [ConsumerConnection] = []
  /// Of the last connection.
  private var held = 0
  private var prefetch = 0

  init(queue: String, connect: @escaping () throws(AMQPError) -> ConsumerConnection) {
    self.queue = queue
    self.connect = connect
  }

  /// The next letter; `nil` when none comes.
  ///
  /// - Parameter wanted: how many more will be asked for, this one included.
  mutating func next(wanted: Int) throws(AMQPError) -> (delivery: Delivery, tag: Tag)? {
    if held >= prefetch { try connections.last?.cancel() }
    // What crossed with the cancelling comes next; letters are not skipped.
    let isAtEnd = connections.last.map { !$0.isConsuming && $0.unreadCount == 0 } ?? true
    if isAtEnd { try open(wanted: wanted) }
    guard let connection = connections.last,
      let incoming = try connection.next(timeout: Self.patience, maximumBodySize: Self.bodyLimit),
      case .delivery(let delivery) = incoming
    else { return nil }
    held += 1
    return (delivery, Tag(connection: connections.count - 1, tag: delivery.tag))
  }

  private mutating func open(wanted: Int) throws(AMQPError) {
    let connection = try connect()
    prefetch = min(Self.mostHeld, max(1, wanted))
    held = 0
    try connection.consume(queue: queue, prefetch: UInt16(prefetch), tag: "dead-letters")
    connections.append(connection)
  }

  mutating func acknowledge(_ tag: Tag) throws(AMQPError) {
    try connections[tag.connection].acknowledge(tag.tag, multiple: false)
    if tag.connection == connections.count - 1 { held -= 1 }
  }

  /// Gives back what was not acknowledged.
  mutating func close() throws(AMQPError) {
    // All stop before the first gives back, or the others would be given its letters.
    for connection in connections { try connection.cancel() }
    for connection in connections {
      // A channel holds acknowledgements to a quorum queue back while 32 are under way, and closing it loses them. Cancelling
      // was answered after those under way; the questions here are answered after the rest was sent.
      for _ in 0..<2 { try connection.declareQueue(queue, passive: true) }
      try connection.close()
    }
    connections = []
  }
}
