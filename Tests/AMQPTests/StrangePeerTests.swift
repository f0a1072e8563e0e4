import Testing

@testable import AMQP

@Suite("A strange peer", .timeLimit(.minutes(1)))
struct StrangePeerTests {
  private static let qosOk = Frame.method(60, 11, [])
  private static let consumeOk = Frame.method(60, 21, Frame.short("worker"))
  private static let selectOk = Frame.method(85, 11, [])

  private func configuration(_ broker: ScriptedBroker) throws -> BrokerConfiguration {
    var configuration = try BrokerConfiguration(url: "amqp://127.0.0.1:\(broker.port)/?heartbeat=0")
    configuration.callTimeout = .milliseconds(500)
    return configuration
  }

  private func consume(_ deliveries: [UInt8]) throws -> ConsumerConnection {
    let broker = try ScriptedBroker([Self.qosOk, Self.consumeOk + deliveries])
    let consumer = try ConsumerConnection(
      try configuration(broker), name: "test", watchdog: try Watchdog(), readsProperties: true)
    try consumer.consume(queue: "q", prefetch: 10, tag: "worker")
    return consumer
  }

  private func publishing(_ answers: [[UInt8]]) throws -> (Publisher, [AMQPError]) {
    let broker = try ScriptedBroker([Self.selectOk] + answers)
    let publisher = try Publisher(try configuration(broker), name: "test", watchdog: try Watchdog())
    var errors: [AMQPError] = []
    do throws(AMQPError) {
      for _ in answers {
        try publisher.publish(OutgoingMessage(body: [1]), exchange: "", routingKey: "q", mandatory: true)
        publisher.flush()
      }
      _ = try publisher.waitForConfirms(timeout: .milliseconds(500))
    } catch {
      errors.append(error)
    }
    return (publisher, errors)
  }

  private func isViolation(_ error: AMQPError?) -> Bool {
    if case .protocolViolation? = error?.kind { true } else { false }
  }

  @Test("that nests headers as deep as a frame allows does not exhaust the stack", arguments: [1_000, 10_000, 26_000])
  func deepHeaders(_ depth: Int) throws {
    // An array within an array, each five bytes longer than the one in it.
    var nested: [UInt8] = []
    for level in 0..<depth { nested += [UInt8(ascii: "A")] + Frame.big(UInt32((depth - 1 - level) * 5)) }
    let table = Frame.short("x") + nested
    let consumer = try consume(
      Frame.deliver(1, consumer: "worker") + Frame.header(size: 1, table: table) + Frame.body([7]))
    guard case .delivery(let delivery)? = try consumer.next(timeout: .seconds(5), maximumBodySize: 10) else {
      throw TestFailure("no delivery came")
    }
    #expect(delivery.body == [7])
    #expect(delivery.properties?.headers.count == 1)
  }

  @Test("that announces an impossible size is refused without memory being taken", arguments: [1 << 40, UInt64.max])
  func hugeBody(_ size: UInt64) throws {
    let consumer = try consume(Frame.deliver(1, consumer: "worker") + Frame.header(size: size, table: nil))
    let error = try failure { _ = try consumer.next(timeout: .seconds(5), maximumBodySize: .max) }
    #expect(isViolation(error))
  }

  @Test(
    "that breaks the order of frames is found out",
    arguments: [
      Frame.body([1]), Frame.header(size: 1, table: nil), Frame.deliver(1, consumer: "worker") + Frame.body([1]),
      Frame.deliver(1, consumer: "worker") + Frame.deliver(2, consumer: "worker"),
      Frame.deliver(1, consumer: "worker") + Frame.header(size: 1, table: nil) + Frame.body([1, 2]),
      Frame.deliver(1, consumer: "worker") + Frame.header(size: 2, table: nil) + Frame.body([]),
      Frame.method(60, 80, Frame.big(UInt64(1)) + [0]), Frame.method(10, 41, [0], channel: 0),
      Frame.method(60, 60, [], channel: 5), Frame.method(99, 99, []),
    ])
  func disorder(_ frames: [UInt8]) throws {
    let consumer = try consume(frames)
    let error = try failure { _ = try consumer.next(timeout: .seconds(5), maximumBodySize: 10) }
    #expect(isViolation(error), "\(error)")
    #expect(!consumer.isUsable)
  }

  @Test("that stops in the middle of a message is timed out")
  func half() throws {
    let consumer = try consume(Frame.deliver(1, consumer: "worker") + Frame.header(size: 2, table: nil))
    let error = try failure { _ = try consumer.next(timeout: .seconds(5), maximumBodySize: 10) }
    #expect(error.kind == .timedOut("a message stopped in the middle"))
  }

  @Test("that cancels another consumer than ours does not disturb")
  func foreignCancel() throws {
    let cancel = Frame.method(60, 30, Frame.short("other") + [1])
    let consumer = try consume(
      cancel + Frame.deliver(1, consumer: "worker") + Frame.header(size: 0, table: nil))
    var received: Incoming?
    while received == nil { received = try consumer.next(timeout: .seconds(5), maximumBodySize: 10) }
    #expect(received?.tag == 1)
    #expect(consumer.isConsuming)
  }

  @Test("that returns a message without our mark, or with a wrong one, is not guessed at")
  func unmarkedReturn() throws {
    let returned = Frame.method(
      60, 50, Frame.big(UInt16(312)) + Frame.short("NO_ROUTE") + Frame.short("") + Frame.short("q"))
    let wrongMark = Frame.short("x-publish-sequence") + [UInt8(ascii: "l")] + Frame.big(Int64(9))
    for table in [nil, wrongMark, Frame.short("x-publish-sequence") + [UInt8(ascii: "l")] + Frame.big(Int64(-1))] {
      let (publisher, errors) = try publishing([returned + Frame.header(size: 1, table: table) + Frame.body([1])])
      #expect(isViolation(errors.first))
      #expect(publisher.unsettled == [1])
    }
  }

  @Test("that confirms what was never sent is not believed")
  func strangeConfirm() throws {
    let (publisher, errors) = try publishing([Frame.method(60, 80, Frame.big(UInt64(5)) + [1])])
    #expect(isViolation(errors.first))
    #expect(publisher.unsettled == [1])
  }

  @Test("that refuses and confirms out of order, in groups, has its words put in order")
  func grouped() throws {
    let broker = try ScriptedBroker([
      Self.selectOk, [], Frame.method(60, 120, Frame.big(UInt64(2)) + [0, 0]),
      Frame.method(60, 80, Frame.big(UInt64(3)) + [1]),
    ])
    let publisher = try Publisher(try configuration(broker), name: "test", watchdog: try Watchdog())
    for _ in 1...3 {
      try publisher.publish(OutgoingMessage(body: [1]), exchange: "", routingKey: "q", mandatory: false)
      publisher.flush()
    }
    let outcomes = try publisher.waitForConfirms(timeout: .seconds(5)).map(\.outcome)
    #expect(outcomes == [.confirmed, .rejected, .confirmed])
    #expect(publisher.unsettled.isEmpty)
  }

  @Test("that blocks publishers holds them until their time is up, and nothing is sent")
  func blocked() throws {
    let block = Frame.method(10, 60, Frame.short("low on memory"), channel: 0)
    let broker = try ScriptedBroker([Self.selectOk + block])
    let publisher = try Publisher(try configuration(broker), name: "test", watchdog: try Watchdog())
    while !publisher.isBlocked { try publisher.serviceHeartbeats() }
    #expect(publisher.blockedReason == "low on memory")
    let error = try failure {
      try publisher.publish(OutgoingMessage(body: [1]), exchange: "", routingKey: "q", mandatory: true)
    }
    #expect(error.kind == .timedOut("too many messages in flight; the broker has blocked publishers: low on memory"))
    #expect(publisher.isUsable)
    #expect(publisher.unsettled.isEmpty)
  }

  @Test("that unblocks publishers lets them go on")
  func unblocked() throws {
    let words =
      Frame.method(10, 60, Frame.short("low on memory"), channel: 0) + Frame.method(10, 61, [], channel: 0)
      + Frame.method(60, 80, Frame.big(UInt64(1)) + [0])
    let (publisher, errors) = try publishing([words])
    #expect(errors.isEmpty)
    #expect(!publisher.isBlocked)
  }

  @Test("that closes the connection says why")
  func closed() throws {
    let close = Frame.method(
      10, 50, Frame.big(UInt16(320)) + Frame.short("CONNECTION_FORCED\n") + [0, 0, 0, 0], channel: 0)
    let consumer = try consume(close)
    let error = try failure { _ = try consumer.next(timeout: .seconds(5), maximumBodySize: 10) }
    #expect(error.kind == .connectionClosed(code: 320, text: "CONNECTION_FORCED "))
    #expect(error.isRetryable)
  }
}
