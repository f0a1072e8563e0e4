import AMQP
import Testing

@Suite("A consumer's connection", .enabled(if: TestBroker.isThere), .timeLimit(.minutes(1)))
struct ConsumerConnectionTests {
  @Test("receives what was published, in order, and acknowledges many at once", arguments: ["classic", "quorum"])
  func many(_ kind: String) throws {
    let bench = try Bench("many", kind: kind)
    let bodies = (0..<1_000).map { bytes("message \($0)") }
    try bench.publish(bodies)
    try bench.consumer.consume(queue: bench.queue, prefetch: 2_000, tag: "worker")
    var last: UInt64 = 0
    for body in bodies {
      let delivery = try bench.receive()
      #expect(delivery.body == body)
      #expect(!delivery.isRedelivered)
      #expect(delivery.properties == nil)
      last = delivery.tag
    }
    #expect(try bench.consumer.next(timeout: .zero, maximumBodySize: 100) == nil)
    try bench.consumer.acknowledge(last, multiple: true)
    try bench.consumer.close()
    try bench.eventually { try bench.status(of: bench.queue) == QueueStatus(messages: 0, consumers: 0) }
  }

  @Test("gets no more than the prefetch, and another one after consuming anew")
  func prefetch() throws {
    let bench = try Bench("prefetch")
    try bench.publish((0..<20).map { bytes("\($0)") })
    try bench.consumer.consume(queue: bench.queue, prefetch: 3, tag: "first")
    let first = try (0..<3).map { _ in try bench.receive() }
    #expect(try bench.consumer.next(timeout: .milliseconds(200), maximumBodySize: 100) == nil)
    try bench.consumer.cancel()
    #expect(!bench.consumer.isConsuming)
    try bench.consumer.acknowledge(first[2].tag, multiple: true)
    try bench.consumer.consume(queue: bench.queue, prefetch: 10, tag: "second")
    let second = try (0..<10).map { _ in try bench.receive() }
    #expect(second.map { String(decoding: $0.body, as: UTF8.self) } == (3..<13).map { "\($0)" })
    #expect(try bench.consumer.next(timeout: .milliseconds(200), maximumBodySize: 100) == nil)
  }

  @Test("keeps deliveries that cross with cancelling, and gives them back on request")
  func cancelCrossing() throws {
    let bench = try Bench("crossing")
    try bench.publish((0..<200).map { bytes("\($0)") })
    try bench.consumer.consume(queue: bench.queue, prefetch: 200, tag: "worker")
    _ = try bench.receive()
    try bench.consumer.cancel()
    let crossed = bench.consumer.unreadCount
    let kept = try bench.consumer.next(timeout: .zero, maximumBodySize: 100)
    #expect((kept == nil) == (crossed == 0))
    try bench.consumer.requeueUnread()
    #expect(bench.consumer.unreadCount == 0)
    let expected = 200 - 1 - (kept == nil ? 0 : 1)
    try bench.eventually { try bench.status(of: bench.queue).messages == expected }
    try bench.consumer.close()
    try bench.eventually { try bench.status(of: bench.queue).messages == 200 }
  }

  @Test("is told when its queue is deleted, after the deliveries before, and stays usable")
  func queueDeleted() throws {
    let bench = try Bench("deleted")
    try bench.publish([bytes("last")])
    try bench.consumer.consume(queue: bench.queue, prefetch: 10, tag: "worker")
    let other = try bench.declareQueue("other")
    try bench.deleteQueueNow()
    try bench.consumer.serviceHeartbeats()
    var error: AMQPError?
    var bodies: [[UInt8]] = []
    while error == nil {
      do throws(AMQPError) {
        if case .delivery(let delivery)? = try bench.consumer.next(timeout: .seconds(5), maximumBodySize: 100) {
          bodies.append(delivery.body)
        }
      } catch let caught {
        error = caught
      }
    }
    #expect(error?.kind == .consumerCancelled)
    #expect(bodies == [bytes("last")])
    #expect(bench.consumer.isUsable)
    try bench.consumer.consume(queue: other, prefetch: 10, tag: "worker")
    #expect(try bench.consumer.next(timeout: .zero, maximumBodySize: 100) == nil)
  }

  @Test("skips a body over the limit and leaves its neighbours intact", arguments: ["", "frame_max=8192"])
  func oversized(_ parameters: String) throws {
    let bench = try Bench("oversized", parameters: parameters)
    let limit = 65_536
    let whole = (0..<limit).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try bench.publish([
      bytes("before"), whole, [UInt8](repeating: 1, count: limit + 1), bytes("between"),
      [UInt8](repeating: 2, count: 3_000_000), [], bytes("after"),
    ])
    try bench.consumer.consume(queue: bench.queue, prefetch: 0, tag: "worker")
    #expect(try bench.receive().body == bytes("before"))
    #expect(try bench.receive().body == whole)
    try expectOversized(bench, 65_537)
    #expect(try bench.receive().body == bytes("between"))
    try expectOversized(bench, 3_000_000)
    #expect(try bench.receive().body.isEmpty)
    #expect(try bench.receive().body == bytes("after"))
  }

  private func expectOversized(_ bench: Bench, _ expected: Int) throws {
    guard
      case .oversized(let tag, let size, let isRedelivered)? = try bench.consumer.next(
        timeout: .seconds(10), maximumBodySize: 65_536)
    else { throw TestFailure("the oversized message was not reported") }
    #expect(size == expected)
    #expect(!isRedelivered)
    try bench.consumer.reject(tag, requeue: false)
  }

  @Test("counts redeliveries of a quorum queue")
  func deliveryCount() throws {
    let bench = try Bench("redelivery", kind: "quorum")
    try bench.publish([bytes("again")])
    try bench.consumer.consume(queue: bench.queue, prefetch: 1, tag: "worker")
    for attempt in 0..<4 {
      let delivery = try bench.receive()
      #expect(delivery.deliveryCount == attempt)
      #expect(delivery.isRedelivered == (attempt > 0))
      try bench.consumer.reject(delivery.tag, requeue: true)
    }
  }

  @Test("rejects to the dead-letter exchange, where x-death can be read")
  func deadLetter() throws {
    let deadLetters = TestBroker.uniqueName("dead-letter")
    let bench = try Bench(
      "rejecting",
      arguments: ["x-dead-letter-exchange": .string(""), "x-dead-letter-routing-key": .string(deadLetters)])
    try bench.consumer.declareQueue(deadLetters)
    try bench.publish([bytes("bad"), bytes("good")])
    try bench.consumer.consume(queue: bench.queue, prefetch: 10, tag: "worker")
    try bench.consumer.reject(try bench.receive().tag, requeue: false)
    try bench.consumer.acknowledge(try bench.receive().tag, multiple: false)
    try bench.eventually { try bench.status(of: deadLetters).messages == 1 }
    let letter = try #require(try bench.consumer.get(queue: deadLetters))
    #expect(letter.body == bytes("bad"))
    let death = letter.properties?.headers["x-death"]?.arrayValue?.first?.tableValue
    #expect(death?["queue"] == .string(bench.queue))
    #expect(death?["reason"] == .string("rejected"))
    #expect(death?["count"]?.intValue == 1)
    guard case .timestamp? = death?["time"] else {
      Issue.record("no time in x-death")
      return
    }
    try bench.consumer.acknowledge(letter.tag, multiple: false)
    #expect(try bench.consumer.get(queue: deadLetters) == nil)
    try bench.consumer.deleteQueue(deadLetters)
  }

  @Test("reads properties and headers of every kind when asked to")
  func properties() throws {
    let bench = try Bench("properties", readsProperties: true)
    let headers: [String: FieldValue] = [
      "string": .string("zwölf"), "int": .int(-5_000_000_000), "bool": .bool(true), "double": .double(1.5),
      "decimal": .decimal(scale: 2, value: 1_234), "time": .timestamp(1_700_000_000), "bytes": .bytes([0, 255]),
      "array": .array([.int(1), .string("two"), .array([])]), "table": .table(["inner": .table([:])]), "void": .void,
      "empty": .string(""),
    ]
    let message = OutgoingMessage(
      body: bytes("{}"), messageID: "id-1", isPersistent: false, headers: headers)
    try bench.publisher.publish(message, exchange: "", routingKey: bench.queue, mandatory: false)
    _ = try bench.publisher.waitForConfirms(timeout: .seconds(10))
    try bench.consumer.consume(queue: bench.queue, prefetch: 10, tag: "worker")
    let properties = try #require(try bench.receive().properties)
    #expect(properties.headers == headers)
    #expect(properties.contentType == "application/json")
    #expect(properties.messageID == "id-1")
    #expect(properties.deliveryMode == 1)
    #expect(properties.exchange.isEmpty)
    #expect(properties.routingKey == bench.queue)
  }

  @Test("declares, binds, purges and deletes topology")
  func topology() throws {
    let bench = try Bench("topology")
    let exchange = TestBroker.uniqueName("exchange")
    try bench.consumer.declareExchange(exchange, kind: .topic)
    try bench.consumer.declareExchange(exchange, kind: .topic, passive: true)
    try bench.consumer.bind(queue: bench.queue, exchange: exchange, routingKey: "usage.*")
    for key in ["usage.recorded", "usage.voided", "order.sent"] {
      try bench.publisher.publish(OutgoingMessage(body: [1]), exchange: exchange, routingKey: key, mandatory: false)
    }
    _ = try bench.publisher.waitForConfirms(timeout: .seconds(10))
    #expect(try bench.status(of: bench.queue) == QueueStatus(messages: 2, consumers: 0))
    #expect(try bench.consumer.purgeQueue(bench.queue) == 2)
    try bench.consumer.deleteExchange(exchange)
    let error = try failure { try bench.consumer.declareExchange(exchange, kind: .topic, passive: true) }
    guard case .channelClosed(404, _) = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
    #expect(!bench.consumer.isUsable)
    #expect(try failure { _ = try bench.consumer.get(queue: bench.queue) } == error)
  }

  @Test("refuses names that cannot be sent, without harm to the connection")
  func longName() throws {
    let bench = try Bench("long")
    let error = try failure { try bench.consumer.declareQueue(String(repeating: "ä", count: 128)) }
    guard case .invalidArgument = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
    #expect(bench.consumer.isUsable)
    #expect(try bench.consumer.get(queue: bench.queue) == nil)
  }

  @Test("reports an acknowledgement of an unknown tag")
  func unknownTag() throws {
    let bench = try Bench("unknown")
    try bench.consumer.acknowledge(77, multiple: false)
    let error = try failure { _ = try bench.consumer.next(timeout: .seconds(5), maximumBodySize: 100) }
    guard case .channelClosed(406, _) = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
  }
}
