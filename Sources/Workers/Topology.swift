import AMQP

/// The names of exchanges and queues, and how they are declared.
public struct Topology: Sendable {
  public enum Mode: String, Sendable, CaseIterable {
    /// Declares what is missing; what is there must have the same properties.
    case declare
    /// The operators own the topology: it only must be there.
    case passive
  }

  /// A queue that is worked off, with the keys that route to it.
  public struct WorkQueue: Sendable {
    public let name: String
    public let routingKeys: [String]

    public init(name: String, routingKeys: [String]) {
      self.name = name
      self.routingKeys = routingKeys
    }

    public var deadLetterQueue: String { name + ".dead-letter" }
  }

  public let mode: Mode
  public let eventsExchange: String
  public let deadLetterExchange: String
  /// After how many failed deliveries the broker itself dead-letters a message.
  public let deliveryLimit: Int

  public init(mode: Mode, eventsExchange: String, deadLetterExchange: String, deliveryLimit: Int) {
    self.mode = mode
    self.eventsExchange = eventsExchange
    self.deadLetterExchange = deadLetterExchange
    self.deliveryLimit = deliveryLimit
  }

  public static func usageQueue(named name: String) -> WorkQueue {
    WorkQueue(name: name, routingKeys: ["usage.*"])
  }

  public static func orderQueue(named name: String) -> WorkQueue {
    WorkQueue(name: name, routingKeys: ["order.#", "patient.#", "charge.#"])
  }

  /// Declares, or asks for, the exchanges, a work queue and its dead-letter queue.
  public func prepare(_ queue: WorkQueue, on connection: ConsumerConnection) throws(AMQPError) {
    let isPassive = mode == .passive
    try prepareEventsExchange(on: connection)
    try connection.declareExchange(deadLetterExchange, kind: .direct, durable: true, passive: isPassive)
    try connection.declareQueue(
      queue.deadLetterQueue, durable: true, passive: isPassive,
      arguments: [
        "x-queue-type": .string("quorum"),
        // People look at dead letters as often as they like: brokers from 4.0 on would drop them after 20 looks.
        "x-delivery-limit": .int(1_000_000),
      ])
    try connection.declareQueue(queue.name, durable: true, passive: isPassive, arguments: workQueueArguments(queue))
    guard !isPassive else { return }
    try connection.bind(queue: queue.deadLetterQueue, exchange: deadLetterExchange, routingKey: queue.name)
    for key in queue.routingKeys { try connection.bind(queue: queue.name, exchange: eventsExchange, routingKey: key) }
  }

  public func prepareEventsExchange(on connection: ConsumerConnection) throws(AMQPError) {
    try connection.declareExchange(eventsExchange, kind: .topic, durable: true, passive: mode == .passive)
  }

  private func workQueueArguments(_ queue: WorkQueue) -> [String: FieldValue] {
    [
      "x-queue-type": .string("quorum"),
      "x-delivery-limit": .int(Int64(deliveryLimit)),
      "x-dead-letter-exchange": .string(deadLetterExchange),
      "x-dead-letter-routing-key": .string(queue.name),
      // The broker keeps a dead letter until its queue has it; that needs the overflow behaviour below.
      "x-dead-letter-strategy": .string("at-least-once"),
      "x-overflow": .string("reject-publish"),
    ]
  }
}
