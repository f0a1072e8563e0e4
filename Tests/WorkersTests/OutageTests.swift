import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  @Suite("Outages")
  struct OutageTests {
    private static let lanes = 2

    /// A scene whose worker reaches its servers through proxies.
    private final class Proxied {
      let scene: Scene
      let database: TCPProxy
      let broker: TCPProxy

      init() throws {
        scene = try Scene()
        database = try TCPProxy(to: Endpoint(ofURL: scene.database.url))
        broker = try TCPProxy(to: Endpoint(ofURL: try #require(TestBroker.url)))
      }

      func worker(_ extra: [String: String] = [:]) throws -> TestWorker {
        let variables = [
          "DATABASE_URL": database.endpoint.replacing(in: scene.database.url),
          "AMQP_URL": broker.endpoint.replacing(in: TestBroker.url ?? ""), "LANES": String(OutageTests.lanes),
        ]
        return try scene.worker(variables.merging(extra) { $1 })
      }

      /// Publishes messages one by one until some stay in the queue, and gives their number. (The broker goes on counting a
      /// cancelled consumer of a quorum queue as long as it has deliveries in hand: that number tells nothing here.)
      func publishUntilNobodyTakes(stem: String) throws -> Int {
        var published = 0
        try eventually("nobody takes messages any more") {
          try scene.broker.publish([Usage.recorded("\(stem)-\(published)", "acme")])
          published += 1
          return try scene.broker.waiting() >= 3
        }
        return published
      }

      func awaitConsumers(_ number: Int) throws {
        var last = -1
        try eventually("\(number) consumers; there are \(last)") {
          last = try scene.broker.consumers()
          return last == number
        }
      }
    }

    @Test("while the database is away nothing is consumed; then the worker goes on alone, with one consumer a lane")
    func databaseAway() throws {
      let place = try Proxied()
      let worker = try place.worker()
      var published = 100
      try place.scene.broker.publish(Usage.orders(100, "acme", stem: "before"))
      try place.scene.awaitCounted(published)
      try place.awaitConsumers(OutageTests.lanes)
      for round in 0..<2 {
        place.database.refuse()
        published += try place.publishUntilNobodyTakes(stem: "during-\(round)")
        let ready = try place.scene.broker.waiting()
        try place.scene.broker.publish(Usage.orders(50, "acme", stem: "later-\(round)"))
        published += 50
        #expect(try place.scene.broker.waiting() == ready + 50)
        #expect(worker.isRunning)
        place.database.allow()
        try place.scene.awaitCounted(published)
        try place.awaitConsumers(OutageTests.lanes)
      }
      try place.scene.finish(worker)
      #expect(!worker.standardError.contains("broker connection lost"))
      #expect(try place.scene.wrongTotals() == 0)
    }

    @Test("a worker that starts while the database is away waits for it without a consumer")
    func startsWithoutDatabase() throws {
      let place = try Proxied()
      place.database.refuse()
      let worker = try place.worker()
      try place.scene.broker.publish(Usage.orders(100, "acme"))
      try eventually("the worker says so") { worker.standardError.contains("the database cannot be written") }
      #expect(try place.scene.broker.consumers() == 0)
      place.database.allow()
      try place.scene.awaitCounted(100)
      try worker.stop()
    }

    @Test("a broker that goes away and comes back finds each lane with one consumer again")
    func brokerAway() throws {
      let place = try Proxied()
      let worker = try place.worker()
      try place.scene.register("acme", orderThreshold: 100)
      try place.awaitConsumers(Self.lanes)
      for round in 0..<3 {
        try place.scene.broker.publish(Usage.orders(2_000, "acme", stem: "\(round)") + ["bad"])
        place.broker.refuse()
        try place.awaitConsumers(0)
        #expect(worker.isRunning)
        place.broker.allow()
        try place.scene.awaitCounted(2_000 * (round + 1), deadLetters: round + 1)
        try place.awaitConsumers(Self.lanes)
      }
      try place.scene.awaitPublished()
      try place.scene.finish(worker)
      #expect(try place.scene.wrongTotals() == 0)
      #expect(Set(try place.scene.alerts().map(\.messageID)).count == 2)
    }

    @Test("a broker that freezes is left for a new connection, and no consumer is left behind")
    func frozenBroker() throws {
      let place = try Proxied()
      let url = place.broker.endpoint.replacing(in: TestBroker.url ?? "")
      let worker = try place.worker(["AMQP_URL": url + (url.contains("?") ? "&" : "?") + "heartbeat=1"])
      try place.awaitConsumers(OutageTests.lanes)
      try place.scene.broker.publish(Usage.orders(100, "acme", stem: "before"))
      try place.scene.awaitCounted(100)
      place.broker.freeze()
      try eventually("both lanes notice") {
        worker.standardError.split(separator: "broker connection lost").count > OutageTests.lanes
      }
      try place.scene.broker.publish(Usage.orders(100, "acme"))
      place.broker.allow()
      try place.scene.awaitCounted(200)
      try place.awaitConsumers(OutageTests.lanes)
      try place.scene.finish(worker)
    }

    @Test("a queue that is deleted is declared anew and consumed again")
    func queueDeleted() throws {
      let place = try Proxied()
      let worker = try place.worker()
      try place.awaitConsumers(Self.lanes)
      try place.scene.broker.deleteQueue(place.scene.broker.queue)
      try eventually("the worker declares it") { (try? place.scene.broker.consumers()) == Self.lanes }
      try place.scene.broker.publish(Usage.orders(100, "acme"))
      try place.scene.awaitCounted(100)
      try worker.stop()
    }

    @Test("where the operators own the topology, a missing queue is waited for, not declared")
    func passive() throws {
      let place = try Proxied()
      try place.scene.broker.deleteQueue(place.scene.broker.queue)
      let worker = try place.worker(["TOPOLOGY": "passive"])
      try eventually("the worker says so") { worker.standardError.contains("NOT_FOUND") }
      #expect(throws: (any Error).self) { try place.scene.broker.waiting() }
      try place.scene.broker.declare()
      try place.scene.broker.publish(Usage.orders(100, "acme"))
      try place.scene.awaitCounted(100)
      try worker.stop()
    }

    @Test("a database that freezes and thaws in the middle of a batch loses and doubles nothing")
    func frozenDatabase() throws {
      let place = try Proxied()
      let worker = try place.worker()
      try place.scene.broker.publish(Usage.orders(100, "acme", stem: "before"))
      try place.scene.awaitCounted(100)
      place.database.freeze()
      try place.scene.broker.publish(Usage.orders(3_000, "acme"))
      try eventually("the lanes have messages in hand") { try place.scene.broker.waiting() < 3_000 }
      #expect(worker.isRunning)
      place.database.allow()
      try place.scene.awaitCounted(3_100)
      try place.scene.finish(worker)
      #expect(try place.scene.wrongTotals() == 0)
    }

    @Test("a database that freezes for good, then is cut, is left for a new connection")
    func frozenThenCut() throws {
      let place = try Proxied()
      let worker = try place.worker()
      try place.awaitConsumers(Self.lanes)
      place.database.freeze()
      try place.scene.broker.publish(Usage.orders(500, "acme"))
      try eventually("the lanes have messages in hand") { try place.scene.broker.waiting() < 500 }
      place.database.cut()
      place.database.allow()
      try place.scene.awaitCounted(500)
      try place.scene.finish(worker)
      #expect(try place.scene.wrongTotals() == 0)
    }

    @Test("asked to end in the middle of a backlog, a worker finishes what it has in hand and leaves with status 0")
    func stopsInBacklog() throws {
      let scene = try Scene()
      try scene.broker.publish((0..<20).flatMap { Usage.orders(1_000, "acme-\($0)") })
      for _ in 0..<3 {
        let before = try scene.counted()
        let worker = try scene.worker()
        try eventually("it has begun") { try scene.counted() > before }
        let began = ContinuousClock.now
        try worker.stop()
        #expect(began.duration(to: .now) < .seconds(20))
        #expect(try scene.wrongTotals() == 0)
      }
      let last = try scene.worker()
      try scene.awaitCounted(20_000)
      try scene.finish(last)
      #expect(try scene.deadLetters() == 0)
    }

    @Test("asked to end while the database is away, a worker leaves with status 0 and the messages stay in the queue")
    func stopsWithoutDatabase() throws {
      let place = try Proxied()
      let worker = try place.worker()
      try place.awaitConsumers(Self.lanes)
      place.database.refuse()
      let published = try place.publishUntilNobodyTakes(stem: "o")
      try worker.stop()
      try eventually("all are back") { try place.scene.broker.waiting() == published }
      place.database.allow()
      let next = try place.worker()
      try place.scene.awaitCounted(published)
      try next.stop()
    }

    @Test("asked to end while the broker is away, a worker leaves with status 0")
    func stopsWithoutBroker() throws {
      let place = try Proxied()
      let worker = try place.worker()
      try place.awaitConsumers(Self.lanes)
      place.broker.refuse()
      try place.awaitConsumers(0)
      try worker.stop()
    }
  }
}
