import Billing

/// What authorizes requests of the meter event stream, for about 15 minutes.
public struct MeterEventSession: Sendable {
  public let token: StripeKey
  /// By Stripe's clock.
  public let expiresAt: Instant

  /// From the answer to `StripeRequest.meterEventSession`; `nil` when that is none.
  public init?(_ answer: StripeAnswer) {
    guard answer.isSuccess, let token = answer.body?["authentication_token"]?.text.flatMap({ StripeKey($0) }),
      let expiresAt = answer.body?["expires_at"]?.text.flatMap({ Instant($0) })
    else { return nil }
    self.token = token
    self.expiresAt = expiresAt
  }

  /// Whether it will still do for a request that begins now and may be under way for so long.
  public func covers(_ duration: Duration, from now: Instant) -> Bool {
    now.microseconds + duration.components.seconds * Instant.microsecondsPerSecond < expiresAt.microseconds
  }
}
