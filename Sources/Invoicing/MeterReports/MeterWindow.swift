import Billing

/// When and how a period's usage can still reach the meter. All of it follows from the time and the period: no state.
struct MeterWindow: Hashable, Sendable {
  /// What is to become of usage that nobody was told of.
  enum Route: Hashable, Sendable {
    /// A meter event with this timestamp, which must arrive before `sendBefore`.
    case meter(minute: Instant, sendBefore: Instant)
    /// A line on the invoice of the next period that is closed.
    case close
    /// Nothing yet: a later report will see to it.
    case later
  }

  /// Stripe keeps a subscription's invoice a draft for an hour after the period; what comes later is lost to it.
  private static let draftSeconds: Int64 = 3600
  /// The oldest timestamp that Stripe takes.
  private static let oldestDays = 35
  /// Between the last attempt to send and either limit: for clocks that differ, and for requests on their way.
  private static let marginSeconds: Int64 = 300
  private static let minute: Int64 = 60
  /// The period's last minutes, which only reports after its end use: then each of them has one of its own left.
  private static let reservedMinutes: Int64 = 60

  let period: BillingPeriod
  /// Of the subscription that there is, or is to be.
  let subscription: SubscriptionSpan
  /// `PERIOD_GRACE`, below an hour.
  let grace: Duration
  /// Whether the subscription has the period's prices already: told before, usage would be billed by former ones, or not.
  var isPriced = true
  /// Events of earlier minutes are not billed by the subscription's price; `nil`: all are.
  var billedFrom: Instant?

  /// From when on what comes is late.
  var lateFrom: Instant { period.end.start.adding(seconds: grace.components.seconds) }

  /// From here on the meter gets nothing more: closing brings what it was not told, then and later, onto an invoice.
  func isOver(at now: Instant) -> Bool { now >= lateFrom }

  /// - Parameter lastMinute: in which the latest event of this total stands.
  func route(at now: Instant, lastMinute: Instant?) -> Route {
    if isOver(at: now) { return .close }
    guard subscription.bills(period), isPriced, let minute = freeMinute(at: now, after: lastMinute) else {
      return .later
    }
    let sendBefore = min(
      period.end.start.adding(seconds: Self.draftSeconds), minute.adding(days: Self.oldestDays)
    ).adding(seconds: -Self.marginSeconds)
    return now < sendBefore ? .meter(minute: minute, sendBefore: sendBefore) : .later
  }

  /// The newest minute that may be used, in the period, not ahead, and after the last one.
  private func freeMinute(at now: Instant, after last: Instant?) -> Instant? {
    let (start, end) = (period.start.start, period.end.start)
    let reserved = end.adding(seconds: -Self.reservedMinutes * Self.minute)
    let following = last?.adding(seconds: Self.minute)
    guard now < end else {
      // One after the other, so that there are as many as reports.
      let next = max(following ?? reserved, reserved)
      return next < end && isBilled(next) ? next : nil
    }
    let newest = min(Self.minute(of: now), reserved.adding(seconds: -Self.minute))
    guard newest >= start, following.map({ newest >= $0 }) ?? true, isBilled(newest) else { return nil }
    return newest
  }

  private func isBilled(_ minute: Instant) -> Bool { billedFrom.map { minute >= $0 } ?? true }

  private static func minute(of instant: Instant) -> Instant {
    let length = minute * Instant.microsecondsPerSecond
    let (minutes, rest) = instant.microseconds.quotientAndRemainder(dividingBy: length)
    return Instant(microseconds: (rest < 0 ? minutes - 1 : minutes) * length)
  }
}
