import Billing
import JSON
import Outbox
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  @Suite("Entries that wait for somebody go out when that has happened, and not before")
  struct HeldEntryTests {
    /// Registered as operators do it.
    private func register(_ place: StripePlace, _ company: String) throws {
      try place.run("companies", "set", company, "--plan", "standard", "--stripe-mode", "live")
    }

    @Test("Without a customer they wait; they go out when one is named")
    func customerNamed() throws {
      let place = try StripePlace()
      try register(place, "acme")
      let ids = try place.owe("acme", place.event(), place.item())
      let worker = try place.worker()
      try place.awaitHold("acme", "no_customer")
      #expect(place.effects().isEmpty)
      try place.run("companies", "set", "acme", "--stripe-customer", try place.customer())
      try place.awaitSettled(ids)
      place.expectOnce(ids)
      try worker.stop()
    }

    @Test("With STRIPE_CREATE_CUSTOMERS they go out by themselves, to one new customer, whichever worker makes it")
    func customerMade() throws {
      let place = try StripePlace(["STRIPE_CREATE_CUSTOMERS": "true"])
      let companies = (1...5).map { "acme-\($0)" }
      var ids: [EntryID] = []
      for company in companies {
        try register(place, company)
        ids += try place.owe(company, place.event(), place.item(), place.event("storage"))
      }
      let workers = [try place.worker(), try place.worker()]
      try place.awaitSettled(ids)
      #expect(place.simulator.effects.objects("customers").count == companies.count)
      #expect(Set(place.simulator.effects.meterEvents.map(\.customer)).count == companies.count)
      for worker in workers { try worker.stop() }
    }

    @Test("Meter events wait for a subscription with the meter's price, as stripe setup and stripe subscribe make it")
    func subscribed() throws {
      let place = try StripePlace(["STRIPE_REQUIRE_SUBSCRIPTION": "true"])
      try register(place, "acme")
      try place.run("companies", "set", "acme", "--stripe-customer", try place.customer())
      let ids = try place.owe("acme", place.event(), place.event("storage"))
      let item = try place.owe("acme", place.item())
      let worker = try place.worker()
      try place.awaitHold("acme", "no_subscription")
      try place.awaitSettled(item)
      #expect(place.simulator.effects.meterEvents.isEmpty)
      try place.run("stripe", "setup")
      try place.run("stripe", "subscribe", "acme")
      try place.awaitSettled(ids)
      place.expectOnce(ids + item)
      try worker.stop()
    }

    @Test("A subscription that an operator names is looked at; the meter without a price goes on waiting")
    func subscriptionNamed() throws {
      let place = try StripePlace(["STRIPE_REQUIRE_SUBSCRIPTION": "true"])
      try place.add("acme")
      let ids = try place.owe("acme", place.event())
      try place.owe("acme", place.event("storage"))
      let worker = try place.worker()
      try place.awaitHold("acme", "no_subscription")
      try place.run("companies", "set", "acme", "--stripe-subscription", try subscribe(place, "acme"))
      try place.awaitSettled(ids)
      try place.awaitHold("acme", "no_meter_price")
      #expect(place.simulator.effects.meterEvents.map(\.eventName) == ["order"])
      try worker.stop()
    }

    @Test("Subscriptions that Stripe does not know do not keep a good one from being looked at")
    func unknownSubscriptions() throws {
      let place = try StripePlace(["STRIPE_REQUIRE_SUBSCRIPTION": "true"])
      // More than are looked at in one turn, and all before the good one.
      for number in 0..<120 {
        let company = "a-\(number)"
        try place.connection.update(
          """
          INSERT INTO billing.companies (company_id, registered_at, plan_id, currency, stripe_mode, stripe_customer,
            stripe_subscription, version)
          VALUES (\(company), now(), 'standard', 'usd', 'live', \("cus_\(number)"), \("sub_nobody\(number)"), 1)
          """)
        try place.owe(company, place.event())
      }
      try place.add("good")
      let ids = try place.owe("good", place.event())
      try place.run("companies", "set", "good", "--stripe-subscription", try subscribe(place, "good"))
      let worker = try place.worker()
      try place.awaitSettled(ids, within: 30)
      place.expectOnce(ids)
      try worker.stop()
    }

    @Test("In shadow and off nothing is sent; live sends it all", arguments: ["shadow", "off"])
    func modes(_ mode: String) throws {
      let place = try StripePlace()
      try place.add("acme")
      try place.run("companies", "set", "acme", "--stripe-mode", mode)
      let ids = try place.owe("acme", place.event(), place.item())
      let worker = try place.worker()
      try place.awaitHold("acme", mode)
      let before = place.received("POST /v1/billing/meter_events") + place.received("POST /v1/invoiceitems")
      #expect(before == 0)
      try place.run("companies", "set", "acme", "--stripe-mode", "live")
      try place.awaitSettled(ids)
      place.expectOnce(ids)
      try worker.stop()
    }

    @Test("Pausing one company stops it alone; pausing all stops everybody; resuming sends what has gathered")
    func pauses() throws {
      let place = try StripePlace()
      try place.add("acme")
      try place.add("labs")
      try place.run("outbox", "pause", "acme")
      let held = try place.owe("acme", place.event(), place.item())
      var free = try place.owe("labs", place.event(), place.item())
      let worker = try place.worker()
      try place.awaitSettled(free)
      try place.awaitHold("acme", "paused")
      place.expectOnce(free)
      try place.run("outbox", "pause")
      try place.run("outbox", "resume", "acme")
      let gathered = try place.owe("labs", place.event(), place.item())
      // The worker has looked at least once since: it wakes delayed sequences in each claim, but not while all is paused.
      let looked = try place.number("SELECT count(*) FROM billing.outbox_pauses")
      #expect(looked == 1)
      let another = try place.worker()
      try another.stop()
      place.expectOnce(free)
      try place.run("outbox", "resume")
      try place.awaitSettled(held + gathered)
      free += held + gathered
      place.expectOnce(free)
      try worker.stop()
    }

    /// A subscription with a price for orders alone.
    private func subscribe(_ place: StripePlace, _ company: String) throws -> String {
      guard case .string(let meter)? = place.simulator.effects.objects("meters").first?["id"],
        case .string(let price)? = try place.post(
          "/v1/prices",
          "currency=usd&unit_amount=10&product_data[name]=orders&recurring[interval]=month"
            + "&recurring[usage_type]=metered&recurring[meter]=\(meter)")["id"]
      else { throw TestFailure("no price") }
      let customer: String = try place.connection.query(
        "SELECT stripe_customer FROM billing.companies WHERE company_id = \(company)"
      ).one().decode(at: 0)
      guard
        case .string(let subscription)? = try place.post(
          "/v1/subscriptions", "customer=\(customer)&items[0][price]=\(price)")["id"]
      else { throw TestFailure("no subscription") }
      return subscription
    }
  }
}
