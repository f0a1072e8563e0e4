import HTTP
import JSON
import Outbox

/// What Stripe answered, read once into facts. Nothing in it is trusted to be there: whatever cannot be read is `nil`, so
/// that a body of garbage is an answer of unknown meaning and never a trap.
public struct StripeAnswer: Sendable {
  public let status: Int
  public let requestID: RemoteID?
  /// `Stripe-Should-Retry`.
  public let shouldRetry: Bool?
  /// `Retry-After`, in whole seconds; dates, which Stripe does not send, are passed over.
  public let retryAfter: Duration?
  /// `Idempotent-Replayed`: this is the saved answer to an earlier request with the same key.
  public let isReplayed: Bool
  /// `Stripe-Rate-Limited-Reason`.
  public let rateLimitReason: StripeRateLimitReason?
  /// `nil` when the body is empty or no JSON.
  public let body: JSONValue?
  /// The body's `error`, v1 or v2.
  public let error: StripeErrorFacts?

  public init(_ response: HTTPResponse) {
    status = response.status
    requestID = response.headers["Request-Id"].flatMap { RemoteID($0) }
    shouldRetry = Self.flag(response.headers["Stripe-Should-Retry"])
    retryAfter = response.headers["Retry-After"].flatMap(Self.seconds)
    isReplayed = Self.flag(response.headers["Idempotent-Replayed"]) ?? false
    rateLimitReason = response.headers["Stripe-Rate-Limited-Reason"].map(StripeRateLimitReason.init(header:))
    body = response.body.isEmpty ? nil : try? JSONValue.parse(response.body)
    error = body.flatMap { StripeErrorFacts($0["error"]) }
  }

  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The `id` of the object in the body.
  public var id: RemoteID? { body?["id"]?.remoteID }

  /// What the outbox keeps of it.
  public var kept: Answer { Answer(status: status, requestID: requestID) }

  private static func flag(_ text: String?) -> Bool? {
    switch text {
    case "true": true
    case "false": false
    default: nil
    }
  }

  /// At most an hour: a peer must not be able to put an entry off for good.
  private static func seconds(_ text: String) -> Duration? {
    guard let seconds = Int(text), seconds >= 0 else { return nil }
    return .seconds(min(seconds, 3600))
  }
}

extension JSONValue {
  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var digits: String? {
    guard case .number(let digits) = self else { return nil }
    return digits
  }

  var isTrue: Bool {
    guard case .bool(let value) = self else { return false }
    return value
  }

  var elements: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The identifier that this text is, or that the object in its place (an expanded one) has.
  var remoteID: RemoteID? {
    switch self {
    case .string(let text): RemoteID(text)
    case .object: self["id"]?.text.flatMap { RemoteID($0) }
    default: nil
    }
  }
}
