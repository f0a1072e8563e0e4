import Testing

@testable import StripeSimulator

@Suite("The example month")
struct ExampleMonthTests {
  private static let january = day(2025, 1, 1)
  private static let february = day(2025, 2, 1)

  @Test("199.00 of base fee and five meters come to 478.50")
  func standardPlan() throws {
    let shop = try Shop(at: Self.january)
    let prices = [
      try shop.licensedPrice("Base", 19_900), try shop.meteredPrice("order", "unit_amount=10"),
      try shop.meteredPrice("invoice", "unit_amount=5"), try shop.meteredPrice("storage", "unit_amount=100"),
      try shop.meteredPrice("api_call", "unit_amount_decimal=0.001"), try shop.meteredPrice("ai_job", "unit_amount=50"),
    ]
    let subscription = try shop.subscribe(
      prices, "billing_cycle_anchor_config[day_of_month]=1&billing_cycle_anchor_config[hour]=0")
    let id = try #require(subscription["id"])
    for (place, (event, value)) in [
      ("order", "1250"), ("invoice", "980"), ("storage", "45"), ("api_call", "50000"), ("ai_job", "120"),
    ].enumerated() {
      shop.go(to: Self.january + (place + 1) * 86_400)
      try shop.use(event, value, at: Self.january + place * 86_400)
    }
    // On the day itself the anchor is the next first: the base fee of January comes with the first invoice.
    #expect(try shop.get("subscriptions/\(id)")["items.data.0.current_period_end"] == "\(Self.february)")
    shop.go(to: Self.february + 3600)
    let invoices = try shop.get("invoices?subscription=\(id)")
    #expect(invoices.list("total") == ["47850", "19900"])
    #expect(invoices.list("billing_reason") == ["subscription_cycle", "subscription_create"])
    #expect(invoices.list("status") == ["paid", "paid"])
    let month = try shop.get("invoices/\(invoices.list()[0])")
    #expect(Set(month.lines("amount")) == ["19900", "12500", "4900", "4500", "50", "6000"])
    #expect(month["amount_paid"] == "47850" && month["period_start"] == "\(Self.january)")
    // The fee is for the month to come, usage for the month that was.
    #expect(month["lines.data.0.period.start"] == "\(Self.february)")
    #expect(month["lines.data.1.period.start"] == "\(Self.january)")
    #expect(month["lines.data.1.quantity"] == "1250" && month["lines.data.4.quantity_decimal"] == "50000")
    #expect(month["lines.data.1.parent.subscription_item_details.subscription"] == id)
  }

  @Test("a quota in the price's tiers: 60 used, 50 free, 10.00 each come to 100.00")
  func businessPlan() throws {
    let shop = try Shop(at: Self.january)
    let price = try shop.meteredPrice(
      "assessment",
      "billing_scheme=tiered&tiers_mode=graduated&tiers[0][up_to]=50&tiers[0][unit_amount]=0&tiers[1][up_to]=inf"
        + "&tiers[1][unit_amount]=1000")
    let subscription = try #require(try shop.subscribe([price])["id"])
    // 40 on one day and 20 on another use one quota.
    try shop.use("assessment", "40", at: Self.january)
    shop.go(to: Self.january + 86_400)
    try shop.use("assessment", "20", at: Self.january + 86_400)
    shop.go(to: Self.february)
    let draft = try shop.get("invoices?subscription=\(subscription)&status=draft")
    #expect(draft.list("total") == ["10000"])
    let invoice = try shop.get("invoices/\(draft.list()[0])")
    #expect(invoice.lines("quantity") == ["50", "10"] && invoice.lines("amount") == ["0", "10000"])
    // The next month has its quota anew.
    shop.go(to: Self.february + 86_400)
    try shop.use("assessment", "51", at: Self.february)
    shop.go(to: day(2025, 3, 1))
    #expect(try shop.invoices("total", "&status=draft") == ["1000"])
  }
}
