import Testing

@testable import StripeSimulator

@Suite("Subscriptions")
struct SubscriptionTests {
  private static let january = day(2025, 1, 1)
  private static let february = day(2025, 2, 1)
  private static let march = day(2025, 3, 1)

  @Test("a subscription has the fields that are read from it, and is found by what it is")
  func fields() throws {
    let shop = try Shop(at: Self.january + 100)
    let base = try shop.licensedPrice("Base", 19_900)
    let order = try shop.meteredPrice("order", "unit_amount=10")
    let made = try shop.subscribe([base, order], "metadata[company]=comp-1&description=Plan")
    let id = try #require(made["id"])
    #expect(made["object"] == "subscription" && made["status"] == "active" && made["currency"] == "usd")
    #expect(made["start_date"] == "\(Self.january + 100)" && made["billing_cycle_anchor"] == "\(Self.january + 100)")
    #expect(made["items.data.0.price.id"] == base && made["items.data.0.quantity"] == "1")
    #expect(made["items.data.1.price.id"] == order && made["items.data.1.quantity"] == nil)
    #expect(made["items.data.1.current_period_start"] == "\(Self.january + 100)")
    #expect(made["items.data.1.current_period_end"] == "\(Self.february + 100)")
    #expect(made["items.data.1.subscription"] == id && made["metadata.company"] == "comp-1")
    #expect(made["latest_invoice"]?.hasPrefix("in_") == true && made["billing_mode.type"] == "flexible")
    #expect(try shop.get("subscriptions?customer=\(shop.customer)&price=\(order)").list() == [id])
    #expect(try shop.get("subscriptions?price=price_none").list().isEmpty)
    let item = try #require(made["items.data.1.id"])
    #expect(try shop.get("subscription_items/\(item)")["price.id"] == order)
    #expect(try shop.get("subscription_items?subscription=\(id)").list().contains(item))
  }

  @Test(
    "what cannot be subscribed to is refused, and nothing is left of it",
    arguments: [
      ("items[0][price]=price_none", "resource_missing", "items[0][price]"), ("", "parameter_missing", "items"),
      ("items[0][quantity]=2", "parameter_missing", "items[0][price]"),
      ("items[0][price]=ONCE", nil, "items[0][price]"), ("items[0][price]=OFF", nil, "items[0][price]"),
      ("items[0][price]=METERED&items[0][quantity]=3", nil, "items[0][quantity]"),
      ("items[0][price]=BASE&items[1][price]=BASE", nil, "items"),
      ("items[0][price]=BASE&items[1][price]=YEARLY", nil, "items"),
      ("items[0][price]=BASE&items[1][price]=EURO", nil, "items"),
      ("items[0][price]=BASE&billing_cycle_anchor=1", nil, "billing_cycle_anchor"),
      ("items[0][price]=BASE&billing_cycle_anchor=\(day(2025, 2, 2))", nil, "billing_cycle_anchor"),
      ("items[0][price]=BASE&backdate_start_date=\(day(2025, 1, 2))", nil, "backdate_start_date"),
      (
        "items[0][price]=BASE&billing_cycle_anchor_config[hour]=3", "parameter_missing",
        "billing_cycle_anchor_config[day_of_month]"
      ),
      ("items[0][price]=BASE&collection_method=send_invoice", "parameter_missing", "days_until_due"),
      ("items[0][price]=BASE&trial=1", "parameter_unknown", "trial"),
    ] as [(String, String?, String)])
  func refusals(form: String, code: String?, param: String) throws {
    let shop = try Shop(at: Self.january)
    let off = try shop.licensedPrice("Off", 1)
    _ = try shop.post("prices/\(off)", "active=false")
    var form = form.replacing("OFF", with: off)
    form = form.replacing("BASE", with: try shop.licensedPrice("Base", 1))
    form = form.replacing("ONCE", with: try shop.price("Once", "unit_amount=1"))
    form = form.replacing("YEARLY", with: try shop.price("Yearly", "unit_amount=1&recurring[interval]=year"))
    form = form.replacing("METERED", with: try shop.meteredPrice("order", "unit_amount=1"))
    if form.contains("EURO") {
      let euro = try shop.stripe.id(
        "/v1/prices", "currency=eur&product_data[name]=E&unit_amount=1&recurring[interval]=month")
      form = form.replacing("EURO", with: euro)
    }
    let answer = try shop.post("subscriptions", "customer=\(shop.customer)&\(form)")
    #expect(answer.status == 400 && answer["error.code"] == code && answer["error.param"] == param)
    #expect(try shop.get("subscriptions?status=all").list().isEmpty)
    #expect(try shop.get("invoices").list().isEmpty)
  }

  @Test("usage that comes while the invoice is a draft is billed, later usage for its period never is")
  func lateUsage() throws {
    let shop = try Shop(at: Self.january)
    _ = try shop.subscribe([try shop.meteredPrice("order", "unit_amount=10")])
    shop.go(to: Self.february)
    #expect(try shop.invoices("total") == ["0", "0"])
    #expect(try shop.invoices("status") == ["paid", "draft"])
    shop.go(to: Self.february + 3599)
    try shop.use("order", "7", at: Self.february - 1)
    try shop.use("order", "5", at: Self.february)
    #expect(try shop.invoices("total") == ["0", "70"])
    shop.go(to: Self.february + 3600)
    try shop.use("order", "100", at: Self.february - 1)
    #expect(try shop.invoices("total") == ["0", "70"])
    #expect(try shop.invoices("status") == ["paid", "paid"])
    shop.go(to: Self.march + 3600)
    #expect(try shop.invoices("total") == ["0", "70", "50"])
  }

  @Test("the grace time can be set, up to three days")
  func grace() throws {
    var settings = SimulatorSettings()
    settings.invoiceGrace = .seconds(100 * 3600)
    let shop = try Shop(at: Self.january, settings)
    _ = try shop.subscribe([try shop.licensedPrice("Base", 100)])
    shop.go(to: Self.february + 72 * 3600 - 1)
    #expect(try shop.invoices("status") == ["paid", "draft"])
    shop.go(to: Self.february + 72 * 3600)
    #expect(try shop.invoices("status") == ["paid", "paid"])
  }

  @Test("a jump of the clock over many periods ends each of them in its order")
  func jump() throws {
    let shop = try Shop(at: day(2025, 1, 31))
    _ = try shop.subscribe([try shop.licensedPrice("Base", 100), try shop.meteredPrice("order", "unit_amount=10")])
    try shop.use("order", "3", at: day(2025, 1, 31))
    _ = try shop.item(7)
    shop.go(to: day(2025, 6, 1))
    #expect(
      try shop.invoices("created") == [
        "\(day(2025, 1, 31))", "\(day(2025, 2, 28))", "\(day(2025, 3, 31))", "\(day(2025, 4, 30))",
        "\(day(2025, 5, 31))",
      ])
    #expect(try shop.invoices("total") == ["100", "137", "100", "100", "100"])
    #expect(
      try shop.invoices("status_transitions.finalized_at").dropFirst() == [
        "\(day(2025, 2, 28) + 3600)", "\(day(2025, 3, 31) + 3600)", "\(day(2025, 4, 30) + 3600)",
        "\(day(2025, 5, 31) + 3600)",
      ])
  }

  @Test("a subscription set back to the period's start charges the whole fee at once, and bills usage since then")
  func backdated() throws {
    let shop = try Shop(at: Self.january + 14 * 86_400)
    let prices = [try shop.licensedPrice("Base", 19_900), try shop.meteredPrice("order", "unit_amount=10")]
    try shop.use("order", "4", at: Self.january + 3)
    let made = try shop.subscribe(
      prices, "backdate_start_date=\(Self.january)&billing_cycle_anchor=\(Self.february)")
    #expect(made["start_date"] == "\(Self.january)")
    #expect(made["items.data.0.current_period_start"] == "\(Self.january)")
    #expect(made["items.data.0.current_period_end"] == "\(Self.february)")
    #expect(try shop.invoices("total") == ["19900"])
    shop.go(to: Self.february)
    #expect(try shop.invoices("total") == ["19900", "19940"])
  }

  @Test("a start several periods back charges each of them, and their usage has each its own tiers")
  func backdatedOverPeriods() throws {
    let shop = try Shop(at: Self.march + 86_400)
    let base = try shop.licensedPrice("Base", 1000)
    let order = try shop.meteredPrice(
      "order",
      "billing_scheme=tiered&tiers_mode=graduated&tiers[0][up_to]=5&tiers[0][unit_amount]=0&tiers[1][up_to]=inf"
        + "&tiers[1][unit_amount]=10")
    try shop.use("order", "6", at: Self.february)
    try shop.use("order", "6", at: Self.march)
    _ = try shop.subscribe(
      [base, order], "backdate_start_date=\(Self.february - 7 * 86_400)&billing_cycle_anchor=\(day(2025, 4, 1))")
    // 7 of the 31 days from 25 January on, February, March.
    let first = try #require(try shop.invoices("id").first)
    #expect(try shop.get("invoices/\(first)").lines("amount") == ["226", "1000", "1000"])
    shop.go(to: day(2025, 4, 1))
    #expect(try shop.invoices("total") == ["2226", "1020"])
  }

  @Test("set back to the 31st with a wish for it, a subscription bills whole periods and keeps to the 31st")
  func backdatedToTheLastDay() throws {
    let shop = try Shop(at: day(2025, 2, 10) + 12_345)
    let made = try shop.subscribe(
      [try shop.licensedPrice("Base", 19_900)],
      "backdate_start_date=\(day(2025, 1, 31))&billing_cycle_anchor_config[day_of_month]=31"
        + "&billing_cycle_anchor_config[hour]=0&billing_cycle_anchor_config[minute]=0"
        + "&billing_cycle_anchor_config[second]=0")
    #expect(made["items.data.0.current_period_start"] == "\(day(2025, 1, 31))")
    #expect(made["items.data.0.current_period_end"] == "\(day(2025, 2, 28))")
    shop.go(to: day(2025, 3, 31))
    #expect(try shop.invoices("total") == ["19900", "19900", "19900"])
    #expect(try shop.invoices("created").last == "\(day(2025, 3, 31))")
  }

  @Test("set back without an anchor, a subscription is anchored now")
  func backdatedToNow() throws {
    let shop = try Shop(at: day(2025, 1, 15))
    let made = try shop.subscribe([try shop.licensedPrice("Base", 19_900)], "backdate_start_date=\(Self.january)")
    #expect(made["billing_cycle_anchor"] == "\(day(2025, 1, 15))" && made["start_date"] == "\(Self.january)")
    // 14 of 31 days, and the month to come.
    #expect(try shop.invoices("total") == ["28887"])
    shop.go(to: day(2025, 2, 15))
    #expect(try shop.invoices("total") == ["28887", "19900"])
  }

  @Test("before an anchor to come the fee is charged by its share, or not at all")
  func stub() throws {
    for (behavior, first) in [("create_prorations", "10913"), ("none", "0")] {
      let shop = try Shop(at: day(2025, 1, 15))
      let base = try shop.licensedPrice("Base", 19_900)
      _ = try shop.subscribe([base], "billing_cycle_anchor=\(Self.february)&proration_behavior=\(behavior)")
      shop.go(to: Self.february)
      // 17 of the 31 days from 15 January to 15 February.
      #expect(try shop.invoices("total") == [first, "19900"])
    }
  }

  @Test("the next invoice takes waiting items along, but not those of another subscription")
  func pendingItems() throws {
    let shop = try Shop(at: Self.january)
    let first = try #require(try shop.subscribe([try shop.licensedPrice("A", 100)])["id"])
    let second = try #require(
      try shop.subscribe([try shop.licensedPrice("B", 200)], "billing_cycle_anchor=\(Self.february - 9)")["id"])
    _ = try shop.item(1)
    _ = try shop.item(2, "subscription=\(first)")
    _ = try shop.post("invoiceitems", "customer=\(shop.customer)&amount=50&currency=eur")
    shop.go(to: Self.february)
    #expect(try shop.get("invoices?subscription=\(second)&status=draft").list("total") == ["201"])
    #expect(try shop.get("invoices?subscription=\(first)&status=draft").list("total") == ["102"])
    #expect(try shop.get("invoiceitems?pending=true").list("amount") == ["50"])
    // A draft of a subscription takes more, by its id, while it is one.
    let draft = try #require(try shop.get("invoices?subscription=\(first)&status=draft").list().first)
    _ = try shop.item(1000, "invoice=\(draft)")
    _ = try shop.item(5)
    shop.go(to: Self.february + 3600)
    #expect(try shop.get("invoices/\(draft)")["amount_paid"] == "1102")
  }

  @Test("items that wait when a customer subscribes are on the first invoice")
  func pendingAtStart() throws {
    let shop = try Shop(at: Self.january)
    _ = try shop.item(7)
    _ = try shop.subscribe([try shop.licensedPrice("A", 100)])
    #expect(try shop.invoices("total") == ["107"] && shop.get("invoiceitems?pending=true").list().isEmpty)
  }

  @Test("usage below zero over the period bills nothing")
  func negativeUsage() throws {
    let shop = try Shop(at: Self.january)
    _ = try shop.subscribe([try shop.meteredPrice("order", "unit_amount=10")])
    try shop.use("order", "5", at: Self.january)
    try shop.use("order", "-9", at: Self.january + 60)
    shop.go(to: Self.february + 3600)
    #expect(try shop.invoices("total") == ["0", "0"])
  }

  @Test("usage of a customer without a subscription to the meter's price is on no invoice")
  func unsubscribed() throws {
    let shop = try Shop(at: Self.january)
    _ = try shop.meteredPrice("order", "unit_amount=10")
    _ = try shop.subscribe([try shop.licensedPrice("Base", 100)])
    try shop.use("order", "5", at: Self.january)
    shop.go(to: Self.february + 3600)
    #expect(try shop.invoices("total") == ["100", "100"])
  }

  @Test("an invoice that is sent is a draft for the grace time from the first one on")
  func sent() throws {
    let shop = try Shop(at: Self.january)
    _ = try shop.subscribe(
      [try shop.licensedPrice("Base", 100)], "collection_method=send_invoice&days_until_due=14")
    #expect(try shop.invoices("status") == ["draft"])
    shop.go(to: Self.january + 3600)
    #expect(try shop.invoices("status") == ["open"])
    #expect(try shop.invoices("due_date") == ["\(Self.january + 3600 + 14 * 86_400)"])
  }
}
