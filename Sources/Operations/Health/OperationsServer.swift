import HTTP
import JSON

/// Serves `/healthz`, `/readyz` and `/metrics`.
///
/// - `/healthz`: 200 while the process is alive, else 503: restart it.
/// - `/readyz`: 200 while it can do its work, else 503 with what is missing.
/// - `/metrics`: Prometheus' text format.
public final class OperationsServer: Sendable {
  private let server: HTTPServer

  /// The port that is listened on.
  public var port: UInt16 { server.port }

  /// - Parameters:
  ///   - address: `nil` for all of this machine.
  ///   - port: 0 for any free one.
  public init(
    address: String? = nil, port: UInt16, metrics: Metrics, health: Health
  ) throws(HTTPServerError) {
    var limits = HTTPServer.Limits()
    limits.maximumBodySize = 1024
    limits.maximumConnections = 32
    server = try HTTPServer(
      address: address, port: port,
      routes: [
        HTTPRoute(.get, "/healthz") { _ in Self.answer("alive", unless: "stuck", health.stuck) },
        HTTPRoute(.get, "/readyz") { _ in Self.answer("ready", unless: "missing", health.missing) },
        HTTPRoute(.get, "/metrics") { _ in
          HTTPResponse(contentType: Metrics.contentType, body: Array(metrics.text().utf8))
        },
      ], limits: limits)
  }

  /// Lets answers in the making be given, and closes.
  public func stop() { server.stop(within: .seconds(1)) }

  private static func answer(_ name: String, unless problemsName: String, _ problems: [String]) -> HTTPResponse {
    var json = JSONWriter()
    json.object {
      $0.field(name, problems.isEmpty)
      $0.key(problemsName)
      $0.array { for problem in problems { $0.string(problem) } }
    }
    var response = HTTPResponse(
      status: problems.isEmpty ? 200 : 503, contentType: "application/json", body: json.bytes + [UInt8(ascii: "\n")])
    response.headers["Cache-Control"] = "no-store"
    return response
  }
}
