/// A method, a path and what answers them.
public struct HTTPRoute: Sendable {
  /// Called on the server's threads, several at once where it has several. A handler that blocks holds up every
  /// connection of its thread.
  public typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse

  let method: HTTPMethod
  let segments: [Substring]
  let handler: Handler

  /// - Parameter path: `/v1/customers/*`, where `*` stands for any one segment and becomes one of the request's
  ///   `parameters`.
  public init(_ method: HTTPMethod, _ path: String, _ handler: @escaping Handler) {
    self.method = method
    segments = Self.split(path)
    self.handler = handler
  }

  static func split(_ path: String) -> [Substring] {
    path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
  }

  /// - Returns: the open segments, decoded; `nil` where the path is another one.
  func match(_ path: [Substring]) -> [String]? {
    guard path.count == segments.count else { return nil }
    var parameters: [String] = []
    for (expected, actual) in zip(segments, path) {
      if expected == "*", !actual.isEmpty, let parameter = PercentEncoding.decode(actual) {
        parameters.append(parameter)
      } else if expected != actual {
        return nil
      }
    }
    return parameters
  }
}

/// Finds the route of a request; the first that fits.
struct HTTPRouter: Sendable {
  enum Choice {
    case route(HTTPRoute, parameters: [String])
    case otherwise(HTTPMethod, HTTPServer.Handler)
    case refused(HTTPResponse)
  }

  let routes: [HTTPRoute]
  let otherwise: HTTPServer.Handler?

  func choose(_ method: String, _ path: String) -> Choice {
    let segments = routes.isEmpty ? [] : HTTPRoute.split(path)
    let fitting = routes.compactMap { route in route.match(segments).map { (route, $0) } }
    guard !fitting.isEmpty else {
      guard let otherwise else { return .refused(.text("not found", status: 404)) }
      guard let method = HTTPMethod(rawValue: method) else {
        return .refused(.text("method not allowed", status: 405))
      }
      return .otherwise(method, otherwise)
    }
    // The library leaves the body of an answer to HEAD out.
    let wanted = method == HTTPMethod.head.rawValue ? HTTPMethod.get.rawValue : method
    if let (route, parameters) = fitting.first(where: { $0.0.method.rawValue == wanted }) {
      return .route(route, parameters: parameters)
    }
    var refusal = HTTPResponse.text("method not allowed", status: 405)
    refusal.headers["Allow"] = fitting.map(\.0.method.rawValue).joined(separator: ", ")
    return .refused(refusal)
  }
}
