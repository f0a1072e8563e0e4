import Billing
import Outbox
import PostgreSQL

extension CompanyStore {
  /// What Stripe is to know of a company: customer, subscription and mode, and from when on. The company's row is locked,
  /// and its current period made. What waited in the outbox for any of it, or for the registration, is looked at again.
  func settleStripe(_ id: CompanyID, _ changes: CompanyChanges, now: Instant) throws(AdministrationError) {
    let before = try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in try standing(id, today: now.date) }
    }
    let after = try before.applying(changes)
    try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in
        _ = try connection.update(
          """
          UPDATE billing.companies SET
            stripe_customer = coalesce(\(changes.stripeCustomer), stripe_customer),
            stripe_subscription = \(after.subscription), stripe_subscription_start = \(after.subscriptionStart),
            stripe_mode = \(after.mode), stripe_since = \(after.since),
            -- Another subscription has prices that nobody has looked at.
            stripe_priced_from = CASE WHEN stripe_subscription = \(after.subscription) THEN stripe_priced_from END,
            stripe_priced_as = CASE WHEN stripe_subscription = \(after.subscription) THEN stripe_priced_as END
          WHERE company_id = \(id)
          """)
      }
      try release(id)
    }
  }

  private func release(_ id: CompanyID) throws(LedgerError) {
    do {
      try OutboxHolds.release(id, on: connection)
    } catch {
      guard case .database(let cause) = error else { throw .unexpected("\(error)") }
      throw .database(cause)
    }
  }

  private func standing(_ id: CompanyID, today: CivilDate) throws(PostgreSQLError) -> StripeStanding {
    let row = try connection.query(
      """
      SELECT c.stripe_subscription, c.stripe_subscription_start, c.stripe_mode, c.stripe_since,
        array(SELECT p.period_start FROM billing.billing_periods p WHERE p.company_id = c.company_id),
        array(SELECT p.period_end FROM billing.billing_periods p WHERE p.company_id = c.company_id),
        (SELECT max(p.period_end) FROM billing.billing_periods p
         WHERE p.company_id = c.company_id AND p.closed_at IS NOT NULL)
      FROM billing.companies c WHERE c.company_id = \(id)
      """
    ).one()
    let (starts, ends): ([CivilDate], [CivilDate]) = (try row.decode(at: 4), try row.decode(at: 5))
    return StripeStanding(
      subscription: try row.decode(at: 0), subscriptionStart: try row.decode(at: 1), mode: try row.decode(at: 2),
      since: try row.decode(at: 3), periodStarts: starts, lastEnd: ends.max() ?? today,
      closedThrough: try row.decode(at: 6), today: today)
  }

  /// The one rule that only the database can check: a customer belongs to one company.
  func refusingSharedCustomer<Value>(
    _ body: () throws(AdministrationError) -> Value
  ) throws(AdministrationError) -> Value {
    do throws(AdministrationError) {
      return try body()
    } catch {
      guard case .ledger(.database(let cause)) = error, cause.isUniqueViolation,
        cause.constraint == "companies_stripe_customer"
      else { throw error }
      throw .refused(["the Stripe customer is another company's"])
    }
  }
}

/// Since when Stripe bills a company, and by which subscription.
struct StripeStanding {
  var subscription: String?
  var subscriptionStart: CivilDate?
  var mode: String
  var since: CivilDate?
  /// Of the company's billing periods.
  let periodStarts: [CivilDate]
  /// Where the last of them ends.
  let lastEnd: CivilDate
  /// Where the last one that was closed ends.
  let closedThrough: CivilDate?
  let today: CivilDate

  /// - Throws: `refused` with every rule that is broken.
  func applying(_ changes: CompanyChanges) throws(AdministrationError) -> StripeStanding {
    var after = self
    var mistakes: [String] = []
    after.mode = changes.stripeMode?.rawValue ?? mode
    after.subscription = changes.stripeSubscription ?? subscription
    if after.subscription != nil {
      let isNew = after.subscription != subscription
      after.subscriptionStart = changes.stripeSubscriptionStart ?? (isNew ? currentStart : subscriptionStart)
    } else if changes.stripeSubscriptionStart != nil {
      mistakes.append("a subscription's start needs the subscription")
    }
    if let start = changes.stripeSubscriptionStart, !isPeriodStart(start) {
      mistakes.append("the subscription must start on the first day of a billing period")
    }
    if let wanted = changes.stripeSince {
      // Later ones would leave out what was reported.
      if let since, wanted > since { mistakes.append("reports have begun on \(since): they can only begin earlier") }
      // A closed period's usage is on an invoice that Stripe was not told of: told now, it would be charged once more.
      if let closedThrough, wanted < closedThrough, since.map({ wanted < $0 }) ?? true {
        mistakes.append("periods up to \(closedThrough) are closed: reports can begin on that day at the earliest")
      }
      after.since = wanted
    } else if after.mode != StripeMode.off.rawValue {
      after.since = since ?? currentStart
    }
    guard mistakes.isEmpty else { throw .refused(mistakes) }
    return after
  }

  private var currentStart: CivilDate { periodStarts.filter { $0 <= today }.max() ?? today }

  /// Days outside the rows that are there may become one.
  private func isPeriodStart(_ day: CivilDate) -> Bool {
    periodStarts.contains(day) || day >= lastEnd || day < (periodStarts.min() ?? day)
  }
}
