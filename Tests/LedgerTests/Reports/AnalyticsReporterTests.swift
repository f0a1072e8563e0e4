import Billing
import JSON
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("Analytics", .enabled(if: TestDatabase.isAvailable))
struct AnalyticsReporterTests {
  private static let extra = """
    {"name": "seats", "unit": "seat", "source": "message", "aggregation": "last"}, \
    {"name": "visitors", "unit": "person", "source": "message", "aggregation": "unique"}, \
    {"name": "logins", "unit": "login", "source": "message", "aggregation": "count"}
    """
  private static let plans = """
    {"id": "yen", "baseFee": "1000", "currency": "jpy", "default": false, "rates": [{"metric": "order", \
    "model": "per_unit", "unitPrice": "0.5", "unitSize": 1, "included": 0, "billing": "invoice_item", "itemize": false}]}, \
    {"id": "dinar", "baseFee": "0.000", "currency": "kwd", "default": false, "rates": [{"metric": "order", \
    "model": "per_unit", "unitPrice": "0.0005", "unitSize": 1, "included": 0, "billing": "invoice_item", "itemize": false}]}
    """

  @Test("1,000 orders by day 10 of 30 project 499.00, and the days add up to the usage cost")
  func example() throws {
    let fixture = try RecordingFixture.make(now: "2025-04-10T23:59:59Z")
    try fixture.register("c")
    try fixture.record([
      try fixture.usage("a", "c", "order", "400", at: "2025-04-01T00:00:00Z"),
      try fixture.usage("b", "c", "order", "350", at: "2025-04-04T00:00:00Z"),
      try fixture.usage("d", "c", "order", "250", at: "2025-04-10T23:59:00Z"),
      try fixture.usage("e", "c", "order", "800", at: "2025-03-10T23:59:59.999999Z"),
      try fixture.usage("f", "c", "order", "5000", at: "2025-03-11T00:00:00Z"),
    ])
    let report = try fixture.analytics("c", "2025-04-10")
    #expect(report.progress.elapsedDays == 10 && report.comparedDays == 10)
    #expect(try report.figures("order") == ["1000", "1000", "800", "25"])
    #expect(report.costs.soFar.description == "100.00" && report.costs.trend?.description == "25")
    #expect(report.projectedCost.description == "499.00")
    #expect(
      report.lastDays.map { "\($0.day) \($0.cost) \($0.events)" } == [
        "2025-04-04 35.00 1", "2025-04-05 0.00 0", "2025-04-06 0.00 0", "2025-04-07 0.00 0", "2025-04-08 0.00 0",
        "2025-04-09 0.00 0", "2025-04-10 25.00 1",
      ])
    #expect(report.footnote == nil)
  }

  @Test("each aggregation is compared as it aggregates")
  func aggregations() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-03T12:00:00Z", extraMetrics: Self.extra)
    try fixture.register("c")
    let (one, two, three) = (Self.subject(1), Self.subject(2), Self.subject(3))
    try fixture.record([
      try fixture.usage("s1", "c", "storage", "45", at: "2025-01-01T00:00:00Z"),
      try fixture.usage("s2", "c", "storage", "40", at: "2025-01-02T00:00:00Z"),
      try fixture.usage("s3", "c", "storage", "90", at: "2025-01-04T00:00:00Z"),
      try fixture.usage("s4", "c", "storage", "30", at: "2025-02-01T00:00:00Z"),
      try fixture.usage("s5", "c", "storage", "30", at: "2025-02-02T00:00:00Z"),
      try fixture.usage("l1", "c", "seats", "9", at: "2025-01-01T00:00:00Z"),
      try fixture.usage("l2", "c", "seats", "4", at: "2025-01-03T23:00:00Z"),
      try fixture.usage("l3", "c", "seats", "5", at: "2025-02-02T00:00:00Z"),
      try fixture.usage("c1", "c", "logins", "7", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("c2", "c", "logins", "7", at: "2025-02-03T00:00:00Z"),
      try fixture.usage("c3", "c", "logins", "9", at: "2025-02-03T01:00:00Z"),
      try fixture.usage("u1", "c", "visitors", "1", at: "2025-01-01T00:00:00Z", subject: one),
      try fixture.usage("u2", "c", "visitors", "1", at: "2025-01-03T00:00:00Z", subject: one),
      try fixture.usage("u3", "c", "visitors", "1", at: "2025-01-04T00:00:00Z", subject: three),
      try fixture.usage("u4", "c", "visitors", "1", at: "2025-02-01T00:00:00Z", subject: one),
      try fixture.usage("u5", "c", "visitors", "1", at: "2025-02-02T00:00:00Z", subject: one),
      try fixture.usage("u6", "c", "visitors", "1", at: "2025-02-02T00:00:00Z", subject: two),
    ])
    let report = try fixture.analytics("c", "2025-02-03")
    #expect(try report.figures("storage") == ["30", "30", "45", "-33.33"])
    #expect(try report.figures("seats") == ["5", "5", "4", "25"])
    #expect(try report.figures("logins") == ["2", "2", "1", "100"])
    #expect(try report.figures("visitors") == ["2", "2", "1", "100"])
    #expect(try report.line("visitors").isRated == false)
    // A level costs when it is reached, not each day anew.
    #expect(report.lastDays.map(\.cost.description) == ["0.00", "0.00", "0.00", "0.00", "30.00", "0.00", "0.00"])
  }

  @Test("what was taken back is gone from the days it belonged to, and a metric that ended falls by 100")
  func voids() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-03T12:00:00Z", extraMetrics: Self.extra)
    try fixture.register("c")
    try fixture.record([
      try fixture.usage("a", "c", "order", "10", at: "2025-02-01T00:00:00Z"),
      try fixture.usage("b", "c", "storage", "50", at: "2025-02-01T00:00:00Z"),
      try fixture.usage("d", "c", "storage", "20", at: "2025-02-02T00:00:00Z"),
      try fixture.usage("e", "c", "seats", "3", at: "2025-02-01T00:00:00Z"),
      try fixture.usage("f", "c", "seats", "8", at: "2025-02-02T00:00:00Z"),
      try fixture.usage("g", "c", "invoice", "8", at: "2025-01-02T00:00:00Z"),
    ])
    let day = "2025-02-01T00:00:00Z"
    try fixture.record(
      [],
      voids: [
        try fixture.void("a", "c", at: day), try fixture.void("b", "c", at: day),
        try fixture.void("f", "c", at: "2025-02-02T00:00:00Z"),
      ])
    let report = try fixture.analytics("c", "2025-02-03")
    #expect(!report.lines.contains { $0.metric.text == "order" })
    #expect(try report.figures("storage") == ["20", "20", "0", "100"])
    #expect(try report.figures("seats") == ["3", "3", "0", "100"])
    #expect(try report.figures("invoice") == ["0", "0", "8", "-100"])
  }

  @Test("totals below 0, which only a repair by hand leaves, cost nothing and are compared by their sign")
  func belowZero() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-03T12:00:00Z")
    try fixture.register("c")
    try fixture.record([
      try fixture.usage("a", "c", "order", "10", at: "2025-01-01T00:00:00Z"),
      try fixture.usage("b", "c", "order", "10", at: "2025-02-01T00:00:00Z"),
    ])
    try fixture.connection.execute("UPDATE billing.usage_daily SET quantity = -5 WHERE day = '2025-02-01'")
    let report = try fixture.analytics("c", "2025-02-03")
    #expect(try report.figures("order") == ["-5", "-5", "10", "-150"])
    #expect(report.costs.soFar.description == "0.00" && report.projectedCost.description == "199.00")
  }

  @Test("an unregistered company owes no base fee; one that nobody named is an error")
  func unregistered() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-14T12:00:00Z")
    try fixture.record([try fixture.usage("a", "stray", "order", "70", at: "2025-02-03T00:00:00Z")])
    let report = try fixture.analytics("stray", "2025-02-14")
    #expect(report.projectedCost.description == "14.00")
    #expect(report.footnote?.contains("not registered") == true)
    #expect(throws: UsageReportError.self) { try fixture.analytics("nobody", "2025-02-14") }
  }

  @Test("yen and dinars are rounded to their own minor unit, once")
  func currencies() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-14T12:00:00Z", extraPlans: Self.plans)
    try fixture.register("tokyo", plan: "yen", currency: "jpy")
    try fixture.register("kuwait", plan: "dinar", currency: "kwd")
    try fixture.record([
      try fixture.usage("a", "tokyo", "order", "3", at: "2025-02-03T00:00:00Z"),
      try fixture.usage("b", "kuwait", "order", "3", at: "2025-02-03T00:00:00Z"),
    ])
    let tokyo = try fixture.analytics("tokyo", "2025-02-12")
    #expect(tokyo.costs.soFar.description == "2")
    #expect(tokyo.projectedCost.description == "1005")  // 2 × 28 / 12 is 4.67
    let kuwait = try fixture.analytics("kuwait", "2025-02-12")
    #expect(kuwait.costs.soFar.description == "0.002")
    #expect(kuwait.projectedCost.description == "0.005")
  }

  @Test("costs in two currencies are not compared, quantities are")
  func changedCurrency() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-02T12:00:00Z", extraPlans: Self.plans)
    try fixture.register("c")
    try fixture.periods("c", "2025-01-01", "2025-02-01", plan: "yen", currency: "jpy")
    try fixture.record([
      try fixture.usage("a", "c", "order", "3000", at: "2025-01-01T00:00:00Z"),
      try fixture.usage("d", "c", "order", "3000", at: "2025-01-31T00:00:00Z"),
      try fixture.usage("b", "c", "order", "1500", at: "2025-02-01T00:00:00Z"),
    ])
    let report = try fixture.analytics("c", "2025-02-02")
    #expect(try report.figures("order") == ["1500", "1500", "3000", "-50"])
    #expect(report.costs.trend == nil)
    #expect(report.costs.former.description == "1500" && report.costs.former.currency.code == "jpy")
    let costs = report.lastDays.map { "\($0.cost) \($0.cost.currency)" }
    #expect(costs.suffix(3) == ["1500 jpy", "150.00 usd", "0.00 usd"])
    var json = JSONWriter()
    report.write(to: &json)
    #expect(json.text.contains(#""formerCost":"1500","trend":null"#))
  }

  @Test("a quota is used up from a period's start on, so days cost nothing until it is")
  func quota() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-03T12:00:00Z")
    try fixture.register("c", plan: "business")
    try fixture.record([
      try fixture.usage("a", "c", "assessment", "40", at: "2025-02-01T00:00:00Z"),
      try fixture.usage("b", "c", "assessment", "20", at: "2025-02-02T00:00:00Z"),
    ])
    let report = try fixture.analytics("c", "2025-02-03")
    #expect(report.costs.soFar.description == "100.00")
    #expect(report.lastDays.map(\.cost.description).suffix(3) == ["0.00", "100.00", "0.00"])
  }

  @Test("usage and analytics answer without the ledger's records: they read totals")
  func totalsOnly() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-03T12:00:00Z", extraMetrics: Self.extra)
    try fixture.register("c")
    try fixture.record([
      try fixture.usage("a", "c", "order", "10", at: "2025-02-01T00:00:00Z"),
      try fixture.usage("b", "c", "visitors", "1", at: "2025-02-01T00:00:00Z", subject: Self.subject(1)),
    ])
    try fixture.connection.execute("DROP VIEW billing.usage_records; TRUNCATE billing.ledger")
    #expect(try fixture.analytics("c", "2025-02-03").lines.count == 2)
    let day = try #require(CivilDate("2025-02-03"))
    let range = try #require(BillingPeriod(start: day.adding(days: -9), end: day))
    for span in [UsageQuestion.Span.period(containing: day), .days(range)] {
      let question = UsageQuestion(company: try #require(CompanyID("c")), span: span)
      #expect(try UsageReporter(fixture.connection).report(question, today: day).lines.count == 2)
    }
  }

  private static func subject(_ number: UInt8) -> Pseudonyms {
    Pseudonyms(newest: Pseudonym(keyID: 1, hash: Array(repeating: number, count: 32)))
  }
}
