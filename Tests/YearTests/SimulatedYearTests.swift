import Glibc
import TestSupport
import Testing
import YearReference

@Suite("A simulated year", .enabled(if: TestDatabase.isAvailable))
struct SimulatedYearTests {
  @Test("Every company's lines are what the slow computation makes of the published messages")
  func year() throws {
    let seed: UInt64 = 1
    let clock = ContinuousClock()
    let year = try Year(companies: 200, seed: seed)
    let time = try clock.measure { try year.run() }
    print(
      "seed \(seed): \(year.plot.publications.count) messages, \(year.steps.count) steps, \(year.deaths) deaths, \(time)"
    )
    print(year.times)
    print("acts", year.schedule.acts.count, "meter events", year.stripe.simulator.effects.meterEvents.count, "items", year.stripe.simulator.effects.invoiceItems.count)
    var expected: [String: [ExpectedInvoice]] = [:]
    let slow = clock.measure { expected = Books.invoices(year.steps, catalog: YearCatalog.first) }
    print(
      "slow: \(expected.values.reduce(0) { $0 + $1.count }) invoices, \(expected.values.joined().reduce(0) { $0 + $1.lines.count }) lines, \(slow)"
    )
  }
}
