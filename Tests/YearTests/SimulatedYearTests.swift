import Glibc
import Invoicing
import Ledger
import TestSupport
import Testing
import YearReference

@Suite("A simulated year", .enabled(if: TestDatabase.isAvailable))
struct SimulatedYearTests {
  /// `YEAR_SEED`: which year. `YEAR_SEEDS`: so many years, one after the other, from that one on.
  static let seeds: [UInt64] = {
    let first = number("YEAR_SEED") ?? 1
    return (0..<(number("YEAR_SEEDS") ?? 1)).map { UInt64(first + $0) }
  }()

  private static func number(_ variable: String) -> Int? { getenv(variable).flatMap { Int(String(cString: $0)) } }

  @Test("Every company's lines are what the slow computation makes of the published messages", arguments: seeds)
  func year(seed: UInt64) throws {
    let clock = ContinuousClock()
    let year = try Year(companies: Self.number("YEAR_COMPANIES") ?? 200, seed: seed)
    let time = try clock.measure { try year.run() }
    print(
      "seed \(seed): \(year.plot.publications.count) messages, \(year.steps.count) steps, \(year.deaths) deaths, \(time)"
    )
    print(year.times)
    print(
      "acts", year.schedule.acts.count, "meter events", year.stripe.simulator.effects.meterEvents.count, "items",
      year.stripe.simulator.effects.invoiceItems.count)
    let expected = Books.invoices(year.steps, catalog: YearCatalog.first)
    print(
      "slow: \(expected.values.reduce(0) { $0 + $1.count }) invoices, \(expected.values.joined().reduce(0) { $0 + $1.lines.count }) lines"
    )
    let comparison = InvoiceComparison(of: try BilledInvoices.read(year.eye), with: expected)
    print(comparison.differences.count, "differences")
    for difference in comparison.differences.prefix(30) { print(difference) }
    #expect(comparison.differences.isEmpty)
    let stripe = try StripeCheck(year.stripe.simulator, year.eye)
    print("Stripe: \(stripe.effects) effects, \(stripe.invoices) invoices of ours, \(stripe.problems.count) problems")
    for problem in stripe.problems.prefix(40) { print(problem) }
    print(
      try clock.measure {
        let report = try Verification(
          .forLedger(year.database.configuration), company: nil, isFull: true, parts: [ChainVerification()]
        ).run()
        print("verify:", report.companies, report.records, report.differences.count)
        for difference in report.differences.prefix(30) { print(difference) }
      })
    print(
      try clock.measure {
        let explainer = LineExplainer(try .forLedger(year.database.configuration))
        var wrong = 0
        let lines = try year.eye.query("SELECT line_no FROM billing.invoice_lines ORDER BY 1")
        for row in lines {
          let explanation = try #require(try explainer.explain(try row.decode(at: 0), limit: 0))
          guard !explanation.addsUp else { continue }
          wrong += 1
          if wrong < 20 { print("line", explanation.line, explanation.disagreements) }
        }
        print("explained", lines.count, "wrong", wrong)
      })
  }
}
