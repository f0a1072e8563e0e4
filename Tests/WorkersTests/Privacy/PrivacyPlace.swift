import AMQP
import HTTP
import JSON
import TestSupport
import Testing

/// Broker, database, a Stripe and every role as a process of its own, as talkative as it can be.
final class PrivacyPlace {
  let broker: TestBroker
  let stripe: StripePlace
  let subscriber: String
  private let client: HTTPClient
  private var roles: [(name: String, worker: TestWorker, port: UInt16)] = []
  /// What processes have said, and what their pages have shown, by where it was.
  private(set) var said: [(place: String, text: String)] = []

  init() throws {
    broker = try TestBroker()
    stripe = try StripePlace([
      "LOG_LEVEL": "trace", "PATIENT_REFERENCE_KEY": "1:\(String(repeating: "0123456789abcdef", count: 4))",
    ])
    subscriber = try broker.subscribe()
    client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
  }

  func environment(_ extra: [String: String] = [:]) -> [String: String] {
    stripe.environment().merging(broker.environment) { $1 }.merging(extra) { $1 }
  }

  /// Starts the roles, and returns when all of them work.
  func start() throws {
    for (number, name) in ["usage-worker", "order-worker", "outbox-worker", "scheduler"].enumerated() {
      // A port that was free a moment ago.
      let port = try HTTPServer(address: "127.0.0.1", port: 0, routes: []).port
      let format = number % 2 == 0 ? "json" : "text"
      let worker = try TestWorker(
        [name], environment: environment(["HTTP_PORT": String(port), "LOG_FORMAT": format, "LANES": "2"]))
      roles.append((name, worker, port))
    }
    for role in roles {
      try eventually("\(role.name) is ready: \(role.worker.standardError.suffix(500))") {
        (try? get("/readyz", role.port).status) == 200
      }
    }
  }

  /// Deliveries of a queue that were settled by the worker.
  func settled(_ queue: String) throws -> Int {
    guard let role = roles.first(where: { $0.name == (queue == "usage" ? "usage-worker" : "order-worker") }) else {
      return 0
    }
    let metrics = try PrometheusText(get("/metrics", role.port).text)
    return Int(metrics.value("usage_billing_deliveries_settled_total", ["queue": queue]) ?? 0)
  }

  /// Runs a command and keeps all that it says, whatever its end.
  func command(_ arguments: String...) throws {
    let command = try TestWorker(arguments, environment: environment())
    _ = try command.waitForExit()
    let name = arguments.prefix(2).joined(separator: " ")
    said += [("\(name), output", command.standardOutput), ("\(name), errors", command.standardError)]
  }

  /// Reads every page of every role, and stops them.
  func stop() throws {
    for role in roles {
      for page in ["/metrics", "/readyz", "/healthz", "/"] {
        said.append(("\(role.name)\(page)", try get(page, role.port).text))
      }
    }
    for role in roles {
      try role.worker.stop()
      said += [
        ("\(role.name), log", role.worker.standardError), ("\(role.name), output", role.worker.standardOutput),
      ]
    }
  }

  /// What Stripe was sent.
  func requests() -> [(place: String, text: String)] {
    stripe.simulator.effects.requests.map { request in
      let headers = request.headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
      let parameters = String(decoding: request.parameters, as: UTF8.self)
      return (
        "Stripe's \(request.endpoint)", "\(request.path)\n\(parameters)\n\(request.idempotencyKey ?? "")\n\(headers)"
      )
    }
  }

  /// Every row of every table but the partitions, which their tables show, as JSON; without what stays inside by contract.
  func tables() throws -> [(table: String, text: String)] {
    let names = try stripe.connection.query(
      """
      SELECT relname::text FROM pg_class WHERE relnamespace = 'billing'::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition ORDER BY 1
      """)
    return try names.map { row in
      let table = try row.decode(String.self, at: 0)
      // The ledger's usage id, wherever it is repeated, and metadata. And usage of unregistered companies is counted, so
      // that their ids stand in tables; what is sent of them is looked at apart.
      let rows = try stripe.connection.executeReturningLast(
        """
        SELECT coalesce(string_agg((to_jsonb(t) - '{usage_id,last_usage_id,metadata}'::text[]
          - CASE WHEN to_jsonb(t)->>'company_id' IN (SELECT company_id FROM billing.companies WHERE registered_at IS NULL)
            THEN 'company_id' ELSE '' END)::text, E'\\n'), '')
        FROM billing.\(table) t
        """)
      return (table, try rows.one().decode(String.self, at: 0))
    }
  }

  private func get(_ path: String, _ port: UInt16) throws -> (status: Int, text: String) {
    let response = try client.perform(HTTPClient.Request(.get, "http://127.0.0.1:\(port)\(path)"))
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }
}
