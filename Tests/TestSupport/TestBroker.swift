import AMQP
import Glibc
import Operations
import Synchronization
import Workers

/// Exchanges and queues of one test's own at the broker of `AMQP_URL`, under names that nobody else has; deleted with the
/// last reference. It belongs to the test's thread.
public final class TestBroker {
  public static let url: String? = getenv("AMQP_URL").map { String(cString: $0) }
  public static var isAvailable: Bool { url != nil }

  /// Which of the product's queues the test's work queue is.
  public enum Kind: String, Sendable { case usage, orders }

  /// A message as somebody found it in a queue.
  public struct Letter {
    public let body: [UInt8]
    public let properties: MessageProperties

    public func header(_ name: String) -> String? { properties.headers[name]?.stringValue }
    public var text: String { String(decoding: body, as: UTF8.self) }
  }

  public let kind: Kind
  public let queue: String
  public let deadLetterQueue: String
  public let eventsExchange: String
  public let deadLetterExchange: String
  /// For a process that works off both: declared by it, if at all.
  public let otherQueue: String
  private let watchdog: Watchdog
  private let configuration: BrokerConfiguration
  private let deliveryLimit: Int
  private var session: ConsumerConnection?
  private var publisher: Publisher?
  private var extraQueues: [String] = []
  private static let counter = Atomic<Int>(0)

  /// - Parameter deliveryLimit: after how many failed deliveries the broker itself dead-letters a message.
  public init(_ kind: Kind = .usage, deliveryLimit: Int = 20) throws {
    self.kind = kind
    guard let url = Self.url else { throw TestFailure("set AMQP_URL") }
    // Idle for long in the middle of a test, so without heartbeats.
    configuration = try BrokerConfiguration(url: url + (url.contains("?") ? "&" : "?") + "heartbeat=0")
    watchdog = try Watchdog()
    self.deliveryLimit = deliveryLimit
    let stem = "test.\(getpid()).\(Self.counter.add(1, ordering: .relaxed).newValue)"
    queue = "\(stem).\(kind.rawValue)"
    otherQueue = "\(stem).\(kind == .usage ? Kind.orders.rawValue : Kind.usage.rawValue)"
    deadLetterQueue = "\(stem).\(kind.rawValue).dead-letter"
    eventsExchange = "\(stem).events"
    deadLetterExchange = "\(stem).dead-letter"
    try declare()
  }

  deinit {
    do {
      try administrator().deleteQueue(queue)
      try administrator().deleteQueue(deadLetterQueue)
      for name in extraQueues + [otherQueue, "\(otherQueue).dead-letter"] { try administrator().deleteQueue(name) }
      try administrator().deleteExchange(eventsExchange)
      try administrator().deleteExchange(deadLetterExchange)
    } catch {
      Log.writeToStandardError(Array("the queues of \(queue) are left behind: \(error)\n".utf8))
    }
  }

  /// What a worker has to know of it.
  public var environment: [String: String] {
    [
      "AMQP_URL": Self.url ?? "", "USAGE_QUEUE": kind == .usage ? queue : otherQueue,
      "ORDER_QUEUE": kind == .orders ? queue : otherQueue, "EVENTS_EXCHANGE": eventsExchange,
      "DEAD_LETTER_EXCHANGE": deadLetterExchange, "DELIVERY_LIMIT": String(deliveryLimit),
    ]
  }

  /// As the worker itself would, so that messages can be there before it.
  public func declare() throws {
    try Topology(
      mode: .declare, eventsExchange: eventsExchange, deadLetterExchange: deadLetterExchange,
      deliveryLimit: deliveryLimit
    ).prepare(
      kind == .usage ? Topology.usageQueue(named: queue) : Topology.orderQueue(named: queue), on: try administrator())
  }

  // MARK: Publishing

  /// Publishes bodies like an upstream service, and waits until all are confirmed.
  ///
  /// - Parameter routingKey: if left out, one that is bound to the work queue.
  public func publish(_ bodies: [[UInt8]], routingKey: String? = nil) throws {
    let routingKey = routingKey ?? (kind == .usage ? "usage.recorded" : "order.event")
    try publish(bodies.map { OutgoingMessage(body: $0) }, routingKey: routingKey)
  }

  /// The same with properties of their own.
  public func publish(_ messages: [OutgoingMessage], routingKey: String) throws {
    let publisher = try openPublisher()
    for message in messages {
      try publisher.publish(message, exchange: eventsExchange, routingKey: routingKey, mandatory: true)
    }
    let confirmations = try publisher.waitForConfirms(timeout: .seconds(30))
    guard confirmations.count == messages.count, confirmations.allSatisfy({ $0.outcome == .confirmed }) else {
      throw TestFailure("not every message was confirmed")
    }
  }

  public func publish(_ texts: [String]) throws { try publish(texts.map { Array($0.utf8) }) }

  // MARK: Looking

  /// A queue for one kind of event, as a subscriber has it; bound from now on.
  public func subscribe(to routingKey: String = "billing.threshold_exceeded") throws -> String {
    let name = "\(queue).subscriber.\(extraQueues.count)"
    try administrator().declareQueue(name, arguments: ["x-queue-type": .string("classic")])
    extraQueues.append(name)
    try administrator().bind(queue: name, exchange: eventsExchange, routingKey: routingKey)
    return name
  }

  /// Takes everything out of a queue that is in it now, in order.
  public func takeAll(from name: String) throws -> [Letter] {
    var letters: [Letter] = []
    while let delivery = try administrator().get(queue: name) {
      letters.append(Letter(body: delivery.body, properties: delivery.properties ?? MessageProperties()))
      try administrator().acknowledge(delivery.tag, multiple: false)
    }
    return letters
  }

  public func status(of name: String) throws -> QueueStatus {
    try administrator().declareQueue(name, passive: true)
  }

  /// Ready messages of the work queue.
  public func waiting() throws -> Int { try status(of: queue).messages }

  public func consumers() throws -> Int { try status(of: queue).consumers }

  public func deleteQueue(_ name: String) throws { try administrator().deleteQueue(name) }

  // MARK: Connections

  /// Opened anew after a failure, which a restarted broker or a refused look at a missing queue brings.
  public func administrator() throws -> ConsumerConnection {
    if let session, session.isUsable { return session }
    let opened = try ConsumerConnection(
      configuration, name: "\(queue) test", watchdog: watchdog, readsProperties: true)
    session = opened
    return opened
  }

  private func openPublisher() throws -> Publisher {
    if let publisher, publisher.isUsable { return publisher }
    let opened = try Publisher(configuration, name: "\(queue) test publisher", watchdog: watchdog)
    publisher = opened
    return opened
  }
}
