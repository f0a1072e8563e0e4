import Glibc
import HTTP
import TestSupport
import Testing

extension EndToEnd {
  @Suite("Monitoring")
  struct MonitorTests {
    private static let lanes = 2

    /// A worker behind proxies, and what it tells of itself.
    private final class Watched {
      let scene: Scene
      let database: TCPProxy
      let broker: TCPProxy
      let worker: TestWorker
      let port: UInt16
      private let client: HTTPClient

      init() throws {
        scene = try Scene()
        database = try TCPProxy(to: Endpoint(ofURL: scene.database.url))
        broker = try TCPProxy(to: Endpoint(ofURL: try #require(TestBroker.url)))
        // A port that was free a moment ago.
        port = try HTTPServer(address: "127.0.0.1", port: 0, routes: []).port
        client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
        worker = try scene.worker([
          "DATABASE_URL": database.endpoint.replacing(in: scene.database.url),
          "AMQP_URL": broker.endpoint.replacing(in: TestBroker.url ?? ""), "LANES": String(MonitorTests.lanes),
          "HTTP_PORT": String(port),
        ])
      }

      func get(_ path: String) throws -> (status: Int, text: String) {
        let response = try client.perform(HTTPClient.Request(.get, "http://127.0.0.1:\(port)\(path)"))
        return (response.status, String(decoding: response.body, as: UTF8.self))
      }

      func metrics() throws -> PrometheusText { try PrometheusText(try get("/metrics").text) }

      func awaitReady() throws {
        var last = ""
        try eventually("ready; it says \(last)") {
          guard let answer = try? get("/readyz") else { return false }
          last = answer.text
          return answer.status == 200
        }
      }

      /// Within three seconds it says that all of these are missing.
      func awaitMissing(_ parts: String...) throws {
        let start = ContinuousClock.now
        try eventually("missing: \(parts)") {
          let answer = try get("/readyz")
          return answer.status == 503 && parts.allSatisfy { answer.text.contains("\"\($0)\"") }
        }
        #expect(start.duration(to: .now) < .seconds(4))
      }
    }

    @Test("metrics tell what was counted, refused and published, and how batches went")
    func metrics() throws {
      let place = try Watched()
      try place.awaitReady()
      try place.scene.register("acme", orderThreshold: 50)
      let orders = Usage.orders(100, "acme", stem: "metrics")
      try place.scene.broker.publish(orders + orders.prefix(10) + ["{", "{}"])
      try place.scene.awaitCounted(100, deadLetters: 2)
      try eventually("everything is told") {
        let metrics = try place.metrics()
        return metrics.value("usage_billing_deliveries_settled_total", ["queue": "usage"]) == 112
          && metrics.value("usage_billing_queue_ready_messages", ["queue": "usage_dead_letter"]) == 2
          && metrics.value("usage_billing_threshold_messages_total", ["queue": "usage", "result": "published"]) ?? 0 > 0
      }
      let metrics = try place.metrics()
      #expect(metrics.value("usage_billing_records_total", ["queue": "usage", "outcome": "counted"]) == 100)
      #expect(metrics.value("usage_billing_records_total", ["queue": "usage", "outcome": "duplicate"]) == 10)
      #expect(metrics.value("usage_billing_record_conflicts_total", ["queue": "usage"]) == 0)
      #expect(metrics.value("usage_billing_dead_letters_total", ["queue": "usage", "reason": "malformed_json"]) == 1)
      #expect(metrics.value("usage_billing_dead_letters_total", ["queue": "usage", "reason": "missing_field"]) == 1)
      #expect(metrics.value("usage_billing_batch_messages_sum", ["queue": "usage"]) == 112)
      for step in ["decode", "write", "acknowledge"] {
        let count = metrics.value("usage_billing_batch_duration_seconds_count", ["queue": "usage", "step": step])
        #expect(count == metrics.value("usage_billing_batch_messages_count", ["queue": "usage"]))
      }
      #expect(metrics.value("usage_billing_lanes_consuming", ["queue": "usage"]) == 2)
      #expect(metrics.value("usage_billing_queue_consumers", ["queue": "usage"]) == 2)
      #expect(metrics.value("usage_billing_queue_ready_messages", ["queue": "usage"]) == 0)
      #expect(metrics.value("usage_billing_event_outbox_messages") == 0)
      #expect(metrics.value("process_resident_memory_bytes") ?? 0 > 0)
      #expect(try place.get("/healthz").status == 200)
      try place.worker.stop()
    }

    @Test("a broker that is gone is missing with its consumers, and all are back when it is")
    func brokerAway() throws {
      let place = try Watched()
      try place.awaitReady()
      place.broker.refuse()
      try place.awaitMissing("broker", "consumer of lane 0", "consumer of lane 1")
      #expect(try !place.get("/readyz").text.contains("database"))
      #expect(try place.get("/healthz").status == 200)
      let metrics = try place.metrics()
      #expect(metrics.value("usage_billing_lanes_consuming", ["queue": "usage"]) == 0)
      #expect(metrics.value("usage_billing_queue_ready_messages", ["queue": "usage"]) == nil)
      place.broker.allow()
      try place.awaitReady()
      try place.worker.stop()
    }

    @Test("a database that is gone is missing, and back when it is")
    func databaseAway() throws {
      let place = try Watched()
      try place.awaitReady()
      place.database.refuse()
      try place.awaitMissing("database")
      #expect(try !place.get("/readyz").text.contains("broker"))
      // A lane finds out with its next batch, and stops consuming.
      try place.scene.broker.publish([Usage.recorded("away-1", "acme")])
      try eventually("a lane has stopped consuming") {
        try place.metrics().value("usage_billing_lanes_consuming", ["queue": "usage"]) ?? 2 < 2
      }
      place.database.allow()
      try place.awaitReady()
      try place.scene.awaitCounted(1)
      try place.worker.stop()
    }

    @Test("servers that are silent without ending a connection are missed just as soon")
    func frozen() throws {
      let place = try Watched()
      try place.awaitReady()
      place.database.freeze()
      try place.awaitMissing("database")
      place.broker.freeze()
      try place.awaitMissing("broker", "database")
      place.database.allow()
      place.broker.allow()
      try place.awaitReady()
      try place.worker.stop()
    }

    @Test("a port that is taken ends the program before it consumes anything")
    func portTaken() throws {
      let scene = try Scene()
      let other = try HTTPServer(port: 0, routes: [])
      let worker = try scene.worker(["HTTP_PORT": String(other.port)])
      #expect(try worker.waitForExit() == .status(1))
      #expect(worker.standardError.contains("cannot serve HTTP on *:\(other.port): Address already in use"))
    }
  }
}
