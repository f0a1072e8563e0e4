import TestSupport
import Testing

extension EndToEnd {
  @Suite("Companies that cannot be subscribed")
  struct UnsubscribableTests {
    private let place: StripePlace

    init() throws { place = try StripePlace() }

    private func refusal(_ company: String) throws -> String {
      do {
        return "subscribed: " + (try place.run("stripe", "subscribe", company))
      } catch {
        return "\(error)"
      }
    }

    @Test(
      "are told why before Stripe is asked: no price to subscribe to, or a period of other days than Stripe's cycle")
    func told() throws {
      try place.run("companies", "set", "clinic", "--plan", "business", "--stripe-customer", try place.customer())
      #expect(try refusal("clinic").contains("neither a base fee nor a metric that a meter bills"))
      try place.run("companies", "set", "acme", "--plan", "standard", "--stripe-customer", try place.customer())
      try place.connection.execute(
        """
        INSERT INTO billing.billing_periods (company_id, period_start, period_end, plan_id, currency)
        SELECT 'acme', date_trunc('month', now())::date, (date_trunc('month', now()) + interval '1 month')::date,
          'standard', 'usd'
        ON CONFLICT DO NOTHING
        """)
      try place.run("companies", "set", "acme", "--anchor-day", "15")
      #expect(try refusal("acme").contains("which is not its anchor day 15"))
      #expect(place.received("POST /v1/subscriptions") == 0)
      try place.run("companies", "set", "acme", "--anchor-day", "1")
      #expect(try !refusal("acme").contains("anchor day"))
      #expect(place.received("POST /v1/subscriptions") == 1)
    }
  }
}
