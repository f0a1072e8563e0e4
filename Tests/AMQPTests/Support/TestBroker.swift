import AMQP
import Glibc
import Synchronization
import Testing

/// The broker of the tests, from `AMQP_URL`; tests that need one are skipped without it.
enum TestBroker {
  static let url = getenv("AMQP_URL").map { String(cString: $0) }
  static var isThere: Bool { url != nil }

  private static let counter = Atomic<Int>(0)

  static func configuration(_ parameters: String = "", port: UInt16? = nil) throws -> BrokerConfiguration {
    var text = try #require(url)
    if let port {
      let plain = try BrokerConfiguration(url: text)
      let mark = plain.host.contains(":") ? "[\(plain.host)]" : plain.host
      text = text.replacing("\(mark):\(plain.port)", with: "127.0.0.1:\(port)")
    }
    if !parameters.isEmpty { text += text.contains("?") ? "&\(parameters)" : "?\(parameters)" }
    return try BrokerConfiguration(url: text)
  }

  static func uniqueName(_ stem: String) -> String {
    "test.\(stem).\(getpid()).\(counter.add(1, ordering: .relaxed).newValue)"
  }
}

/// A queue of one test's own with connections to fill and to read it; everything is deleted at the end.
final class Bench {
  let watchdog: Watchdog
  let configuration: BrokerConfiguration
  let queue: String
  let consumer: ConsumerConnection
  let publisher: Publisher
  private let administrator: ConsumerConnection
  private var queues: [String]

  init(
    _ stem: String, parameters: String = "", kind: String = "classic", arguments: [String: FieldValue] = [:],
    readsProperties: Bool = false, maximumInFlight: Int = 500
  ) throws {
    configuration = try TestBroker.configuration(parameters)
    watchdog = try Watchdog()
    queue = TestBroker.uniqueName(stem)
    queues = [queue]
    // Idle for long, so without the test's own heartbeat.
    administrator = try ConsumerConnection(
      try TestBroker.configuration(), name: "\(queue) administrator", watchdog: watchdog)
    var all = arguments
    all["x-queue-type"] = .string(kind)
    try administrator.declareQueue(queue, arguments: all)
    consumer = try ConsumerConnection(
      configuration, name: "\(queue) consumer", watchdog: watchdog, readsProperties: readsProperties)
    publisher = try Publisher(
      configuration, name: "\(queue) publisher", watchdog: watchdog, maximumInFlight: maximumInFlight)
  }

  deinit {
    for name in queues {
      do { try administrator.deleteQueue(name) } catch { Issue.record(error) }
    }
  }

  func declareQueue(_ stem: String) throws -> String {
    let name = TestBroker.uniqueName(stem)
    try administrator.declareQueue(name)
    queues.append(name)
    return name
  }

  func deleteQueueNow() throws {
    try administrator.deleteQueue(queue)
  }

  func status(of name: String) throws -> QueueStatus {
    try administrator.declareQueue(name, passive: true)
  }

  /// Publishes bodies to the queue by its name and waits until all are confirmed.
  func publish(_ bodies: [[UInt8]]) throws {
    for body in bodies {
      try publisher.publish(OutgoingMessage(body: body), exchange: "", routingKey: queue, mandatory: true)
    }
    let confirmations = try publisher.waitForConfirms(timeout: .seconds(20))
    #expect(confirmations.allSatisfy { $0.outcome == .confirmed })
    #expect(confirmations.count == bodies.count)
  }

  /// The next delivery, waiting up to ten seconds.
  func receive(limit: Int = 65_536) throws -> Delivery {
    guard case .delivery(let delivery)? = try consumer.next(timeout: .seconds(10), maximumBodySize: limit) else {
      throw TestFailure("no delivery came")
    }
    return delivery
  }

  /// Repeats until the condition holds, at most ten seconds.
  func eventually(_ condition: () throws -> Bool) throws {
    for _ in 0..<1_000 {
      if try condition() { return }
      usleep(10_000)
    }
    throw TestFailure("the condition did not come about")
  }
}

struct TestFailure: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Runs `body`, which must throw an `AMQPError`, and returns it.
func failure(_ body: () throws -> Void) throws -> AMQPError {
  do {
    try body()
  } catch let error as AMQPError {
    return error
  }
  throw TestFailure("no error was thrown")
}
