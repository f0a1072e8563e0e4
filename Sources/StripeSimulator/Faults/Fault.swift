/// Something that goes wrong on demand.
public struct Fault: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// The effect is there, the connection is reset in place of an answer.
    case answerLost = "answer_lost"
    /// The connection is reset before the effect.
    case reset
    /// An error of Stripe's own.
    case serverError = "server_error"
    /// All is well, but late.
    case slow
    /// 429 by a limiter.
    case rateLimited = "rate_limited"
    /// 429 `lock_timeout` of an execution that had begun: kept under the key.
    case lockTimeout = "lock_timeout"
    /// 409 `idempotency_key_in_use`.
    case conflict
    /// 401.
    case unauthorized
    /// 200 with half of a body.
    case malformed
    /// No answer; in the end, a reset.
    case hang
  }

  public var kind: Kind
  /// Whether the effect comes first: of server errors, slow and hanging answers.
  public var isAfterEffect = true
  /// How late a slow answer is, and how long a hanging one hangs.
  public var delay: Duration
  /// Of a server error.
  public var status = 500
  /// Whether a server error is kept under the idempotency key.
  public var isSaved = true
  /// `Stripe-Rate-Limited-Reason`; `nil` for none.
  public var reason: String? = "global-rate"
  /// Seconds, of a 429.
  public var retryAfter: Int?

  public init(_ kind: Kind) {
    self.kind = kind
    delay = kind == .hang ? .seconds(60) : .seconds(1)
  }

  /// Whether the effect takes place.
  var hasEffect: Bool {
    switch kind {
    case .answerLost, .malformed, .slow: true
    case .serverError, .hang: isAfterEffect
    case .reset, .rateLimited, .lockTimeout, .conflict, .unauthorized: false
    }
  }
}
