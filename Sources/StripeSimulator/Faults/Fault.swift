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
    /// Meter events are taken, and found wrong later, whatever they are.
    case rejectedLater = "rejected_later"
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
  /// Of a later rejection: a code as Stripe reports it.
  public var code = "archived_meter"
  /// `Stripe-Should-Retry` of a refusal or an error; `nil` for none.
  public var shouldRetry: Bool?

  public init(_ kind: Kind) {
    self.kind = kind
    delay = kind == .hang ? .seconds(60) : .seconds(1)
  }

  /// Whether an error of its own comes after the effect.
  var hasEffect: Bool { kind == .serverError && isAfterEffect }

  /// What it refuses a call with before its execution begins.
  var refusal: StripeFailure? {
    switch kind {
    case .unauthorized: hinted(.unauthorized("Invalid API Key provided: sk_****"))
    case .rateLimited: hinted(.tooMany(reason))
    case .conflict: hinted(.keyInUse)
    case .answerLost, .reset, .serverError, .slow, .lockTimeout, .malformed, .hang, .rejectedLater: nil
    }
  }

  /// What is found wrong later with the meter events of a call.
  var rejection: MeterError.Code? { kind == .rejectedLater ? MeterError.Code(rawValue: code) : nil }

  /// What it makes of an execution that has begun.
  var failure: StripeFailure? {
    switch kind {
    case .lockTimeout:
      var failure = StripeFailure.tooMany(nil)
      failure.isSaved = true
      return hinted(failure)
    case .serverError:
      var failure = StripeFailure.serverError(status)
      failure.isSaved = isSaved
      return hinted(failure)
    case .answerLost, .reset, .slow, .rateLimited, .conflict, .unauthorized, .malformed, .hang, .rejectedLater:
      return nil
    }
  }

  private func hinted(_ failure: StripeFailure) -> StripeFailure {
    var failure = failure
    if let retryAfter { failure.headers.append(("Retry-After", String(retryAfter))) }
    if let shouldRetry { failure.headers.append(("Stripe-Should-Retry", shouldRetry ? "true" : "false")) }
    return failure
  }
}
