import HTTP
import JSON

/// One call of Stripe's API, complete but for the key and the address: a value, so that what is sent can be compared.
public struct StripeRequest: Hashable, Sendable {
  public enum Host: Hashable, Sendable {
    /// `STRIPE_API_BASE`.
    case api
    /// `STRIPE_METER_EVENTS_BASE`: takes v2 meter events only, with a session's token instead of the key.
    case meterEvents
  }

  public enum Content: Hashable, Sendable {
    /// In the query of a `GET`, in the body of a `POST`.
    case parameters(StripeParameters)
    /// v2.
    case json([UInt8])
  }

  public let method: HTTPMethod
  public let host: Host
  public let path: StripeText
  public let content: Content
  /// Of every v1 and v2 `POST`. At most 255 characters.
  public let idempotencyKey: StripeText?
  public let endpoint: StripeEndpoint

  init(get path: StripeText, _ parameters: StripeParameters = StripeParameters(), endpoint: StripeEndpoint) {
    method = .get
    host = .api
    self.path = path
    content = .parameters(parameters)
    idempotencyKey = nil
    self.endpoint = endpoint
  }

  init(
    post path: StripeText, _ content: Content, key: StripeText, host: Host = .api, endpoint: StripeEndpoint
  ) {
    method = .post
    self.host = host
    self.path = path
    self.content = content
    idempotencyKey = key
    self.endpoint = endpoint
  }

  /// Whether it changes nothing at Stripe.
  public var isReading: Bool { method == .get }

  /// Path and query.
  var target: String {
    guard isReading, case .parameters(let parameters) = content, !parameters.isEmpty else { return path.text }
    return "\(path.text)?\(parameters.query)"
  }

  var body: [UInt8] {
    guard !isReading else { return [] }
    return switch content {
    case .parameters(let parameters): Array(parameters.body.utf8)
    case .json(let bytes): bytes
    }
  }

  var contentType: String? {
    guard !isReading else { return nil }
    return switch content {
    case .parameters: "application/x-www-form-urlencoded"
    case .json: "application/json"
    }
  }
}
