import AMQP
import Glibc
import Workers

/// Queues of a test's own on the broker that `AMQP_URL` names.
final class DeadLetterQueues {
  static var isAvailable: Bool { getenv("AMQP_URL") != nil }

  let configuration: BrokerConfiguration
  let watchdog: Watchdog
  let connection: ConsumerConnection
  let publisher: Publisher
  private var queues: [String] = []

  init() throws {
    guard let url = getenv("AMQP_URL") else {
      throw AMQPError(.invalidConfiguration("AMQP_URL is not set"), operation: "test", broker: "")
    }
    configuration = try BrokerConfiguration(url: String(cString: url))
    watchdog = try Watchdog()
    connection = try ConsumerConnection(configuration, name: "test", watchdog: watchdog, readsProperties: true)
    publisher = try Publisher(configuration, name: "test", watchdog: watchdog)
  }

  deinit {
    for queue in queues { _ = try? connection.deleteQueue(queue) }
  }

  func queue(_ name: String, arguments: [String: FieldValue] = [:]) throws -> String {
    let name = "test-\(getpid())-\(UInt32.random(in: 0 ... .max))-\(name)"
    try connection.declareQueue(
      name, arguments: arguments.merging(["x-queue-type": .string("quorum")]) { first, _ in first })
    queues.append(name)
    return name
  }

  func publish(_ message: OutgoingMessage, to queue: String) throws {
    try publisher.publish(message, exchange: "", routingKey: queue, mandatory: true)
    let confirmations = try publisher.waitForConfirms(timeout: .seconds(10))
    guard confirmations.allSatisfy({ $0.outcome == .confirmed }) else {
      throw AMQPError(.timedOut("not confirmed"), operation: "test", broker: "")
    }
  }

  /// The worker's own kind of dead letter.
  func publishDead(
    _ body: String, reason: String = "malformed_json", from original: String?, id: String? = nil, to queue: String
  ) throws {
    var headers: [String: FieldValue] = [
      "x-reason": .string(reason), "x-detail": .string("body: must be one JSON document (RFC 8259)"),
      "x-rejected-at": .string("2025-01-15T12:00:00Z"), "trace": .string("kept"),
    ]
    if let original { headers["x-original-queue"] = .string(original) }
    try publish(OutgoingMessage(body: Array(body.utf8), messageID: id, headers: headers), to: queue)
  }

  /// All messages of a queue, taken out, once there are so many ready.
  func drain(_ queue: String, count: Int) throws -> [Delivery] {
    try awaitCount(queue, count)
    var deliveries: [Delivery] = []
    while let delivery = try connection.get(queue: queue) {
      deliveries.append(delivery)
      try connection.acknowledge(delivery.tag, multiple: false)
    }
    return deliveries
  }

  /// Waits until a queue has exactly so many messages ready: what a closed connection held comes back a little later.
  func awaitCount(_ queue: String, _ count: Int) throws {
    for _ in 0..<500 {
      if try connection.declareQueue(queue, passive: true).messages == count { return }
      usleep(10_000)
    }
    throw AMQPError(.timedOut("\(queue) never had \(count) messages ready"), operation: "test", broker: "")
  }
}
