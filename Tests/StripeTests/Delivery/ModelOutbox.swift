import Billing
import Outbox
import TestBasics

@testable import Stripe

/// One row of the outbox as its worker's claims, settlements and crashes leave it.
struct ModelOutbox {
  enum End: Hashable { case delivered, expired, waiting }

  let id: EntryID
  let effect: Effect
  let sendBefore: Instant?
  let isPausedAtTimes: Bool
  private(set) var now: Instant
  private(set) var attempts = 0
  private var firstAttemptAt: Instant?
  private var generation = 0

  init(id: EntryID, effect: Effect, sendBefore: Instant?, isPausedAtTimes: Bool, now: Instant) {
    self.id = id
    self.effect = effect
    self.sendBefore = sendBefore
    self.isPausedAtTimes = isPausedAtTimes
    self.now = now
  }

  /// Time passes without a claim; what would happen in an outage is the same again and again.
  mutating func skip(to later: Instant) { now = max(now, later) }

  /// One claim: from the look at the row to the settlement, or a crash somewhere on the way. `nil`: to be claimed again.
  mutating func claim(_ stripe: inout ModelStripe, _ generator: inout SeededGenerator) throws -> End? {
    // Paused, scaled to zero, or simply busy.
    let isLong = isPausedAtTimes && Int.random(in: 0..<40, using: &generator) == 0
    now = now.adding(seconds: Int64.random(in: 0...(isLong ? 3 * 24 * 3600 : 30), using: &generator))
    let before = (attempts, firstAttemptAt)
    attempts += 1
    let entry = Entries.entry(
      effect, id: id, attempts: attempts, firstAttemptAt: firstAttemptAt, generation: generation,
      sendBefore: sendBefore)
    firstAttemptAt = firstAttemptAt ?? now
    var delivery = try Entries.delivery(entry)
    var step = delivery.begin(now: now)
    while true {
      let crashes = now < stripe.faults.end && Int.random(in: 0..<12, using: &generator) == 0
      switch step {
      case .send(let request), .lookUp(let request):
        if crashes, Bool.random(using: &generator) { return nil }
        let result = stripe.answer(request, now: now)
        now = now.adding(seconds: Int64.random(in: 0...30, using: &generator))
        if crashes { return nil }
        step = delivery.answered(result, now: now, using: &generator)
      case .settle(let outcome):
        return crashes ? nil : settle(outcome, before)
      }
    }
  }

  private mutating func settle(_ outcome: Outcome, _ before: (Int, Instant?)) -> End? {
    switch outcome {
    case .delivered, .deliveredBefore: return .delivered
    case .expired: return .expired
    case .unknown, .dead: return .waiting
    case .unsent, .held: (attempts, firstAttemptAt) = before
    case .retryLater(let after, _): now = now.adding(seconds: after.components.seconds + 1)
    case .sendAgain, .nextInvoice:
      generation += 1
      firstAttemptAt = nil
    }
    return nil
  }
}
