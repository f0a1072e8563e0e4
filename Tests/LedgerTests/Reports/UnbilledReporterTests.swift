import Billing
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("Unbilled usage", .enabled(if: TestDatabase.isAvailable))
struct UnbilledReporterTests {
  private func report(_ fixture: RecordingFixture, _ company: String) throws -> UnbilledReport {
    try UnbilledReporter(fixture.connection).report(#require(CompanyID(company)), today: fixture.now.date)
  }

  private func text(_ report: UnbilledReport) -> [String] {
    report.lines.map {
      "\($0.period.start) \($0.state) \($0.metric) \($0.quantity) of \($0.total): \($0.amount) \($0.amount.currency)"
    }
  }

  @Test("open, ended and closed periods, each with what its next line would say")
  func states() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("c")
    try fixture.record([
      try fixture.usage("a", "c", "order", "100", at: "2024-12-03T00:00:00Z"),
      try fixture.usage("b", "c", "invoice", "10", at: "2024-12-03T00:00:00Z"),
      try fixture.usage("d", "c", "order", "200", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("e", "c", "order", "300", at: "2025-02-03T00:00:00Z"),
      try fixture.usage("f", "c", "assessment", "300", at: "2025-02-03T00:00:00Z"),
    ])
    let rows = InvoiceRows(connection: fixture.connection)
    try rows.close("c", "2024-12-01")
    try rows.charge("c", "order", "2024-12-01", quantity: "70", amount: 700)
    try rows.charge("c", "invoice", "2024-12-01", quantity: "10", amount: 50)
    let report = try report(fixture, "c")
    #expect(
      text(report) == [
        "2024-12-01 late order 30 of 100: 3.00 usd", "2025-01-01 ended order 200 of 200: 20.00 usd",
        "2025-02-01 open order 300 of 300: 30.00 usd",
      ])
    #expect(report.totals.map(\.description) == ["53.00"])
  }

  @Test("charged usage that was taken back is owed back, to 0 or to what is left")
  func takenBack() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("c")
    try fixture.record([
      try fixture.usage("a", "c", "order", "60", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("b", "c", "order", "40", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("d", "c", "invoice", "10", at: "2025-01-03T00:00:00Z"),
    ])
    let rows = InvoiceRows(connection: fixture.connection)
    try rows.close("c", "2025-01-01")
    try rows.charge("c", "order", "2025-01-01", quantity: "100", amount: 1000)
    try rows.charge("c", "invoice", "2025-01-01", quantity: "10", amount: 50)
    #expect(try report(fixture, "c").lines.isEmpty)
    let day = "2025-01-03T00:00:00Z"
    try fixture.record([], voids: [try fixture.void("b", "c", at: day), try fixture.void("d", "c", at: day)])
    #expect(
      try text(report(fixture, "c")) == [
        "2025-01-01 late invoice -10 of 0: -0.50 usd", "2025-01-01 late order -40 of 60: -4.00 usd",
      ])
  }

  @Test("the quota is a period's, however much of it is charged already")
  func quota() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("office", plan: "business")
    try fixture.record([
      try fixture.usage("a", "office", "assessment", "40", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("b", "office", "assessment", "20", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("c", "office", "assessment", "40", at: "2025-02-03T00:00:00Z"),
    ])
    let rows = InvoiceRows(connection: fixture.connection)
    try rows.close("office", "2025-01-01")
    try rows.charge("office", "assessment", "2025-01-01", quantity: "40", amount: 0)
    #expect(
      try text(report(fixture, "office")) == [
        "2025-01-01 late assessment 20 of 60: 100.00 usd", "2025-02-01 open assessment 40 of 40: 0.00 usd",
      ])
  }

  @Test("periods in two currencies have a sum each, rounded to their own minor units")
  func currencies() throws {
    let plans = """
      {"id": "yen", "baseFee": "0", "currency": "jpy", "default": false, "rates": [{"metric": "order", \
      "model": "per_unit", "unitPrice": "0.5", "unitSize": 1, "included": 0, "billing": "invoice_item", "itemize": false}, \
      {"metric": "invoice", "model": "per_unit", "unitPrice": "5", "unitSize": 1, "included": 0, "billing": "none", \
      "itemize": false}]}
      """
    let fixture = try RecordingFixture.make(extraPlans: plans)
    try fixture.register("c")
    try fixture.periods("c", "2025-01-01", "2025-02-01", plan: "yen", currency: "jpy")
    try fixture.record([
      try fixture.usage("a", "c", "order", "3", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("b", "c", "invoice", "3", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("d", "c", "order", "3", at: "2025-02-03T00:00:00Z"),
    ])
    let report = try report(fixture, "c")
    // No line is ever written of a rate that is never billed.
    #expect(
      text(report) == ["2025-01-01 ended order 3 of 3: 2 jpy", "2025-02-01 open order 3 of 3: 0.30 usd"])
    #expect(report.totals.map { "\($0) \($0.currency)" } == ["2 jpy", "0.30 usd"])
  }

  @Test("an unregistered company is priced by the default plan; one that nobody named is an error")
  func unregistered() throws {
    let fixture = try RecordingFixture.make()
    try fixture.record([try fixture.usage("a", "stray", "order", "5", at: "2025-02-03T00:00:00Z")])
    let report = try report(fixture, "stray")
    #expect(!report.isRegistered && report.totals.map(\.description) == ["0.50"])
    #expect(throws: UsageReportError.self) { try self.report(fixture, "nobody") }
  }
}
