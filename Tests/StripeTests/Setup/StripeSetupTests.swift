import Billing
import JSON
import Outbox
import Testing

@testable import Stripe

@Suite("Setting Stripe up")
struct StripeSetupTests {
  @Test("What a catalog needs is made once: a second run finds it all, page by page, and makes nothing")
  func twice() throws {
    let stripe = FakeStripe()
    let first = try StripeSetup(stripe.caller).run(Catalogs.stripe())
    #expect((first.metersMade, first.productsMade, first.pricesMade) == (2, 3, 3))
    let second = try StripeSetup(stripe.caller).run(Catalogs.stripe())
    #expect((second.metersMade, second.productsMade, second.pricesMade) == (0, 0, 0))
    #expect(second.prices == first.prices && second.meters == first.meters)
    #expect(stripe.made.count == 8)
  }

  @Test("A new version of a rate is a new price; a version, plan or company with the same terms shares one")
  func versions() throws {
    let rates = [
      try Catalogs.rate("order", "0.10"), try Catalogs.rate("order", "0.12", from: "2025-02-01"),
      try Catalogs.rate("order", "0.10", from: "2025-03-01"),
    ]
    let catalog = try Catalogs.catalog([
      Catalogs.plan(rates: rates), Catalogs.plan("other", rates: [Catalogs.rate("order", "0.10")]),
    ])
    let orders = try StripeCatalog(of: catalog).prices.filter { $0.product != .baseFee }
    #expect(orders.count == 2)
    let period = try Entries.period()
    let own = RateOverride(metric: try Entries.metric(), unitPrice: Catalogs.price("0.12"))
    let today = period.start
    let mine = try StripeCatalog(of: catalog.defaultPlan, in: period, overrides: [own], today: today)
    #expect(Set(mine.prices).isSubset(of: try StripeCatalog(of: catalog).prices))
    let plain = try StripeCatalog(of: catalog.defaultPlan, in: period, overrides: [], today: today)
    #expect(plain != mine)
  }

  @Test("What invoices price themselves has neither meter nor price at Stripe, and a free plan no base fee")
  func routes() throws {
    let catalog = try Catalogs.catalog([
      Catalogs.plan(
        fee: 0,
        rates: [
          Catalogs.rate("order", "2.00", billing: .invoiceItem), Catalogs.rate("invoice", "1.00", billing: .unbilled),
        ])
    ])
    let needs = try StripeCatalog(of: catalog)
    #expect(needs.prices.isEmpty && needs.meters.isEmpty && needs.products.isEmpty)
  }

  @Test("An own quota that Stripe cannot express is named, not rounded")
  func inexpressible() throws {
    let catalog = try Catalogs.catalog([Catalogs.plan(rates: [Catalogs.rate("order", "0.10")])])
    let own = RateOverride(metric: try Entries.metric(), included: Quantity(units: 500_000_000))
    let period = try Entries.period()
    #expect {
      _ = try StripeCatalog(of: catalog.defaultPlan, in: period, overrides: [own], today: period.start)
    } throws: { error in
      "\(error)".contains("the rate of order in plan standard") && "\(error)".contains("included")
    }
  }

  @Test("A meter of the name that does not add up is an error, and nothing is made beside it")
  func otherMeter() throws {
    let stripe = FakeStripe()
    stripe.state.withLock {
      $0.objects.append(
        (
          "/v1/billing/meters", "mtr_1",
          [
            ("id", .string("mtr_1")), ("event_name", .string("order")), ("status", .string("active")),
            ("default_aggregation", .object([("formula", .string("count"))])),
          ]
        ))
    }
    #expect(throws: StripeSetupError.otherMeter(try Entries.metric(), try #require(RemoteID("mtr_1")))) {
      try StripeSetup(stripe.caller).run(Catalogs.stripe())
    }
    #expect(stripe.made.allSatisfy { $0.endpoint == .meters })
  }

  @Test("Where a meter was replaced its prices are made anew, and no others")
  func replacedMeter() throws {
    let stripe = FakeStripe()
    let first = try StripeSetup(stripe.caller).run(Catalogs.stripe())
    let meter = try #require(first.meters[Entries.metric()])
    stripe.state.withLock { state in
      guard let index = state.objects.firstIndex(where: { $0.id == meter.text }) else { return }
      state.objects[index].members = state.objects[index].members.map { member in
        member.key == "status" ? ("status", .string("inactive")) : member
      }
    }
    let second = try StripeSetup(stripe.caller).run(Catalogs.stripe())
    #expect((second.metersMade, second.productsMade, second.pricesMade) == (1, 0, 1))
    #expect(try StripeSetup(stripe.caller).run(Catalogs.stripe()).pricesMade == 0)
  }

  @Test("What passes by itself is tried again; a wrong key and garbage are told at once")
  func refusals() throws {
    let stripe = FakeStripe()
    stripe.state.withLock { $0.next = [.error(500, type: "api_error"), .error(429), StripeAnswer(502)] }
    #expect(try StripeSetup(stripe.caller).run(Catalogs.stripe()).pricesMade == 3)
    stripe.state.withLock { $0.next = [.error(401)] }
    #expect(throws: StripeSetupError.refused(.meters, .keyRefused, status: 401, requestID: nil)) {
      try StripeSetup(stripe.caller).run(Catalogs.stripe())
    }
    stripe.state.withLock { $0.next = [StripeAnswer(200, #"{"object": "list"}"#)] }
    #expect(throws: StripeSetupError.refused(.meters, .answerUnreadable, status: 200, requestID: nil)) {
      try StripeSetup(stripe.caller).run(Catalogs.stripe())
    }
    stripe.state.withLock { $0.next = Array(repeating: .error(500, type: "api_error"), count: 6) }
    #expect(throws: StripeSetupError.refused(.meters, .serverError, status: 500, requestID: nil)) {
      try StripeSetup(stripe.caller).run(Catalogs.stripe())
    }
  }
}
