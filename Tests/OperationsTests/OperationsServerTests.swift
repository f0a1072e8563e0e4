import HTTP
import JSON
import Operations
import TestSupport
import Testing

@Suite struct OperationsServerTests {
  private let metrics = Metrics()
  private let health = Health()
  private let server: OperationsServer
  private let client: HTTPClient

  init() throws {
    server = try OperationsServer(address: "127.0.0.1", port: 0, metrics: metrics, health: health)
    client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
  }

  private func get(_ path: String, _ method: HTTPMethod = .get) throws -> HTTPResponse {
    try client.perform(HTTPClient.Request(method, "http://127.0.0.1:\(server.port)\(path)"))
  }

  private func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

  @Test("ready is told with what is missing, until nothing is")
  func readiness() throws {
    let broker = health.condition("broker")
    let lane = health.condition("consumer of lane", 1)
    #expect(try text(get("/readyz")) == #"{"ready":false,"missing":["broker","consumer of lane 1"]}"# + "\n")
    #expect(try get("/readyz").status == 503)
    broker.confirm()
    lane.confirm()
    #expect(try text(get("/readyz")) == #"{"ready":true,"missing":[]}"# + "\n")
    #expect(try get("/readyz").status == 200)
    #expect(health.count(of: "consumer of lane") == 1)
    broker.withdraw()
    #expect(try text(get("/readyz")) == #"{"ready":false,"missing":["broker"]}"# + "\n")
  }

  @Test("a confirmation holds for its time only")
  func validity() throws {
    let condition = health.condition("database", validity: .milliseconds(30))
    condition.confirm()
    #expect(condition.holds)
    try eventually("the confirmation ends") { !condition.holds }
  }

  @Test("a part without a sign of life makes the process unhealthy, until it gives one")
  func liveness() throws {
    let pulse = health.pulse("lane", 0, limit: .milliseconds(30))
    try eventually("the pulse is missed") { pulse.isStuck }
    let answer = try get("/healthz")
    #expect(answer.status == 503)
    #expect(text(answer) == #"{"alive":false,"stuck":["lane 0"]}"# + "\n")
    _ = health.pulse("relay", limit: .seconds(3600))
    pulse.beat()
    #expect(health.stuck.isEmpty)
  }

  @Test("metrics have Prometheus' content type; other paths and methods are refused")
  func serving() throws {
    metrics.counter("a_total", "A.").add(5)
    let answer = try get("/metrics")
    #expect(answer.status == 200)
    #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    #expect(try PrometheusText(text(answer)).value("a_total") == 5)
    #expect(try get("/").status == 404)
    #expect(try get("/metrics", .post).status == 405)
    #expect(try get("/metrics", .head).body.isEmpty)
  }
}
