import Glibc
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
  }
}
