import Testing

@testable import StripeSimulator

@Suite("Changes of subscriptions")
struct SubscriptionChangeTests {
  private static let january = day(2025, 1, 1)
  private static let february = day(2025, 2, 1)
  private let shop: Shop

  init() throws { shop = try Shop(at: Self.january) }

  @Test("usage before a change of price is billed at the former price, usage after it at the new one")
  func meteredPriceChange() throws {
    let meter = try shop.meter("order")
    let metered = "recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]=\(meter)"
    let former = try shop.price("Old", "unit_amount=10&\(metered)")
    let new = try shop.price("New", "unit_amount=20&\(metered)")
    let made = try shop.subscribe([former])
    let (id, item) = (try #require(made["id"]), try #require(made["items.data.0.id"]))
    try shop.use("order", "3", at: Self.january)
    shop.go(to: Self.january + 86_400)
    let changed = try shop.post("subscriptions/\(id)", "items[0][id]=\(item)&items[0][price]=\(new)")
    #expect(changed["items.data.0.price.id"] == new && changed["items.data.0.id"] == item)
    try shop.use("order", "1", at: Self.january + 86_400)
    try shop.use("order", "1", at: Self.january + 86_399)
    shop.go(to: Self.february)
    #expect(try shop.invoices("total") == ["0", "60"])
    shop.go(to: day(2025, 3, 1))
    #expect(try shop.invoices("total") == ["0", "60", "0"])
  }

  @Test("a price that changes just after the boundary leaves no line of the former one behind")
  func boundaryChange() throws {
    let meter = try shop.meter("order")
    let metered = "recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]=\(meter)"
    let former = try shop.price("Old", "unit_amount=10&\(metered)")
    let new = try shop.price("New", "unit_amount=20&\(metered)")
    let item = try #require(try shop.subscribe([former])["items.data.0.id"])
    try shop.use("order", "3", at: Self.january)
    shop.go(to: Self.february + 5)
    let changed = try shop.post("subscription_items/\(item)", "price=\(new)&proration_behavior=none")
    #expect(changed["price.id"] == new)
    try shop.use("order", "1", at: Self.february + 5)
    shop.go(to: day(2025, 3, 1))
    #expect(try shop.invoices("total") == ["0", "30", "20"])
    let last = try #require(try shop.invoices("id").last)
    #expect(try shop.get("invoices/\(last)").lines("amount") == ["20"])
  }

  @Test("a licensed change is charged and credited for the rest of the period, or not at all")
  func prorations() throws {
    let (small, large) = (try shop.licensedPrice("Small", 3100), try shop.licensedPrice("Large", 6200))
    let item = try #require(try shop.subscribe([small])["items.data.0.id"])
    shop.go(to: day(2025, 1, 11))
    _ = try shop.post("subscription_items/\(item)", "price=\(large)")
    let waiting = try shop.get("invoiceitems?pending=true")
    #expect(waiting.list("amount") == ["4200", "-2100"] && waiting.list("proration") == ["true", "true"])
    shop.go(to: day(2025, 1, 21))
    _ = try shop.post("subscription_items/\(item)", "quantity=2&proration_behavior=none")
    shop.go(to: Self.february)
    #expect(try shop.invoices("total") == ["3100", "14500"])
  }

  @Test("before an anchor to come a change is charged by the cycle's whole period, not by the stretch there is")
  func prorationOfStub() throws {
    let (small, large) = (try shop.licensedPrice("Small", 3100), try shop.licensedPrice("Large", 6200))
    shop.go(to: day(2025, 1, 15))
    let item = try #require(
      try shop.subscribe([small], "billing_cycle_anchor=\(Self.february)")["items.data.0.id"])
    shop.go(to: day(2025, 1, 25))
    _ = try shop.post("subscription_items/\(item)", "price=\(large)")
    #expect(try shop.get("invoiceitems?pending=true").list("amount") == ["1400", "-700"])
  }

  @Test("with always_invoice the difference is invoiced at once")
  func alwaysInvoice() throws {
    let base = try shop.licensedPrice("Base", 3100)
    let made = try shop.subscribe([base])
    shop.go(to: day(2025, 1, 11))
    let subscription = try #require(made["id"])
    let second = try shop.licensedPrice("More", 3100)
    let item = try shop.post(
      "subscription_items", "subscription=\(subscription)&price=\(second)&proration_behavior=always_invoice")
    #expect(item["object"] == "subscription_item")
    #expect(try shop.invoices("total") == ["3100", "2100"])
    #expect(try shop.invoices("billing_reason").last == "subscription_update")
  }

  @Test("one bad item among several leaves the subscription as it was")
  func atomicity() throws {
    let base = try shop.licensedPrice("Base", 3100)
    let other = try shop.licensedPrice("Other", 100)
    let made = try shop.subscribe([base])
    let (id, item) = (try #require(made["id"]), try #require(made["items.data.0.id"]))
    shop.go(to: Self.january + 86_400)
    let refused = try shop.post(
      "subscriptions/\(id)", "items[0][id]=\(item)&items[0][price]=\(other)&items[1][price]=price_none")
    #expect(refused.status == 400 && refused["error.param"] == "items[1][price]")
    #expect(try shop.get("subscriptions/\(id)")["items.data.0.price.id"] == base)
    #expect(try shop.get("invoiceitems").list().isEmpty)
    #expect(try shop.delete("subscription_items/\(item)").status == 400)
  }

  @Test("a removed meter's usage until then is still billed")
  func removal() throws {
    let order = try shop.meteredPrice("order", "unit_amount=10")
    let made = try shop.subscribe([try shop.licensedPrice("Base", 100), order])
    let item = try #require(made["items.data.1.id"])
    try shop.use("order", "5", at: Self.january)
    shop.go(to: Self.january + 86_400)
    #expect(try shop.delete("subscription_items/\(item)")["deleted"] == "true")
    #expect(try shop.get("subscription_items/\(item)").status == 404)
    try shop.use("order", "8", at: Self.january + 86_400)
    shop.go(to: Self.february)
    #expect(try shop.invoices("total") == ["100", "150"])
  }

  @Test("a subscription that ends with its period bills its usage and no further fee")
  func cancelAtPeriodEnd() throws {
    let made = try shop.subscribe(
      [try shop.licensedPrice("Base", 100), try shop.meteredPrice("order", "unit_amount=10")])
    let id = try #require(made["id"])
    #expect(try shop.post("subscriptions/\(id)", "cancel_at_period_end=true")["cancel_at_period_end"] == "true")
    try shop.use("order", "5", at: Self.january)
    shop.go(to: day(2025, 4, 1))
    #expect(try shop.invoices("total") == ["100", "50"])
    #expect(try shop.get("subscriptions/\(id)")["status"] == "canceled")
    #expect(try shop.get("subscriptions/\(id)")["ended_at"] == "\(Self.february)")
    #expect(try shop.get("subscriptions").list().isEmpty)
    #expect(try shop.get("subscriptions?status=canceled").list() == [id])
    #expect(try shop.post("subscriptions/\(id)", "description=x").status == 400)
  }

  @Test("a subscription that ends now loses its usage unless that is invoiced now", arguments: [false, true])
  func cancelNow(invoicesNow: Bool) throws {
    let id = try #require(try shop.subscribe([try shop.meteredPrice("order", "unit_amount=10")])["id"])
    try shop.use("order", "5", at: Self.january)
    shop.go(to: Self.january + 86_400)
    let ended = try shop.delete("subscriptions/\(id)", invoicesNow ? "invoice_now=true" : "")
    #expect(ended["status"] == "canceled" && ended["canceled_at"] == "\(Self.january + 86_400)")
    #expect(try shop.delete("subscriptions/\(id)").status == 404)
    shop.go(to: day(2025, 4, 1))
    #expect(try shop.invoices("total") == (invoicesNow ? ["0", "50"] : ["0"]))
  }

  @Test("a customer that is deleted takes its subscription along")
  func deletedCustomer() throws {
    let id = try #require(try shop.subscribe([try shop.licensedPrice("Base", 100)])["id"])
    #expect(try shop.delete("customers/\(shop.customer)")["deleted"] == "true")
    #expect(try shop.get("subscriptions/\(id)")["status"] == "canceled")
    shop.go(to: day(2025, 4, 1))
    #expect(try shop.get("invoices").list().count == 1)
  }
}
