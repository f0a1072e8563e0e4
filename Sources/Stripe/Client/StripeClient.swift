import HTTP

/// Sends requests to Stripe, many at once, from the thread that uses it. It knows nothing of what they mean.
public final class StripeClient {
  /// The end of a request.
  public struct Completion: Sendable {
    public let id: HTTPClient.ID
    public let result: Result<StripeAnswer, StripeTransportFailure>
  }

  /// Wakes the owner out of `poll`.
  public var waker: HTTPClientWaker { client.waker }
  public var inFlight: Int { client.inFlight }

  private let configuration: StripeConfiguration
  private let client: HTTPClient

  /// - Parameters:
  ///   - release: this program's version, for the `User-Agent`.
  ///   - maximumConnections: to one host; with HTTP/2, which Stripe speaks, one carries many requests.
  ///   - authoritiesFile: a PEM file of the authorities to trust, in place of the system's.
  public init(
    _ configuration: StripeConfiguration, release: StaticString, maximumConnections: Int = 32,
    authoritiesFile: String? = nil
  ) throws(StripeTransportFailure) {
    var http = HTTPClient.Configuration(userAgent: "usage-billing/\(release)")
    http.maximumConnectionsPerHost = maximumConnections
    http.authoritiesFile = authoritiesFile
    self.configuration = configuration
    do {
      client = try HTTPClient(http)
    } catch {
      throw StripeTransportFailure(error)
    }
  }

  /// Starts a request; its end comes from `poll`.
  ///
  /// - Parameter session: the token that requests to the meter events host need.
  /// - Throws: what keeps it from being sent at all.
  public func submit(
    _ request: StripeRequest, session: StripeKey? = nil
  ) throws(StripeTransportFailure) -> HTTPClient.ID {
    do {
      return try client.submit(configuration.httpRequest(request, session: session))
    } catch {
      throw StripeTransportFailure(error)
    }
  }

  /// Works on all requests until one is complete, the time is over, or the waker is used.
  public func poll(timeout: Duration) throws(StripeTransportFailure) -> [Completion] {
    do {
      return try client.poll(timeout: timeout).map { completion in
        Completion(id: completion.id, result: Self.answer(completion.result))
      }
    } catch {
      throw StripeTransportFailure(error)
    }
  }

  /// Gives a request up; what was sent was sent.
  public func cancel(_ id: HTTPClient.ID) { client.cancel(id) }

  /// Sends one request and waits for its end: for commands.
  public func perform(_ request: StripeRequest) -> Result<StripeAnswer, StripeTransportFailure> {
    do throws(HTTPError) {
      return .success(StripeAnswer(try client.perform(configuration.httpRequest(request, session: nil))))
    } catch {
      return .failure(StripeTransportFailure(error))
    }
  }

  private static func answer(
    _ result: Result<HTTPResponse, HTTPError>
  ) -> Result<StripeAnswer, StripeTransportFailure> {
    result.map { StripeAnswer($0) }.mapError { StripeTransportFailure($0) }
  }
}

extension StripeConfiguration {
  /// The request as it goes over the wire.
  func httpRequest(_ request: StripeRequest, session: StripeKey?) -> HTTPClient.Request {
    let base = request.host == .api ? apiBase : meterEventsBase
    var headers: HTTPHeaders = ["Stripe-Version": apiVersion]
    // The account's key is for the API alone: without a session there is nothing to show to the other host.
    if let key = request.host == .api ? secretKey : session { headers["Authorization"] = "Bearer \(key.text)" }
    if let contentType = request.contentType { headers["Content-Type"] = contentType }
    if let idempotencyKey = request.idempotencyKey { headers["Idempotency-Key"] = idempotencyKey.text }
    return HTTPClient.Request(
      request.method, base + request.target, headers: headers, body: request.body, timeout: timeout)
  }
}
