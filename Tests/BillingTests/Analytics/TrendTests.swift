import Testing

@testable import Billing

@Suite("Trends")
struct TrendTests {
  @Test(
    "the change over the former figure, in percent; from 0 to something 100, from 0 to 0 none",
    arguments: [
      ("0", "5", "100"), ("0", "0", "0"), ("200", "150", "-25"), ("150", "200", "33.33"), ("5", "0", "-100"),
      ("5", "5", "0"), ("0", "0.000000001", "100"), ("1", "3.5", "250"),
      // Below 0, after corrections, the sign is the change's all the same.
      ("0", "-5", "-100"), ("-10", "5", "150"), ("-10", "-15", "-50"), ("10", "-5", "-150"), ("-5", "0", "100"),
    ])
  func percent(_ former: String, _ current: String, expected: String) throws {
    #expect(try Trend(from: quantity(former), to: quantity(current)).description == expected)
  }

  @Test(
    "hundredths are rounded once, half away from zero",
    arguments: [
      ("20000", "20001", "0.01"), ("20000", "19999", "-0.01"), ("20001", "20002", "0"), ("20001", "20000", "0"),
      ("3", "5", "66.67"), ("3", "1", "-66.67"), ("-20000", "-20001", "-0.01"),
    ])
  func rounding(_ former: String, _ current: String, expected: String) throws {
    #expect(try Trend(from: quantity(former), to: quantity(current)).description == expected)
  }

  @Test("amounts are compared in one currency only, whatever its minor unit")
  func amounts() throws {
    func amount(_ text: String, _ code: String) throws -> Amount {
      try #require(Amount(text, currency: try currency(code)))
    }
    #expect(try Trend(from: amount("1200", "jpy"), to: amount("1201", "jpy")).description == "0.08")
    #expect(try Trend(from: amount("0.001", "kwd"), to: amount("0.002", "kwd")).description == "100")
    #expect(throws: MoneyError.self) { try Trend(from: amount("1.00", "usd"), to: amount("1.00", "eur")) }
  }

  @Test("figures beyond what can be computed are an error, never a trap")
  func overflow() throws {
    #expect(try Trend(from: Quantity(units: .min), to: Quantity(units: .max)).description == "200")
    #expect(throws: MoneyError.overflow) { try Trend(from: Quantity(units: 1), to: Quantity(units: .max)) }
    #expect(try Trend(from: Quantity(units: .max), to: Quantity(units: .max)).hundredths == 0)
    #expect(try Trend(from: Quantity(units: .min), to: .zero).description == "100")
  }
}
