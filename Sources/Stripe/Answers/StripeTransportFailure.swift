import HTTP

/// Why there is no answer of Stripe's.
public struct StripeTransportFailure: Error, Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// The request itself cannot be sent: an address or a header is at fault.
    case invalidRequest
    case connectFailed
    case tls
    case noAnswer
    case timedOut
    case answerTooLarge
    case unavailable
  }

  public let kind: Kind
  /// `false` is certain.
  public let mayHaveBeenSent: Bool

  public init(_ kind: Kind, mayHaveBeenSent: Bool) {
    self.kind = kind
    self.mayHaveBeenSent = mayHaveBeenSent
  }

  public init(_ error: HTTPError) {
    kind =
      switch error.kind {
      case .invalidRequest: .invalidRequest
      case .connectFailed: .connectFailed
      case .tls: .tls
      case .noAnswer: .noAnswer
      case .timedOut: .timedOut
      case .tooLarge: .answerTooLarge
      case .unavailable: .unavailable
      }
    mayHaveBeenSent = error.mayHaveBeenSent
  }
}
