import Audit
import Billing
import JSON
import Ledger
import Outbox
import Stripe

/// `stripe subscribe`: a company's subscription, made or brought up to date.
struct StripeSubscribeCommand: Command {
  let words = ["stripe", "subscribe"]
  let summary = "Subscribes a company at Stripe, or moves its subscription to the prices now in force."
  let usage = Usage(
    arguments: [.company], options: [.json],
    notes: """
      The subscription holds the base fee and every metered price of the company's plan and own rates. It starts with the
      current billing period at 00:00 UTC, without proration: Stripe charges the base fee from the next period on.
      Run again, it changes nothing, or adds what is missing. When a period begins under new prices, outbox-worker moves the
      subscription to them by itself, an hour later, when Stripe is done with the period before.
      Missing meters, products and prices are made.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let id = try arguments.company()
    let wiring = try context.wiring([.database, .stripe])
    let connection = try wiring.openDatabase()
    let store = CompanyStore(connection)
    let company = try store.show(id)
    guard let customer = company.stripeCustomer.flatMap({ RemoteID($0) }) else {
      throw CommandFailure("\(id) has no customer at Stripe; name one: companies set \(id) --stripe-customer cus_…")
    }
    let plan = try Self.plan(company, catalog: CatalogStore.catalog(connection), now: context.now)
    let known = company.stripeSubscription.flatMap { RemoteID($0) }
    let subscriptions = PricedSubscriptions(connection)
    guard try !subscriptions.mustWait(id, periodStart: plan.period.start, now: context.now) else {
      throw CommandFailure(
        "Stripe still bills the period before by the prices that the subscription of \(id) has; it gets those of the new"
          + " period by itself, an hour after the period's start, while an outbox-worker runs")
    }
    let log = AuditLog(connection)
    try log.record(AuditAct(.companySubscribed, company: id, stage: .begun), by: context.person)
    let report = try StripeSubscriber(wiring.stripeCaller()).run(plan, customer: customer, known: known)
    if known != report.subscription.id || company.stripeSubscriptionStart == nil {
      var changes = CompanyChanges()
      changes.stripeSubscription = report.subscription.id.text
      changes.stripeSubscriptionStart = plan.period.start
      try store.set(id, changes, by: context.person, now: context.now)
    }
    // What waited for the subscription, or for a price in it, goes on at once.
    let seen = SubscriptionMeters.Unchecked(company: id, subscription: report.subscription.id)
    try connection.withTransaction { _ throws(OutboxError) in
      try SubscriptionMeters(connection).store(
        seen, prices: report.prices, changedAt: report.change == .changed ? context.now : nil)
    }
    try subscriptions.note(
      id, subscription: report.subscription.id.text, prices: plan.catalog.digest, periodStart: plan.period.start)
    let ended = AuditAct(.companySubscribed, company: id, stage: .ended) {
      $0.set("change", report.change)
      $0.set("items", report.subscription.items.count)
    }
    try log.record(ended, by: context.person)
    context.show(Result(report: report, start: plan.period.start), arguments)
    return .success
  }

  private static func plan(
    _ company: CompanyRecord, catalog: Catalog, now: Instant
  ) throws -> SubscriptionPlan {
    // Another plan holds from the next period on: what the company has until then is its period's.
    let current = company.periods.first { $0.bounds.contains(now) }
    guard company.registeredAt != nil, let anchor = AnchorDay(company.anchorDay),
      let plan = (current?.plan ?? company.plan).flatMap({ catalog.plan($0) })
    else { throw CommandFailure("\(company.id) is not registered; see: companies set --help") }
    let period = current?.bounds ?? PeriodCalendar.period(containing: now.date, anchor: anchor)
    // Stripe's cycle goes by the anchor day alone: its invoices would be of other days than ours.
    guard
      company.stripeSubscription != nil
        || PeriodCalendar.period(containing: period.end, anchor: anchor).start == period.end
    else {
      throw CommandFailure(
        "the billing period of \(company.id) ends on \(period.end), which is not its anchor day \(anchor.day); it can be"
          + " subscribed once a period has begun that does")
    }
    let prices = try StripeCatalog(of: plan, in: period, overrides: company.rates, today: now.date)
    guard !prices.prices.isEmpty else {
      throw CommandFailure(
        "plan \(plan.id) has neither a base fee nor a metric that a meter bills: there is nothing to subscribe"
          + " \(company.id) to")
    }
    return SubscriptionPlan(company: company.id, period: period, anchorDay: anchor, catalog: prices)
  }

  private struct Result: Presentable {
    let report: StripeSubscriber.Report
    let start: CivilDate

    var text: String {
      let head =
        switch report.change {
        case .made: "subscribed from \(start) on"
        case .changed: "moved to the prices now in force"
        case .unchanged: "no change"
        }
      var table = Table([.text("Item"), .text("Price")])
      for item in report.subscription.items { table.add([item.id.text, item.price.text]) }
      return "\(report.subscription.id): \(head)\n\n" + table.text
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("subscription", report.subscription.id.text)
        $0.field("change", report.change.rawValue)
        $0.key("items")
        $0.array { json in
          for item in report.subscription.items {
            json.object {
              $0.field("item", item.id.text)
              $0.field("price", item.price.text)
            }
          }
        }
      }
    }
  }
}
