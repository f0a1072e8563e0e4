import AMQP
import Billing
import Testing
import Workers

@Suite("The box of dead letters", .enabled(if: DeadLetterQueues.isAvailable), .serialized)
struct DeadLetterBoxTests {
  private let broker: DeadLetterQueues
  private let box: DeadLetterBox

  init() throws {
    broker = try DeadLetterQueues()
    box = DeadLetterBox(broker.configuration, watchdog: broker.watchdog)
  }

  private func bodies(_ deliveries: [Delivery]) -> [String] {
    deliveries.map { String(decoding: $0.body, as: UTF8.self) }
  }

  @Test("listing tells reason, detail, queue, time, size and id, and leaves all letters in their order")
  func list() throws {
    let dead = try broker.queue("dead")
    for number in 1...5 {
      try broker.publishDead("{\(number)", from: "usage", id: number == 2 ? "id-2" : nil, to: dead)
    }
    let letters = try box.list(queue: dead, limit: 3)
    #expect(letters.map(\.position) == [1, 2, 3])
    let second = try #require(letters.dropFirst().first)
    #expect(second.reason == "malformed_json")
    #expect(second.detail == "body: must be one JSON document (RFC 8259)")
    #expect(second.originalQueue == "usage")
    #expect(second.rejectedAt == Instant("2025-01-15T12:00:00Z"))
    #expect(second.size == 2)
    #expect(second.messageID == "id-2")
    try broker.awaitCount(dead, 5)
    #expect(try box.list(queue: dead, limit: 100).count == 5)
    #expect(bodies(try broker.drain(dead, count: 5)) == ["{1", "{2", "{3", "{4", "{5"])
  }

  @Test("what the broker dead-lettered is told from x-death, and goes back where it came from")
  func brokersOwn() throws {
    let dead = try broker.queue("dead")
    let original = try broker.queue(
      "original", arguments: ["x-dead-letter-exchange": .string(""), "x-dead-letter-routing-key": .string(dead)])
    try broker.publish(OutgoingMessage(body: Array("x".utf8)), to: original)
    let delivery = try #require(try broker.connection.get(queue: original))
    try broker.connection.reject(delivery.tag, requeue: false)
    try broker.awaitCount(dead, 1)
    let letter = try #require(try box.list(queue: dead, limit: 10).first)
    #expect(letter.reason == "rejected")
    #expect(letter.originalQueue == original)
    #expect(letter.rejectedAt != nil)
    try broker.awaitCount(dead, 1)
    #expect(try box.requeue(queue: dead, .all).done == 1)
    let back = try #require(try broker.drain(original, count: 1).first)
    #expect(back.properties?.headers["x-death"] == nil)
    try broker.awaitCount(dead, 0)
  }

  @Test("a publisher's own headers speak for nobody: not for the broker, nor for a worker")
  func publishersHeaders() throws {
    let (dead, elsewhere) = (try broker.queue("dead"), try broker.queue("elsewhere"))
    let original = try broker.queue(
      "original", arguments: ["x-dead-letter-exchange": .string(""), "x-dead-letter-routing-key": .string(dead)])
    try broker.publish(
      OutgoingMessage(
        body: Array("x".utf8),
        headers: ["x-reason": .string("too_old"), "x-detail": .string("Jane"), "x-original-queue": .string(elsewhere)]),
      to: original)
    try broker.connection.reject(try #require(try broker.connection.get(queue: original)).tag, requeue: false)
    try broker.awaitCount(dead, 1)
    let letter = try #require(try box.list(queue: dead, limit: 1).first)
    #expect(letter.reason == "rejected" && letter.originalQueue == original && letter.detail == nil)
    #expect(!letter.isWorkers)
    try broker.awaitCount(dead, 1)
    #expect(try box.requeue(queue: dead, .all).done == 1)
    #expect(try broker.drain(original, count: 1).count == 1)
    // With all of a worker's headers, and one more.
    try broker.publishDead("1", from: "usage", to: dead)
    try broker.awaitCount(dead, 1)
    #expect(try box.list(queue: dead, limit: 1).map(\.isWorkers) == [false])
  }

  @Test("requeueing by reason sends those letters back unchanged and leaves the others in order")
  func requeueByReason() throws {
    let (dead, original) = (try broker.queue("dead"), try broker.queue("original"))
    for number in 1...6 {
      try broker.publishDead(
        "\(number)", reason: number % 2 == 0 ? "too_old" : "wrong_type", from: original, id: "id-\(number)", to: dead)
    }
    let outcome = try box.requeue(queue: dead, .reason("too_old"))
    #expect((outcome.done, outcome.left) == (3, 3))
    let back = try broker.drain(original, count: 3)
    #expect(bodies(back) == ["2", "4", "6"])
    #expect(back.map { $0.properties?.messageID } == ["id-2", "id-4", "id-6"])
    let headers = back.first?.properties?.headers ?? [:]
    #expect(headers["trace"] == .string("kept"))
    #expect(headers["x-reason"] == nil)
    #expect(bodies(try broker.drain(dead, count: 3)) == ["1", "3", "5"])
  }

  @Test("a letter whose queue is gone, or that never had one, stays")
  func unroutable() throws {
    let dead = try broker.queue("dead")
    try broker.publishDead("1", from: "no-such-queue-anywhere", to: dead)
    try broker.publishDead("2", from: nil, to: dead)
    let outcome = try box.requeue(queue: dead, .all)
    #expect((outcome.done, outcome.unroutable) == (0, 2))
    #expect(bodies(try broker.drain(dead, count: 2)) == ["1", "2"])
  }

  @Test("requeueing all of many letters loses none")
  func requeueMany() throws {
    let (dead, original) = (try broker.queue("dead"), try broker.queue("original"))
    for number in 0..<1000 {
      try broker.publisher.publish(
        OutgoingMessage(
          body: Array("\(number)".utf8),
          headers: ["x-reason": .string("too_old"), "x-original-queue": .string(original)]),
        exchange: "", routingKey: dead, mandatory: true)
    }
    _ = try broker.publisher.waitForConfirms(timeout: .seconds(10))
    var seen = 0
    #expect(try box.requeue(queue: dead, .all) { done, _ in seen = done }.done == 1000)
    #expect(seen == 1000)
    #expect(bodies(try broker.drain(original, count: 1000)) == (0..<1000).map(String.init))
    try broker.awaitCount(dead, 0)
    #expect(try box.list(queue: dead, limit: 10) == [])
  }

  @Test("discarding many letters between others leaves exactly the others, in their order")
  func discardMany() throws {
    let dead = try broker.queue("dead")
    for number in 0..<6000 {
      try broker.publisher.publish(
        OutgoingMessage(
          body: Array("\(number)".utf8), headers: ["x-reason": .string(number % 3 == 0 ? "keep" : "drop")]),
        exchange: "", routingKey: dead, mandatory: true)
    }
    _ = try broker.publisher.waitForConfirms(timeout: .seconds(10))
    let outcome = try box.discard(queue: dead, .reason("drop"))
    #expect((outcome.done, outcome.left) == (4000, 2000))
    #expect(bodies(try broker.drain(dead, count: 2000)) == (0..<2000).map { String($0 * 3) })
  }

  @Test("listing thousands of letters, more than a consumer may hold, leaves them in their order")
  func listMany() throws {
    let dead = try broker.queue("dead")
    for number in 0..<5000 {
      try broker.publisher.publish(
        OutgoingMessage(body: Array("\(number)".utf8)), exchange: "", routingKey: dead, mandatory: true)
    }
    _ = try broker.publisher.waitForConfirms(timeout: .seconds(10))
    #expect(try box.list(queue: dead, limit: 4500).count == 4500)
    #expect(bodies(try broker.drain(dead, count: 5000)) == (0..<5000).map(String.init))
  }

  @Test("discarding by place takes those letters away for good, and no others")
  func discard() throws {
    let dead = try broker.queue("dead")
    for number in 1...5 { try broker.publishDead("\(number)", from: "usage", to: dead) }
    #expect(try box.show(queue: dead, position: 3).map { String(decoding: $0.body, as: UTF8.self) } == "3")
    try broker.awaitCount(dead, 5)
    #expect(try box.discard(queue: dead, .positions(2...3)).done == 2)
    #expect(bodies(try broker.drain(dead, count: 3)) == ["1", "4", "5"])
  }

  @Test("a queue that does not exist is no error and has no letters")
  func missing() throws {
    #expect(try box.count(queue: "no-such-queue-anywhere") == nil)
    #expect(try box.list(queue: "no-such-queue-anywhere", limit: 10) == [])
    #expect(try box.show(queue: "no-such-queue-anywhere", position: 1) == nil)
  }

  @Test("a load arrives complete, confirmed, and with its bad messages marked by id")
  func load() throws {
    let queue = try broker.queue("load")
    var options = LoadOptions(
      from: try #require(Instant("2025-01-11T00:00:00Z")), to: try #require(Instant("2025-02-10T00:00:00Z")))
    options.messages = 3000
    options.duplicates = try #require(LoadOptions.Share(percent: "10"))
    options.bad = try #require(LoadOptions.Share(percent: "2"))
    (options.exchange, options.routingKey) = ("", queue)
    let summary = try LoadGenerator(options, broker: broker.configuration, watchdog: broker.watchdog).run()
    #expect((summary.good, summary.duplicates, summary.bad, summary.resent) == (2640, 300, 60, 0))
    let deliveries = try broker.drain(queue, count: 3000)
    #expect(deliveries.count { $0.properties?.messageID?.hasPrefix("bad-") == true } == 60)
    options.routingKey = "no-such-queue-anywhere"
    #expect(throws: LoadError.self) {
      _ = try LoadGenerator(options, broker: broker.configuration, watchdog: broker.watchdog).run()
    }
  }
}
