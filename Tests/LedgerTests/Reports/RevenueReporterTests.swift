import Billing
import JSON
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("Revenue", .enabled(if: TestDatabase.isAvailable))
struct RevenueReporterTests {
  private func report(
    _ fixture: RecordingFixture, _ company: String? = nil, from: String? = nil, to: String? = nil
  ) throws -> RevenueReport {
    var days: BillingPeriod?
    if let from, let to {
      let (start, end) = try (#require(CivilDate(from)), #require(CivilDate(to)))
      days = BillingPeriod(start: start, end: end)
    }
    return try RevenueReporter(fixture.connection).report(
      company.map { try #require(CompanyID($0)) }, days: days, today: fixture.now.date)
  }

  private func text(_ report: RevenueReport) -> [String] {
    report.sections.flatMap { section in
      section.lines.map { line in
        let amounts = RevenueReport.State.allCases.compactMap { state in line.amounts[state].map { "\(state) \($0)" } }
        let category = [line.category.name, line.category.metric?.text].compactMap(\.self).joined(separator: " ")
        return "\(section.currency) \(line.month.yearAndMonth) \(category): \(amounts.joined(separator: ", "))"
      }
    }
  }

  /// Two companies with invoices of January, one of them in yen.
  private func fixture() throws -> RecordingFixture {
    let fixture = try RecordingFixture.make()
    let rows = InvoiceRows(connection: fixture.connection)
    try fixture.register("acme")
    try fixture.register("tokyo")
    try rows.invoice(
      "acme", 1, state: "paid", "2025-01-01", "2025-02-01",
      lines: [("base_fee", nil, 19900), ("usage", "order", 12500), ("late", "order", -100), ("charge", nil, 5000)])
    try rows.invoice("acme", 2, state: "void", "2024-12-15", "2025-01-01", lines: [("usage", "order", 300)])
    try rows.invoice(
      "tokyo", 3, state: "open", "2025-01-31", "2025-02-28", currency: "jpy", lines: [("usage", "order", 1200)])
    return fixture
  }

  @Test("by currency, month and category, states apart, currencies never added up")
  func invoiced() throws {
    let report = try report(fixture())
    #expect(
      text(report) == [
        "jpy 2025-01 usage order: open 1200", "usd 2024-12 usage order: void 3.00",
        "usd 2025-01 base_fee: paid 199.00", "usd 2025-01 usage order: paid 125.00",
        "usd 2025-01 late order: paid -1.00", "usd 2025-01 charge: paid 50.00",
      ])
    #expect(report.sections.last?.totals[.paid]?.description == "373.00")
    #expect(report.sections.last?.totals[.void]?.description == "3.00")
    var json = JSONWriter()
    report.write(to: &json)
    #expect(json.text.contains(#""companyId":null,"from":null,"to":null,"currencies":[{"currency":"jpy""#))
    #expect(json.text.contains(#"{"month":"2025-01","category":"late","metric":"order","paid":"-1.00"}"#))
  }

  @Test("one company's, and periods that begin in a range of days")
  func narrowed() throws {
    let fixture = try fixture()
    #expect(try report(fixture, "tokyo").sections.map(\.currency.code) == ["jpy"])
    let range = try report(fixture, from: "2025-01-02", to: "2025-01-31")
    #expect(range.sections.isEmpty)
    let month = try report(fixture, "acme", from: "2025-01-01", to: "2025-02-01")
    #expect(month.sections.first?.lines.count == 4)
    #expect(throws: UsageReportError.self) { try report(fixture, "nobody") }
  }

  @Test("what is not billed yet: usage, late usage, charges, and fees of periods that have begun; nobody unregistered")
  func unbilled() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("acme")
    try fixture.register("quiet", plan: "business")
    try fixture.periods("quiet", "2025-02-01", "2025-03-01", plan: "business")
    try fixture.record([
      try fixture.usage("a", "acme", "order", "1000", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("b", "acme", "order", "500", at: "2025-02-03T00:00:00Z"),
      try fixture.usage("c", "acme", "assessment", "500", at: "2025-02-03T00:00:00Z"),
      try fixture.usage("s", "stray", "order", "77777", at: "2025-02-03T00:00:00Z"),
    ])
    // Made ahead of time: owes nothing yet.
    try fixture.periods("acme", "2025-03-01", "2025-04-01")
    try fixture.connection.execute(
      """
      INSERT INTO billing.charges (company_id, surrogate, kind, currency, minor_units, occurred_at)
      VALUES ('acme', gen_random_uuid(), 'credit', 'usd', -2500, '2025-01-31T23:59:59Z')
      """)
    let rows = InvoiceRows(connection: fixture.connection)
    try rows.close("acme", "2025-01-01")
    try rows.charge("acme", "order", "2025-01-01", quantity: "900", amount: 9000)
    #expect(
      try text(report(fixture)) == [
        "usd 2025-01 late order: unbilled 10.00", "usd 2025-01 charge: unbilled -25.00",
        "usd 2025-02 base_fee: unbilled 199.00", "usd 2025-02 usage order: unbilled 50.00",
      ])
    #expect(try report(fixture, "stray").sections.isEmpty)
    #expect(try report(fixture, "quiet").sections.isEmpty)
    #expect(
      try text(report(fixture, from: "2025-02-01", to: "2025-03-01")) == [
        "usd 2025-02 base_fee: unbilled 199.00", "usd 2025-02 usage order: unbilled 50.00",
      ])
  }

  @Test("the fee of a period in which a company left is for its days, and none is left after it")
  func left() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("acme")
    try fixture.periods("acme", "2025-01-01", "2025-02-01", "2025-03-01")
    try fixture.connection.execute("UPDATE billing.companies SET left_on = '2025-01-16'")
    #expect(try text(report(fixture)) == ["usd 2025-01 base_fee: unbilled 96.29"])
  }

  @Test("a charge that stands on a line is not unbilled any more")
  func chargeOnLine() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("acme")
    try fixture.connection.execute(
      """
      INSERT INTO billing.charges (company_id, surrogate, charge_number, kind, currency, minor_units, occurred_at)
      OVERRIDING SYSTEM VALUE
      VALUES ('acme', gen_random_uuid(), 100, 'setup_fee', 'usd', 5000, '2025-01-31T23:59:59Z'),
        ('acme', gen_random_uuid(), 500, 'setup_fee', 'usd', 700, '2025-01-31T23:59:59Z')
      """)
    try InvoiceRows(connection: fixture.connection).invoice(
      "acme", 1, state: "draft", "2025-01-01", "2025-02-01", lines: [("charge", nil, 5000)])
    #expect(try text(report(fixture)) == ["usd 2025-01 charge: unbilled 7.00, draft 50.00"])
  }

  @Test("more companies than are read at once are all there")
  func pages() throws {
    let fixture = try RecordingFixture.make()
    try fixture.connection.execute(
      """
      INSERT INTO billing.companies (company_id, registered_at, plan_id, currency, version)
      SELECT 'c' || n, now(), 'standard', 'usd', 1 FROM generate_series(1, 2000) n;
      INSERT INTO billing.billing_periods (company_id, period_start, period_end, plan_id, currency)
      SELECT 'c' || n, '2025-02-01', '2025-03-01', 'standard', 'usd' FROM generate_series(1, 2000) n;
      INSERT INTO billing.usage_periods (company_id, metric, period_start, aggregation, quantity, events)
      SELECT 'c' || n, 'order', '2025-02-01', 's', 10, 1 FROM generate_series(1, 2000) n
      """)
    #expect(
      try text(report(fixture)) == [
        "usd 2025-02 base_fee: unbilled 398000.00", "usd 2025-02 usage order: unbilled 2000.00",
      ])
  }
}
