import Testing

@testable import StripeSimulator

@Suite("Amounts of decimals")
struct DecimalMoneyTests {
  @Test(
    "a product is rounded once, half away from zero",
    arguments: [
      ("1250", "10", 12_500), ("50000", "0.001", 50), ("499", "0.001", 0), ("500", "0.001", 1), ("1", "0.5", 1),
      ("-1", "0.5", -1), ("1", "-0.5", -1), ("-3", "-0.5", 2), ("1", "0.499999999999", 0), ("2.5", "1", 3),
      ("0.000000000001", "500000000000", 1), ("3", "33.333333333333", 100), ("0", "999", 0),
    ])
  func products(quantity: String, unitAmount: String, amount: Int) throws {
    #expect(try decimal(quantity).amount(times: decimal(unitAmount)) == amount)
  }

  @Test("a product beyond 128 bits is still exact, and an absurd one is cut down instead of trapping")
  func wide() throws {
    let quantity = try decimal("999999999999999")
    let tiny = try decimal("0.000999999999999")
    #expect(quantity.amount(times: tiny) == 999_999_999_999)
    #expect(quantity.amount(times: quantity) == Decimal.largestAmount)
    #expect((-quantity).amount(times: quantity) == -Decimal.largestAmount)
  }

  @Test("a share of an amount is rounded half away from zero, below zero too")
  func shares() {
    #expect(Decimal(19_900).share(17, of: 31) == 10_913)
    #expect(Decimal(1).share(1, of: 2) == 1)
    #expect(Decimal(-1).share(1, of: 2) == -1)
    #expect(Decimal(100).share(0, of: 31) == 0)
  }

  @Test("packages are whole ones, up or down, also of a fraction more")
  func packages() throws {
    #expect(try decimal("100").packages(of: 100, rounding: .up) == Decimal(1))
    #expect(try decimal("100.000000001").packages(of: 100, rounding: .up) == Decimal(2))
    #expect(try decimal("199.9").packages(of: 100, rounding: .down) == Decimal(1))
    #expect(try decimal("0").packages(of: 100, rounding: .up) == .zero)
  }

  @Test("a quantity in whole numbers is cut off, not rounded")
  func truncation() throws {
    #expect(try decimal("2.999").truncated == 2)
    #expect(try decimal("2.5").whole == nil)
    #expect(try decimal("-7").whole == -7)
  }
}

func decimal(_ text: String) throws -> Decimal { try #require(Decimal(text)) }
