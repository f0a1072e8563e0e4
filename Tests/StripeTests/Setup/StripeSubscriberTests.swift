import Billing
import JSON
import Outbox
import Testing

@testable import Stripe

@Suite("Subscribing companies")
struct StripeSubscriberTests {
  private let customer = RemoteID("cus_1")

  private func plan(_ rates: [Rate]) throws -> SubscriptionPlan {
    let catalog = try Catalogs.catalog([Catalogs.plan(rates: rates)])
    let period = try Entries.period()
    return SubscriptionPlan(
      company: try there(CompanyID("comp-123")), period: period, anchorDay: try there(AnchorDay(31)),
      catalog: try StripeCatalog(of: catalog.defaultPlan, in: period, overrides: [], today: period.start))
  }

  @Test("A subscription begins with our period, ends its periods with ours, and prorates nothing")
  func made() throws {
    let stripe = FakeStripe()
    let report = try StripeSubscriber(stripe.caller).run(
      plan([Catalogs.rate("order", "0.10")]), customer: try #require(customer), known: nil)
    #expect(report.change == .made && report.subscription.items.count == 2)
    guard case .parameters(let sent)? = stripe.made.last?.content else {
      Issue.record("nothing was made")
      return
    }
    #expect(sent["backdate_start_date"] == "1735689600")
    #expect(sent["billing_cycle_anchor_config[day_of_month]"] == "31")
    #expect(sent["billing_cycle_anchor_config[hour]"] == "0")
    #expect(sent["proration_behavior"] == "none")
    #expect(sent["metadata[company_id]"] == "comp-123")
  }

  @Test("Run again it changes nothing, whether the subscription is known or has to be found")
  func again() throws {
    let stripe = FakeStripe()
    let customer = try #require(customer)
    let plan = try plan([Catalogs.rate("order", "0.10")])
    let first = try StripeSubscriber(stripe.caller).run(plan, customer: customer, known: nil)
    let count = stripe.made.count
    for known in [first.subscription.id, nil] {
      let again = try StripeSubscriber(stripe.caller).run(plan, customer: customer, known: known)
      #expect(again.change == .unchanged && again.subscription == first.subscription)
    }
    #expect(stripe.made.count == count)
  }

  @Test("A new rate moves its item to the new price, a new metric is added, and what is no longer priced stays")
  func moved() throws {
    let stripe = FakeStripe()
    let customer = try #require(customer)
    let before = try plan([Catalogs.rate("order", "0.10"), Catalogs.rate("storage", "1.00")])
    let first = try StripeSubscriber(stripe.caller).run(before, customer: customer, known: nil)
    let order = try #require(first.subscription.items.first { $0.product == "order" })
    let after = try plan([Catalogs.rate("order", "0.12"), Catalogs.rate("invoice", "0.05")])
    let second = try StripeSubscriber(stripe.caller).run(after, customer: customer, known: first.subscription.id)
    #expect(second.change == .changed)
    guard case .parameters(let sent)? = stripe.made.last?.content else {
      Issue.record("nothing was changed")
      return
    }
    let ids = sent.pairs.filter { $0.name.text.hasSuffix("[id]") }.map(\.value.text)
    #expect(ids == [order.id.text])
    #expect(sent.pairs.filter { $0.name.text.hasSuffix("[price]") }.count == 2)
    #expect(sent["proration_behavior"] == "none")
  }

  @Test("A plan without a base fee takes the fee's item away; one that somebody ended is not made anew by a move")
  func movedToFree() throws {
    let stripe = FakeStripe()
    let subscriber = StripeSubscriber(stripe.caller)
    let first = try subscriber.run(
      plan([Catalogs.rate("order", "0.10")]), customer: try #require(customer), known: nil)
    let fee = try #require(first.subscription.items.first { $0.product == "base_fee" })
    let free = try Catalogs.catalog([Catalogs.plan(fee: 0, rates: [Catalogs.rate("order", "0.10")])])
    let catalog = try StripeCatalog(
      of: free.defaultPlan, in: Entries.period(), overrides: [], today: Entries.period().start)
    let plan = SubscriptionPlan(
      company: try there(CompanyID("comp-123")), period: try Entries.period(), anchorDay: try there(AnchorDay(1)),
      catalog: catalog)
    let setup = try StripeSetup(stripe.caller).run(catalog)
    let moved = try subscriber.move(first.subscription.id, to: plan, setup: setup)
    #expect(moved.change == .changed)
    guard case .parameters(let sent)? = stripe.made.last?.content else {
      Issue.record("nothing was changed")
      return
    }
    #expect(sent["items[0][id]"] == fee.id.text && sent["items[0][deleted]"] == "true")
    #expect(sent["items[1][id]"] == nil && sent["proration_behavior"] == "none")
    setStatus("canceled", of: first.subscription.id, stripe)
    #expect(throws: StripeSetupError.notLive(first.subscription.id)) {
      try subscriber.move(first.subscription.id, to: plan, setup: setup)
    }
  }

  @Test("One that has ended is followed by a new one, under another key; of several live ones somebody has to name one")
  func ended() throws {
    let stripe = FakeStripe()
    let customer = try #require(customer)
    let plan = try plan([Catalogs.rate("order", "0.10")])
    let first = try StripeSubscriber(stripe.caller).run(plan, customer: customer, known: nil).subscription
    setStatus("canceled", of: first.id, stripe)
    let second = try StripeSubscriber(stripe.caller).run(plan, customer: customer, known: first.id)
    #expect(second.change == .made && second.subscription.id != first.id)
    let keys = stripe.made.filter { $0.endpoint == .subscriptions }.map(\.idempotencyKey)
    #expect(Set(keys).count == 2)
    let foreign = try #require(RemoteID("sub_foreign"))
    #expect(throws: StripeSetupError.notTheCustomers(foreign)) {
      try StripeSubscriber(stripe.caller).run(plan, customer: customer, known: foreign)
    }
    setStatus("past_due", of: first.id, stripe)
    #expect(throws: StripeSetupError.severalSubscriptions(plan.company)) {
      try StripeSubscriber(stripe.caller).run(plan, customer: customer, known: nil)
    }
    let named = try StripeSubscriber(stripe.caller).run(plan, customer: customer, known: first.id)
    #expect(named.change == .unchanged && named.subscription.id == first.id)
  }

  private func setStatus(_ status: String, of id: RemoteID, _ stripe: FakeStripe) {
    stripe.state.withLock { state in
      guard let index = state.objects.firstIndex(where: { $0.id == id.text }) else { return }
      state.objects[index].members = state.objects[index].members.map { member in
        member.key == "status" ? ("status", .string(status)) : member
      }
    }
  }

  @Test("A subscription's metered prices are told by their meters; those of unknown meters, and of ended ones, are not")
  func directory() throws {
    var directory = MeterDirectory()
    let meters = #"{"data": [{"id": "mtr_1", "event_name": "order"}, {"id": "mtr_2", "event_name": "Not Ours"}]}"#
    #expect(directory.learn(StripeAnswer(200, meters)).isRead)
    #expect(!directory.learn(StripeAnswer(500)).isRead)
    func subscription(_ status: String) throws -> StripeSubscription {
      let items = ["mtr_1", "mtr_2", "mtr_3"].map {
        #"{"id": "si_\#($0.last ?? "0")", "price": {"id": "price_1", "recurring": {"meter": "\#($0)"}}}"#
      }.joined(separator: ", ")
      let body =
        #"{"id": "sub_1", "object": "subscription", "status": "\#(status)", "items": {"data": [\#(items)]}}"#
      return try #require(StripeSubscription(StripeAnswer(200, body)))
    }
    #expect(try directory.prices(of: subscription("active")).map(\.metric) == [Entries.metric()])
    #expect(try directory.prices(of: subscription("canceled")).isEmpty)
    #expect(StripeSubscription(StripeAnswer(200, #"{"id": "sub_1", "object": "subscription"}"#)) == nil)
  }
}
