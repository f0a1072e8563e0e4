import Glibc
import Invoicing
import Ledger
import TestSupport
import Testing
import YearReference

@Suite("A simulated year", .enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct SimulatedYearTests {
  /// `YEAR_SEED`: which year. `YEAR_SEEDS`: so many years, one after the other, from that one on.
  static let seeds: [UInt64] = {
    let first = number("YEAR_SEED") ?? 1
    return (0..<max(1, number("YEAR_SEEDS") ?? 1)).map { UInt64(max(0, first)) + UInt64($0) }
  }()

  private static func number(_ variable: String) -> Int? { getenv(variable).flatMap { Int(String(cString: $0)) } }

  /// Of differences so many are shown: the first ones are enough to go by.
  private static let shown = 12

  @Test(
    "Lines are what the slow computation makes of the messages, explained, verified, and once at Stripe",
    arguments: seeds)
  func year(seed: UInt64) throws {
    let year = try Year(companies: max(1, Self.number("YEAR_COMPANIES") ?? 200), seed: seed)
    try year.run()
    let expected = try Books.invoices(year.steps, catalog: YearCatalog.first)
    let comparison = InvoiceComparison(of: try BilledInvoices.read(year.eye), with: expected)
    let stripe = try StripeCheck(year.stripe.simulator, year.eye)
    print(
      """
      YEAR_SEED=\(seed): \(year.plot.publications.count) messages, \(year.deaths) deaths, \(comparison.lines) lines, \
      \(stripe.effects) effects at Stripe, \(stripe.subscribed) subscribed customers, \(stripe.drafts) of their invoices \
      line for line
      """)
    expectNone(comparison.differences, seed)
    expectNone(stripe.problems, seed)
    // It has to have been a year.
    #expect(comparison.lines > year.plot.companies.count * 10)
    #expect(year.deaths > 10)
    #expect(stripe.subscribed == 0 || stripe.drafts > stripe.subscribed)
    try expectVerified(year, seed)
    try expectExplained(year, seed)
  }

  private func expectNone(_ differences: [String], _ seed: UInt64) {
    for difference in differences.prefix(Self.shown) { Issue.record("YEAR_SEED=\(seed): \(difference)") }
    #expect(differences.isEmpty)
  }

  private func expectVerified(_ year: Year, _ seed: UInt64) throws {
    let connection = try year.database.connect()
    let report = try Verification(connection, isFull: true, parts: [ChainVerification()]).run()
    expectNone(report.differences.map { "\($0)" }, seed)
  }

  private func expectExplained(_ year: Year, _ seed: UInt64) throws {
    let explainer = LineExplainer(try .forLedger(year.database.configuration))
    var wrong: [String] = []
    for row in try year.eye.query("SELECT line_no FROM billing.invoice_lines ORDER BY line_no") {
      let explanation = try #require(try explainer.explain(try row.decode(at: 0), limit: 0))
      if !explanation.addsUp { wrong.append("line \(explanation.line): \(explanation.disagreements)") }
    }
    expectNone(wrong, seed)
  }
}
