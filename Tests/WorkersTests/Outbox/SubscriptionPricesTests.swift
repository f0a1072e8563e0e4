import Billing
import JSON
import Ledger
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// A period has begun under new prices, more than an hour ago. What was noted before it is written into the database.
  @Suite("Subscriptions get the prices of a new period by themselves")
  struct SubscriptionPricesTests {
    private let place: StripePlace
    /// Of the billing period that is running: it began ten days ago, or a little longer.
    private let anchor: Int

    init() throws {
      place = try StripePlace(["STRIPE_REQUIRE_SUBSCRIPTION": "true"])
      anchor = min(Usage.now.date.adding(days: -10).components.day, 28)
      try subscribe("acme")
    }

    private func subscribe(_ company: String) throws {
      try place.run(
        "companies", "set", company, "--plan", "standard", "--anchor-day", "\(anchor)", "--stripe-mode", "live",
        "--stripe-customer", try place.customer())
      try place.run("stripe", "subscribe", company)
    }

    /// As it was before the period began.
    private func beginPeriod() throws {
      try place.connection.execute("UPDATE billing.companies SET stripe_priced_from = stripe_priced_from - 30")
    }

    /// The company's own price of orders in the period that is running.
    private func setPrice(_ company: String, _ price: String) throws {
      try place.connection.execute(
        """
        INSERT INTO billing.company_rates (company_id, metric, effective_from, unit_price)
        SELECT company_id, 'order', stripe_priced_from, \(price) FROM billing.companies WHERE company_id = '\(company)'
        """)
    }

    private func isCurrent(_ company: String) throws -> Bool {
      try place.number(
        """
        SELECT count(*) FROM billing.companies c JOIN billing.billing_periods p USING (company_id)
        WHERE c.company_id = \(company) AND p.period_start <= now() AND p.period_end > now()
          AND c.stripe_priced_from = p.period_start
        """) == 1
    }

    /// Requests that change a subscription.
    private func changes() -> Int { place.received("POST /v1/subscriptions/*") }

    private func reports() throws -> JSONValue? {
      try JSONValue.parse(Array(try place.run("billing-run", "--json").utf8))["reports"]
    }

    @Test(
      "usage waits for the new price, and is billed by it, all of it; a second worker and a second look change nothing")
    func moved() throws {
      try setPrice("acme", "0.20")
      try beginPeriod()
      try place.connection.execute(
        """
        INSERT INTO billing.usage_periods (company_id, metric, period_start, aggregation, events, quantity)
        SELECT company_id, 'order', period_start, 's', 100, 100 FROM billing.billing_periods
        WHERE period_start <= now() AND period_end > now()
        """)
      #expect(try reports() == .number("0"))
      // Stripe's clock is behind, so that what is reported below is dated after the change.
      place.simulator.clock.advance(by: .seconds(-600))
      let workers = [try place.worker(), try place.worker()]
      try eventually("the subscription has the prices; \(workers[0].standardError.suffix(500))") {
        try isCurrent("acme")
      }
      for worker in workers { try worker.stop() }
      place.simulator.clock.advance(by: .seconds(600))
      try place.connection.execute(
        "UPDATE billing.stripe_subscription_meters SET billed_from = billed_from - interval '10 minutes'")
      #expect(
        try place.number("SELECT count(*) FROM billing.stripe_subscription_meters WHERE billed_from > now()") == 0)
      #expect(try reports() == .number("1"))
      let sending = try place.worker()
      try eventually("nothing is owed") { try place.waiting("q") == 0 }
      try sending.stop()
      guard case .string(let subscription)? = place.simulator.effects.objects("subscriptions").first?["id"] else {
        throw TestFailure("no subscription")
      }
      let preview = try place.post("/v1/invoices/create_preview", "subscription=\(subscription)")
      #expect(preview["total"] == .number("21900"))
      let acts = try place.number(
        "SELECT count(*) FROM billing.audit_log WHERE person = 'outbox-worker' AND action = 'company_subscribed'")
      #expect(acts >= 2)
      let before = changes()
      let another = try place.worker()
      try eventually("it has looked") { try place.run("outbox", "list").isEmpty == false }
      try another.stop()
      #expect(changes() == before)
    }

    @Test("where the prices are the same Stripe is not asked; a company whose subscription is gone stops nobody else")
    func unchanged() throws {
      try subscribe("gone")
      try subscribe("labs")
      try setPrice("gone", "0.20")
      try setPrice("labs", "0.30")
      try beginPeriod()
      try place.connection.execute(
        "UPDATE billing.companies SET stripe_subscription = 'sub_nobody' WHERE company_id = 'gone'")
      let before = changes()
      let worker = try place.worker()
      try eventually("both are done; \(worker.standardError.suffix(500))") {
        try isCurrent("acme") && isCurrent("labs")
      }
      #expect(changes() == before + 1)
      #expect(try !isCurrent("gone"))
      try eventually("it is told") {
        worker.standardError.contains("a subscription does not get the prices of the period")
      }
      try worker.stop()
    }

    @Test("a subscription that an operator has named keeps the prices that it has")
    func foreign() throws {
      try setPrice("acme", "0.20")
      try beginPeriod()
      try place.run("companies", "set", "acme", "--stripe-subscription", "sub_other")
      #expect(try place.number("SELECT count(*) FROM billing.companies WHERE stripe_priced_from IS NOT NULL") == 0)
    }
  }
}
