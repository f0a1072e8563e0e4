import AMQP
import Glibc
import TestSupport
import Testing

@testable import usage_billing

@Suite(.enabled(if: getenv("AMQP_URL") != nil && TestDatabase.isAvailable, "needs servers: AMQP_URL, DATABASE_URL"))
struct BrokerCheckupTests {
  private let queue = "doctor-test-\(getpid())"
  private let environment: [String: String]

  init() throws {
    let url = try #require(getenv("AMQP_URL"))
    environment = [
      "AMQP_URL": String(cString: url), "DATABASE_URL": "postgresql://127.0.0.1:1/none", "USAGE_QUEUE": queue,
      "ORDER_QUEUE": "\(queue)-orders",
    ]
  }

  /// `subject status` without the broker's own line and the queue's name.
  private func look() throws -> [String] {
    let wiring = try Wiring(environment, needs: [], isTerminal: false)
    return BrokerCheckup(wiring: wiring).findings().dropFirst().map { finding in
      #expect(finding.status != .wrong || finding.advice != nil)
      return "\(finding.subject.replacing("queue \(queue)", with: "")) \(finding.status.rawValue)"
    }
  }

  @Test("missing queues, queues nobody consumes and dead letters are told")
  func queues() throws {
    let wiring = try Wiring(environment, needs: [], isTerminal: false)
    let watchdog = try Watchdog()
    let connection = try ConsumerConnection(wiring.broker, name: "doctor test", watchdog: watchdog)
    #expect(try look() == [" wrong", "-orders note"])

    try connection.declareQueue(queue)
    defer { #expect(throws: Never.self) { try connection.deleteQueue(queue) } }
    #expect(try look() == [" note", ".dead-letter wrong", "-orders note"])

    let deadLetters = "\(queue).dead-letter"
    try connection.declareQueue(deadLetters)
    defer { #expect(throws: Never.self) { try connection.deleteQueue(deadLetters) } }
    try connection.consume(queue: queue, prefetch: 1, tag: "worker")
    #expect(try look() == [" fine", ".dead-letter fine", "-orders note"])
    try connection.cancel()

    let publisher = try Publisher(wiring.broker, name: "doctor test", watchdog: watchdog)
    for name in [queue, deadLetters] {
      try publisher.publish(OutgoingMessage(body: [1]), exchange: "", routingKey: name, mandatory: true)
    }
    _ = try publisher.waitForConfirms(timeout: .seconds(10))
    #expect(try look() == [" wrong", ".dead-letter wrong", "-orders note"])
  }
}
