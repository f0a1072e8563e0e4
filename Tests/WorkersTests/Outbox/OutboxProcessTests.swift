import Glibc
import HTTP
import StripeSimulator
import TestSupport
import Testing

extension EndToEnd {
  @Suite("Outbox worker and all, as processes")
  struct OutboxProcessTests {
    /// A process with the outbox role behind a proxy to its database, with a Stripe of its own.
    private final class Watched {
      let scene: Scene
      let database: TCPProxy
      let simulator: Simulator
      let process: TestWorker
      let port: UInt16
      private let client: HTTPClient

      init(_ role: String, _ extra: [String: String] = [:]) throws {
        scene = try Scene()
        database = try TCPProxy(to: Endpoint(ofURL: scene.database.url))
        simulator = try Simulator.start()
        // A port that was free a moment ago.
        port = try HTTPServer(address: "127.0.0.1", port: 0, routes: []).port
        client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
        let stripe = "http://127.0.0.1:\(simulator.port)"
        let environment = scene.environment([
          "DATABASE_URL": database.endpoint.replacing(in: scene.database.url), "HTTP_PORT": String(port),
          "STRIPE_SECRET_KEY": "sk_test_process_secret", "STRIPE_API_BASE": stripe, "STRIPE_METER_EVENTS_BASE": stripe,
        ])
        process = try TestWorker([role], environment: environment.merging(extra) { $1 })
      }

      deinit { simulator.stop() }

      func get(_ path: String) throws -> (status: Int, text: String) {
        let response = try client.perform(HTTPClient.Request(.get, "http://127.0.0.1:\(port)\(path)"))
        return (response.status, String(decoding: response.body, as: UTF8.self))
      }

      func metrics() throws -> PrometheusText { try PrometheusText(try get("/metrics").text) }

      func awaitReady() throws {
        var last = ""
        try eventually("ready; it says \(last) \(process.standardError.suffix(500))") {
          guard let answer = try? get("/readyz") else { return false }
          last = answer.text
          return answer.status == 200
        }
      }

      /// Customers, which need nothing but a registered company.
      func owe(_ companies: String..., mode: String = "live") throws {
        for company in companies {
          try scene.connection.execute(
            """
            INSERT INTO billing.companies (company_id, registered_at, plan_id, currency, stripe_mode, version)
            VALUES ('\(company)', now(), 'standard', 'usd', '\(mode)', 1);
            INSERT INTO billing.outbox_keys (company_id, ordering_key) VALUES ('\(company)', 'customer');
            INSERT INTO billing.outbox_entries (entry_id, company_id, ordering_key, kind, effect)
            VALUES (gen_random_uuid(), '\(company)', 'customer', 'customer', '{}')
            """)
        }
      }

      func awaitMetric(_ name: String, _ labels: [String: String] = [:], _ value: Double) throws {
        var last: Double?
        try eventually("\(name) \(labels) is \(value); it is \(String(describing: last))") {
          last = try metrics().value(name, labels)
          return last == value
        }
      }
    }

    @Test("what is owed and what was told are metrics; what Stripe knows is gone from what is owed")
    func metrics() throws {
      let place = try Watched("outbox-worker")
      try place.awaitReady()
      try place.owe("acme", "labs")
      try place.owe("quiet", mode: "shadow")
      try place.awaitMetric("usage_billing_outbox_settled_total", ["outcome": "delivered"], 2)
      try place.awaitMetric("usage_billing_outbox_entries", ["state": "held"], 1)
      let metrics = try place.metrics()
      #expect(metrics.value("usage_billing_outbox_held_entries", ["hold": "shadow"]) == 1)
      #expect(metrics.value("usage_billing_outbox_entries", ["state": "dead"]) == 0)
      #expect(metrics.value("usage_billing_outbox_oldest_age_seconds", ["state": "held"]) ?? 0 > 0)
      #expect(metrics.value("usage_billing_outbox_oldest_age_seconds", ["state": "queued"]) == 0)
      #expect(metrics.value("usage_billing_outbox_pauses") == 0)
      #expect(
        metrics.value("usage_billing_stripe_requests_total", ["endpoint": "customers", "answer": "2xx"]) == 2)
      #expect(metrics.value("usage_billing_lanes", ["queue": "usage"]) == nil)
      try place.process.stop()
      #expect(!place.process.standardError.contains("secret"))
      #expect(place.process.standardError.contains("outbox worker stopped"))
    }

    @Test("a database that is gone is missing, and back when it is; Stripe's absence is a metric, not a lack")
    func absences() throws {
      let place = try Watched("outbox-worker")
      try place.awaitReady()
      place.database.refuse()
      try eventually("the database is missing") {
        let answer = try place.get("/readyz")
        return answer.status == 503 && answer.text.contains("\"database\"")
      }
      #expect(try place.get("/healthz").status == 200)
      try eventually("nothing is told of what cannot be seen") {
        try place.metrics().value("usage_billing_outbox_entries", ["state": "queued"]) == nil
      }
      place.database.allow()
      try place.awaitReady()
      place.simulator.stop()
      try place.owe("acme")
      try eventually("requests without an answer are counted") {
        try place.metrics().value("usage_billing_stripe_requests_total", ["endpoint": "customers", "answer": "none"])
          ?? 0 > 0
      }
      #expect(try place.get("/readyz").status == 200)
      try place.process.stop()
    }

    @Test("a key that Stripe does not take is a metric that alerts can be made of, and kills no entry")
    func unusableKey() throws {
      let place = try Watched("outbox-worker", ["STRIPE_SECRET_KEY": "pk_unusable"])
      try place.owe("acme")
      try eventually("the refusal is counted") {
        guard let metrics = try? place.metrics() else { return false }
        return metrics.value("usage_billing_stripe_requests_total", ["endpoint": "customers", "answer": "401"]) ?? 0 > 0
      }
      try place.awaitMetric("usage_billing_outbox_entries", ["state": "delayed"], 1)
      #expect(try place.metrics().value("usage_billing_outbox_entries", ["state": "dead"]) == 0)
      try place.process.stop()
    }

    @Test("all counts usage and tells Stripe, shows both on one port, and stops once")
    func all() throws {
      let place = try Watched("all")
      try place.awaitReady()
      try place.owe("acme")
      try place.scene.broker.publish(Usage.orders(20, "acme", stem: "all"))
      try place.scene.awaitCounted(20)
      try place.awaitMetric("usage_billing_outbox_settled_total", ["outcome": "delivered"], 1)
      try place.awaitMetric("usage_billing_records_total", ["queue": "usage", "outcome": "counted"], 20)
      let metrics = try place.metrics()
      #expect(metrics.value("usage_billing_outbox_entries", ["state": "queued"]) != nil)
      #expect(metrics.value("usage_billing_lanes", ["queue": "usage"]) == 2)
      try place.process.stop()
      #expect(place.process.standardError.contains("usage worker stopped"))
      #expect(place.process.standardError.contains("outbox worker stopped"))
    }

    @Test("all without a key for Stripe counts, and says that it tells Stripe nothing")
    func allWithoutKey() throws {
      let place = try Watched("all", ["STRIPE_SECRET_KEY": ""])
      try place.awaitReady()
      #expect(place.process.standardError.contains("Stripe is told nothing"))
      #expect(try place.metrics().value("usage_billing_outbox_entries", ["state": "queued"]) == nil)
      try place.process.stop()
    }

    @Test("a lease that a request can outlive is refused before anything is sent, with every other mistake")
    func leaseTooShort() throws {
      let scene = try Scene()
      let worker = try TestWorker(
        ["outbox-worker"],
        environment: scene.environment([
          "STRIPE_TIMEOUT_SECONDS": "40", "OUTBOX_LEASE_SECONDS": "45", "STRIPE_METER_STREAM": "perhaps",
        ]))
      #expect(try worker.waitForExit() == .status(2))
      for name in ["STRIPE_SECRET_KEY", "OUTBOX_LEASE_SECONDS", "STRIPE_METER_STREAM"] {
        #expect(worker.standardError.contains(name))
      }
    }

    @Test("months of history that are older than they are kept are dropped by the scheduler")
    func history() throws {
      let scene = try Scene()
      try scene.connection.execute(
        """
        SELECT billing.ensure_outbox_month((date_trunc('month', now() AT TIME ZONE 'UTC') - n * interval '1 month')::date)
        FROM generate_series(1, 4) AS n
        """)
      let scheduler = try TestWorker(
        ["scheduler"], environment: scene.environment(["OUTBOX_HISTORY_MONTHS": "2"]))
      try eventually("two months are gone") {
        scheduler.standardError.split(separator: "\n").count { $0.contains("settled outbox entries is dropped") } == 2
      }
      try scheduler.stop()
    }
  }
}
