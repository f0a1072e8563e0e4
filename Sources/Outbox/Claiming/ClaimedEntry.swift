import Billing

/// An entry as its claimer has it.
public struct ClaimedEntry: Hashable, Sendable {
  /// Ascending within a sequence.
  public let entryNumber: Int64
  public let id: EntryID
  public let effect: Effect
  /// This one included.
  public let attempts: Int
  /// Of the attempts before this one, by the database's clock: one of them may have arrived. `nil`: nothing of it was ever
  /// sent.
  public let firstAttemptAt: Instant?
  /// From 0; grows when a look-up has shown that nothing arrived, for idempotency keys that Stripe must not know yet.
  public let keyGeneration: Int
  public let sendBefore: Instant?

  public init(
    entryNumber: Int64, id: EntryID, effect: Effect, attempts: Int, firstAttemptAt: Instant? = nil,
    keyGeneration: Int = 0, sendBefore: Instant? = nil
  ) {
    self.entryNumber = entryNumber
    self.id = id
    self.effect = effect
    self.attempts = attempts
    self.firstAttemptAt = firstAttemptAt
    self.keyGeneration = keyGeneration
    self.sendBefore = sendBefore
  }
}
