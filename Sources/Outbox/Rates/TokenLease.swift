import Billing

/// Tokens taken from the shared buckets: one request may be sent in each slot.
public struct TokenLease: Hashable, Sendable {
  /// The database's clock when the tokens were taken, and ours just before it was asked and just after it answered.
  public let clock: Instant
  public let askedAt: ContinuousClock.Instant
  public let answeredAt: ContinuousClock.Instant
  /// By the database's clock. Without a token: there is none before.
  public let firstSlot: Instant
  public let spacing: Duration
  public let count: Int

  public init(
    clock: Instant, askedAt: ContinuousClock.Instant, answeredAt: ContinuousClock.Instant, firstSlot: Instant,
    spacing: Duration, count: Int
  ) {
    self.clock = clock
    self.askedAt = askedAt
    self.answeredAt = answeredAt
    self.firstSlot = firstSlot
    self.spacing = spacing
    self.count = count
  }
}
