import Billing

/// The times that decide what may be sent without looking. Each has a reason that is Stripe's.
enum DeliveryTimes {
  /// Stripe keeps idempotency keys and identifiers for 24 hours at least. An hour short of it they are relied upon.
  static let keyHours: Int64 = 23
  /// From the last moment at which a key was used to the look-up that decides: a request that timed out may still be at
  /// work at Stripe, and what it makes must be in the list by then.
  static let settlingSeconds: Int64 = 15 * 60
  /// A meter's summaries lag. An empty one says that an event was not counted only if no attempt is younger than this.
  static let summaryLagSeconds: Int64 = 60 * 60
  /// Stripe takes timestamps of meter events that are at most so many days back.
  static let meterDays = 35
  /// Stripe's clock and the database's differ; what an attempt made is looked for from so long before it.
  static let clockSkewSeconds: Int64 = 60 * 60
  /// For keys without a known first attempt, as after a restored backup: where the look-up begins.
  static let unknownAttemptDays = 2

  /// Stripe makes a subscription's draft soon after the period's end, and finalizes it an hour later. One that is not there
  /// by then is not waited for any longer.
  static let draftSeconds: Int64 = 2 * 3600
  /// Between two looks for a draft.
  static let draftInterval = Duration.seconds(30)

  static func keysEnd(_ firstAttempt: Instant) -> Instant { firstAttempt.adding(seconds: keyHours * 3600) }

  /// When a list shows everything that the attempts made under a key: the last of them was before the keys' end.
  static func listDecides(_ firstAttempt: Instant) -> Instant { keysEnd(firstAttempt).adding(seconds: settlingSeconds) }
}

extension Instant {
  func wait(until later: Instant) -> Duration { .microseconds(max(later.microseconds - microseconds, 0)) }
}
