import AMQP
import Glibc
import Messages
import TestSupport
import Testing

@testable import Workers

@Suite("DeadLetterPublisher", .enabled(if: TestBroker.isAvailable), .serialized)
struct DeadLetterPublisherTests {
  private let bad = BadMessage(.malformedJSON, field: "body", rule: "must be one JSON document (RFC 8259)")

  private func make(_ broker: TestBroker, _ watchdog: Watchdog) throws -> (TCPProxy, DeadLetterPublisher) {
    let url = try #require(TestBroker.url)
    let proxy = try TCPProxy(to: Endpoint(ofURL: url))
    return (
      proxy,
      DeadLetterPublisher(
        broker: try BrokerConfiguration(url: proxy.endpoint.replacing(in: url)), name: "test",
        exchange: broker.deadLetterExchange, queue: broker.queue, watchdog: watchdog)
    )
  }

  @Test("a connection that is lost with a letter on its way fails the batch, also when only heartbeats notice it")
  func lostOnTheWay() throws {
    let (broker, watchdog) = (try TestBroker(), try Watchdog())
    let (proxy, publisher) = try make(broker, watchdog)
    // Frozen, so that the letter cannot have arrived.
    try publisher.send(Array("first".utf8), because: bad, now: Usage.now)
    try publisher.settle()
    proxy.freeze()
    try publisher.send(Array("second".utf8), because: bad, now: Usage.now)
    proxy.cut()
    #expect(throws: LaneError.self) {
      for _ in 0..<500 {
        try publisher.serviceHeartbeats()
        usleep(10_000)
      }
    }
    proxy.allow()
    #expect(throws: LaneError.self) { try publisher.settle() }
    publisher.close()
    #expect(try broker.takeAll(from: broker.deadLetterQueue).map(\.text) == ["first"])
  }

  @Test("an idle connection that is lost is of no consequence")
  func lostIdle() throws {
    let (broker, watchdog) = (try TestBroker(), try Watchdog())
    let (proxy, publisher) = try make(broker, watchdog)
    try publisher.send(Array("first".utf8), because: bad, now: Usage.now)
    try publisher.settle()
    proxy.cut()
    try publisher.serviceHeartbeats()
    try publisher.settle()
    publisher.close()
    try publisher.send(Array("second".utf8), because: bad, now: Usage.now)
    try publisher.settle()
    #expect(try broker.takeAll(from: broker.deadLetterQueue).map(\.text) == ["first", "second"])
  }

  @Test("a letter that no queue takes is told")
  func returned() throws {
    let (broker, watchdog) = (try TestBroker(), try Watchdog())
    let (proxy, publisher) = try make(broker, watchdog)
    defer { proxy.cut() }
    try broker.deleteQueue(broker.deadLetterQueue)
    try publisher.send(Array("first".utf8), because: bad, now: Usage.now)
    let error = #expect(throws: LaneError.self) { try publisher.settle() }
    guard case .deadLetterNotTaken? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
