import Testing

@testable import Billing

@Suite("Projections")
struct ProjectionTests {
  private func projection(
    _ usage: String, _ code: String = "usd", through day: String, of bounds: String, fee: String
  ) throws -> String {
    let currency = try currency(code)
    let progress = try #require(PeriodProgress(period(bounds), through: date(day)))
    return try Projection.cost(
      usage: #require(Amount(usage, currency: currency)), over: progress,
      baseFee: #require(Amount(fee, currency: currency))
    ).description
  }

  @Test("100.00 by day 10 of 30, with a base fee of 199.00, projects 499.00")
  func example() throws {
    let projected = try projection("100.00", through: "2025-04-10", of: "2025-04-01/2025-05-01", fee: "199.00")
    #expect(projected == "499.00")
  }

  @Test(
    "elapsed days are whole days, the one looked at included, from the first to the last",
    arguments: [
      ("2025-01-01", "310.00"), ("2025-01-02", "155.00"), ("2025-01-30", "10.33"), ("2025-01-31", "10.00"),
    ])
  func elapsed(_ day: String, expected: String) throws {
    #expect(try projection("10.00", through: day, of: "2025-01-01/2025-02-01", fee: "0.00") == expected)
  }

  @Test("February is as long as it is, and so is a period between two anchors")
  func lengths() throws {
    #expect(try projection("10.00", through: "2025-02-14", of: "2025-02-01/2025-03-01", fee: "0.00") == "20.00")
    #expect(try projection("10.00", through: "2024-02-29", of: "2024-02-01/2024-03-01", fee: "0.00") == "10.00")
    #expect(try projection("1.00", through: "2025-02-27", of: "2025-01-31/2025-02-28", fee: "0.00") == "1.00")
    #expect(try projection("1.00", through: "2025-02-03", of: "2025-02-03/2025-02-04", fee: "2.50") == "3.50")
  }

  @Test("a day outside the period has no progress in it, the day on which it ends neither")
  func outside() throws {
    #expect(PeriodProgress(try period("2025-01-31/2025-02-28"), through: try date("2025-02-28")) == nil)
    #expect(PeriodProgress(try period("2025-01-31/2025-02-28"), through: try date("2025-01-30")) == nil)
  }

  @Test(
    "rounded once, half away from zero, to the currency's minor unit",
    arguments: [
      ("0.01", "usd", "2025-04-20", "0.02"), ("-0.01", "usd", "2025-04-20", "-0.02"),
      ("0.01", "usd", "2025-04-21", "0.01"), ("1", "jpy", "2025-04-20", "2"), ("100", "jpy", "2025-04-07", "429"),
      ("0.001", "kwd", "2025-04-12", "0.003"),
    ])
  func rounding(_ usage: String, _ code: String, _ day: String, expected: String) throws {
    let fee = try Amount.zero(currency(code)).description
    #expect(try projection(usage, code, through: day, of: "2025-04-01/2025-05-01", fee: fee) == expected)
  }

  @Test("sums beyond an amount, and another currency's base fee, are errors")
  func errors() throws {
    let progress = try #require(PeriodProgress(period("2025-04-01/2025-05-01"), through: date("2025-04-01")))
    let (usd, eur) = (try currency("usd"), try currency("eur"))
    #expect(throws: MoneyError.overflow) {
      try Projection.cost(usage: Amount(minorUnits: .max, currency: usd), over: progress, baseFee: .zero(usd))
    }
    #expect(throws: MoneyError.currencyMismatch(usd, eur)) {
      try Projection.cost(usage: .zero(usd), over: progress, baseFee: .zero(eur))
    }
  }

  @Test(
    "as many days are compared as have elapsed, but no more than the former period had",
    arguments: [
      ("2025-03-01", 1), ("2025-03-28", 28), ("2025-03-29", 28), ("2025-03-31", 28),
    ])
  func compared(_ day: String, expected: Int) throws {
    let progress = try #require(PeriodProgress(period("2025-03-01/2025-04-01"), through: date(day)))
    #expect(progress.comparedDays(with: try period("2025-02-01/2025-03-01")) == expected)
    #expect(progress.comparedDays(with: try period("2025-01-29/2025-03-01")) == progress.elapsedDays)
  }
}
