import Billing
import Testing

@testable import Workers

@Suite("Balances of meters")
struct MeterBalanceTests {
  private func balance(
    total: Int, reported: Int, itemized: Int = 0, waiting: Int = 0, atStripe: Int, discarded: Int = 0
  ) throws -> MeterBalance {
    let start = try #require(CivilDate("2025-01-01"))
    return MeterBalance(
      company: try #require(CompanyID("acme")), metric: try #require(MetricName("order")),
      period: try #require(BillingPeriod(start: start, end: start.adding(days: 31))), total: Quantity(total),
      reported: Quantity(reported), itemized: Quantity(itemized), waiting: Quantity(waiting),
      atStripe: Quantity(atStripe), discarded: Quantity(discarded), justDelivered: .zero)
  }

  @Test("every unit in exactly one place is no difference, corrections downwards included")
  func agreeing() throws {
    let balances = [
      try balance(total: 10, reported: 10, atStripe: 10), try balance(total: 10, reported: 4, atStripe: 4),
      try balance(total: 10, reported: 6, itemized: 4, waiting: 2, atStripe: 4),
      // Voided after it was reported: the next report is negative.
      try balance(total: 3, reported: 10, atStripe: 10), try balance(total: 3, reported: 3, waiting: -7, atStripe: 10),
      try balance(total: 0, reported: 0, atStripe: 0),
    ]
    #expect(balances.map(\.difference) == balances.map { _ in .zero })
    #expect(balances[1].notReported == Quantity(6))
    #expect(balances[3].notReported == Quantity(-7))
    #expect(balances.map(\.isEmpty) == [false, false, false, false, false, true])
  }

  @Test("each place that is wrong by one shows as one, and what was discarded hides nothing")
  func differing() throws {
    #expect(try balance(total: 10, reported: 10, atStripe: 9).difference == Quantity(1))
    #expect(try balance(total: 10, reported: 10, atStripe: 11).difference == Quantity(-1))
    #expect(try balance(total: 10, reported: 10, waiting: 1, atStripe: 10).difference == Quantity(-1))
    #expect(try balance(total: 10, reported: 9, atStripe: 10).difference == Quantity(-1))
    #expect(try balance(total: 10, reported: 10, atStripe: 9, discarded: 1).difference == Quantity(1))
    #expect(try balance(total: 0, reported: 0, atStripe: 1).isEmpty == false)
  }
}
