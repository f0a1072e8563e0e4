import Billing
import Invoicing
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("The base fee is owed by days", .enabled(if: TestDatabase.isAvailable))
struct MembershipTests {
  /// 199.00 in cents: 15 of 31 days are 96.29, 14 of 28 are 99.50.
  @Test("who joins or leaves within a period owes its days alone, and who has left owes nothing at all")
  func days() throws {
    let world = try World()
    try world.register("joins", mode: .off) { $0.joined = .day(try day("2025-01-17")) }
    try world.register("leaves", mode: .off) { $0.left = .day(try day("2025-02-15")) }
    try world.register("both", mode: .off) {
      $0.joined = .day(try day("2025-01-31"))
      $0.left = .day(try day("2025-02-01"))
    }
    try world.register("later", mode: .off) { $0.joined = .day(try day("2025-03-01")) }
    try world.use("later", "order", "10", at: "2025-02-10T08:00:00Z")
    try world.close("2025-04-01T01:00:00Z")
    #expect(try world.lines("joins") == ["base_fee 9629", "base_fee 19900", "base_fee 19900"])
    #expect(try world.lines("leaves") == ["base_fee 19900", "base_fee 9950"])
    #expect(try world.lines("both") == ["base_fee 642"])
    #expect(try world.lines("later") == ["usage order 10 100", "base_fee 19900"])
    #expect(try world.invoices("both") == ["2025-01-01 period open n: 642 usd"])
    #expect(try world.number("SELECT count(*) FROM billing.billing_periods WHERE closed_at IS NOT NULL") == 12)
    try world.checkInvoices()
  }

  @Test("periods that late usage puts before those that are closed owe it, and no base fee")
  func before() throws {
    let world = try World()
    try world.register("acme", mode: .off)
    try world.use("acme", "order", "10", at: "2025-03-10T08:00:00Z")
    try world.close("2025-04-01T01:00:00Z")
    let fees = try world.lines("acme").count { $0.hasPrefix("base_fee") }
    try world.use("acme", "order", "20", at: "2024-10-10T08:00:00Z")
    try world.close("2025-04-01T02:00:00Z")
    #expect(try world.lines("acme").count { $0.hasPrefix("base_fee") } == fees)
    #expect(try world.lines("acme").contains("usage order 20 200"))
    #expect(try world.number("SELECT count(*) FROM billing.billing_periods WHERE period_start = '2024-11-01'") == 1)
    try world.checkInvoices()
  }

  @Test("reports show the fee by the same rule: none of a period put before closed ones, open or closed by then")
  func reportsOfBefore() throws {
    let world = try World()
    try world.register("acme", mode: .off)
    try world.use("acme", "order", "10", at: "2025-03-10T08:00:00Z")
    try world.close("2025-04-01T01:00:00Z")
    try world.use("acme", "order", "20", at: "2024-10-10T08:00:00Z")
    func fee(_ start: String) throws -> String {
      let question = UsageQuestion(company: try company("acme"), span: .period(containing: try day(start)))
      return try UsageReporter(world.eye).report(question, today: day("2025-04-02")).baseFee.description
    }
    func unbilledFees() throws -> [String] {
      let report = try RevenueReporter(world.eye).report(try company("acme"), days: nil, today: day("2025-04-02"))
      return report.sections.flatMap(\.lines).filter { $0.category == .baseFee }.compactMap {
        $0.amounts[.unbilled].map { "\($0)" }
      }
    }
    for _ in ["open", "closed"] {
      #expect(try fee("2024-10-10") == "0.00" && fee("2024-11-10") == "0.00")
      // Before there was any period.
      #expect(try fee("2024-08-10") == "0.00")
      #expect(try fee("2025-03-10") == "199.00" && fee("2025-04-01") == "199.00")
      let analytics = try AnalyticsReporter(world.eye).report(try company("acme"), through: day("2024-10-20"))
      #expect(analytics.baseFee.description == "0.00")
      #expect(try unbilledFees().count == 1)
      try world.close("2025-04-01T02:00:00Z")
    }
    // Unless somebody says since when.
    try world.set("acme", at: "2025-04-02T00:00:00Z") { $0.joined = .day(try day("2024-10-01")) }
    #expect(try fee("2024-11-10") == "199.00")
  }

  @Test("cancelled, a company has left today unless somebody says otherwise; taken back, it has not")
  func cancelled() throws {
    let world = try World("acme")
    func left() throws -> CivilDate? { try CompanyStore(world.eye).show(company("acme")).membership.left }
    try world.set("acme", at: "2025-01-20T12:00:00Z") { $0.status = .paused }
    #expect(try left() == nil)
    try world.set("acme", at: "2025-01-20T12:00:00Z") { $0.status = .cancelled }
    #expect(try left() == day("2025-01-20"))
    try world.set("acme", at: "2025-01-25T12:00:00Z") { $0.status = .cancelled }
    #expect(try left() == day("2025-01-20"))
    try world.set("acme", at: "2025-01-26T12:00:00Z") { $0.status = .active }
    #expect(try left() == nil)
    try world.set("acme", at: "2025-01-27T12:00:00Z") { $0.left = .day(try day("2025-03-01")) }
    // Its leaving was planned while it was active.
    try world.set("acme", at: "2025-01-27T12:00:00Z") { $0.status = .active }
    #expect(try left() == day("2025-03-01"))
    try world.set("acme", at: "2025-01-27T12:00:00Z") {
      $0.status = .cancelled
      $0.left = .never
    }
    #expect(try left() == nil)
    #expect(throws: AdministrationError.self) {
      try world.set("acme", at: "2025-01-27T12:00:00Z") {
        $0.joined = .day(try day("2025-02-01"))
        $0.left = .day(try day("2025-02-01"))
      }
    }
    #expect(try left() == nil)
  }

  @Test("usage shows the fee that the invoice will have")
  func usage() throws {
    let world = try World()
    try world.register("acme") { $0.joined = .day(try day("2025-01-17")) }
    let question = UsageQuestion(company: try company("acme"), span: .period(containing: try day("2025-01-20")))
    let report = try UsageReporter(world.eye).report(question, today: day("2025-01-20"))
    #expect(report.baseFee.description == "96.29" && report.total.description == "96.29")
  }

  @Test(
    "periods of every anchor close one after the other, each with a whole fee, also across a leap February",
    arguments: [(1, 14), (15, 14), (29, 14), (30, 14), (31, 14)])
  func anchors(_ anchor: Int, _ periods: Int) throws {
    let world = try World()
    try world.register("acme", mode: .off, anchor: anchor, at: "2023-12-31T12:00:00Z")
    try world.close("2025-02-28T23:59:00Z")
    let fees = try world.lines("acme")
    #expect(fees.allSatisfy { $0 == "base_fee 19900" } && (fees.count == 13 || fees.count == 14))
    let starts = try world.texts("SELECT period_start::text FROM billing.invoices ORDER BY invoice_no")
    #expect(starts == starts.sorted())
    let february: [Int: String] = [
      1: "2024-02-01", 15: "2024-02-15", 29: "2024-02-29", 30: "2024-02-29", 31: "2024-02-29",
    ]
    #expect(starts.contains(try #require(february[anchor])))
    try world.checkInvoices()
  }

  @Test(
    "a changed anchor makes one shorter period with a whole fee; plan and price changes hold from the next period on")
  func changes() throws {
    let world = try World()
    try world.register("acme", mode: .off)
    try world.use("acme", "order", "100", at: "2025-01-10T08:00:00Z")
    try world.set("acme", at: "2025-01-20T00:00:00Z") {
      $0.anchorDay = AnchorDay(15)
      var rate = CompanyChanges.Rate(metric: try metricName("order"))
      rate.unitPrice = .value(try #require(Price("0.20")))
      $0.rates = [rate]
    }
    try world.use("acme", "order", "100", at: "2025-02-10T08:00:00Z")
    try world.use("acme", "order", "100", at: "2025-02-16T08:00:00Z")
    try world.close("2025-04-01T01:00:00Z")
    #expect(
      try world.lines("acme") == [
        "base_fee 19900", "usage order 100 1000", "base_fee 19900", "usage order 100 2000", "base_fee 19900",
        "usage order 100 2000",
      ])
    #expect(
      try world.texts("SELECT period_start || ' ' || period_end FROM billing.invoices ORDER BY invoice_no") == [
        "2025-01-01 2025-02-01", "2025-02-01 2025-02-15", "2025-02-15 2025-03-15",
      ])
    try world.checkInvoices()
  }

  @Test("a plan changed after months without usage prices none of them: each has the plan it began with")
  func changedPlan() throws {
    let world = try World()
    try world.apply(
      World.catalog.replacing(
        "}]}],\n", with: "}]}, {\"id\": \"other\", \"baseFee\": \"10.00\", \"currency\": \"usd\", \"rates\": []}],\n"))
    try world.register("acme", mode: .off)
    try world.set("acme", at: "2025-03-10T00:00:00Z") { $0.plan = PlanID("other") }
    try world.close("2025-05-01T01:00:00Z")
    #expect(
      try world.lines("acme") == ["base_fee 19900", "base_fee 19900", "base_fee 19900", "base_fee 1000"])
    try world.checkInvoices()
  }
}
