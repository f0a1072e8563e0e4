import HTTP
import JSON
import StripeSimulator

/// A simulator, and a client of it.
final class SimulatorClient {
  let simulator: Simulator
  private let client: HTTPClient

  init(_ settings: SimulatorSettings = SimulatorSettings()) throws {
    simulator = try Simulator.start(settings)
    client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
  }

  deinit { simulator.stop() }

  struct Answer {
    let status: Int
    let headers: HTTPHeaders
    let json: JSONValue

    /// Text by a path of names: `error.code`.
    subscript(_ path: String) -> String? {
      var value: JSONValue? = json
      for name in path.split(separator: ".") {
        if case .array(let elements)? = value, let index = Int(name), elements.indices.contains(index) {
          value = elements[index]
        } else {
          value = value?[String(name)]
        }
      }
      return switch value {
      case .string(let text), .number(let text): text
      case .bool(let value): value ? "true" : "false"
      default: nil
      }
    }

    /// `data`, by one field of each.
    func list(_ field: String = "id") -> [String] {
      guard case .array(let elements)? = json["data"] else { return [] }
      return elements.compactMap { Answer(status: status, headers: headers, json: $0)[field] }
    }
  }

  func request(
    _ method: HTTPMethod, _ path: String, key: String? = nil, token: String = "sk_test_simulator", type: String? = nil,
    body: String = ""
  ) throws -> Answer {
    var headers: HTTPHeaders = ["Authorization": "Bearer \(token)"]
    headers["Content-Type"] = type ?? "application/x-www-form-urlencoded"
    headers["Idempotency-Key"] = key
    headers["Stripe-Version"] = "2026-10-28.endive"
    let response = try client.perform(
      HTTPClient.Request(
        method, "http://127.0.0.1:\(simulator.port)\(path)", headers: headers, body: Array(body.utf8),
        timeout: .seconds(20)))
    return Answer(status: response.status, headers: response.headers, json: try JSONValue.parse(response.body))
  }

  func get(_ path: String) throws -> Answer { try request(.get, path) }

  /// - Parameter form: names and values, written as they are.
  func post(_ path: String, _ form: String = "", key: String? = nil) throws -> Answer {
    try request(.post, path, key: key, body: form)
  }

  /// A control request.
  func control(_ method: HTTPMethod, _ path: String, _ json: String = "") throws -> Answer {
    try request(method, "/_simulator/\(path)", type: "application/json", body: json)
  }
}
