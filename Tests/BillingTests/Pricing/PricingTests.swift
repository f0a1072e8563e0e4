import Testing

@testable import Billing

@Suite("Pricing")
struct PricingTests {
  @Test(
    "totals cost what the worked examples say",
    arguments: [
      ("1250", "0.10", "1", "0", "125.00"), ("980", "0.05", "1", "0", "49.00"), ("45", "1.00", "1", "0", "45.00"),
      ("50000", "0.01", "1000", "0", "0.50"), ("120", "0.50", "1", "0", "60.00"), ("5", "0.10", "1", "0", "0.50"),
      ("10", "0.10", "1", "0", "1.00"), ("1", "0.01", "1000", "0", "0.00"), ("8000", "0.10", "1", "0", "800.00"),
      ("50", "10.00", "1", "50", "0.00"), ("51", "10.00", "1", "50", "10.00"), ("60", "10.00", "1", "50", "100.00"),
      ("3", "2.00", "1", "0", "6.00"), ("2", "7.00", "1", "0", "14.00"), ("15", "2.00", "1", "0", "30.00"),
    ])
  func workedExamples(total: String, unitPrice: String, unitSize: String, included: String, expected: String) throws {
    let priced = try Pricing.cost(
      of: quantity(total), at: effectiveRate(unitPrice, per: unitSize, included: included), currency: currency("usd"))
    #expect(priced.amount.description == expected)
  }

  @Test(
    "a call costs at least half a minute",
    arguments: [("15", "0.05"), ("0", "0.05"), ("90", "0.15"), ("120", "0.20"), ("1800", "3.00")])
  func calls(seconds: String, expected: String) throws {
    let metric = Metric(
      name: try metricName("call_seconds"), unit: "second", source: .message, aggregation: .sum,
      minimumPerEvent: Quantity(30))
    let priced = try Pricing.cost(
      of: metric.counted(quantity(seconds)), at: effectiveRate("0.10", per: "60"), currency: currency("usd"))
    #expect(priced.amount.description == expected)
  }

  @Test("a single call is not rounded before calls are summed")
  func summedBeforeRounding() throws {
    let rate = try effectiveRate("0.01", per: "1000")
    let usd = try currency("usd")
    #expect(try Pricing.cost(of: Quantity(499), at: rate, currency: usd).amount.description == "0.00")
    #expect(try Pricing.cost(of: Quantity(500), at: rate, currency: usd).amount.description == "0.01")
  }

  @Test("the quota is taken off once, and what is left of it is no credit")
  func quota() throws {
    let rate = try effectiveRate("10.00", included: "50")
    let usd = try currency("usd")
    #expect(try Pricing.cost(of: Quantity(60), at: rate, currency: usd).billable == Quantity(10))
    #expect(try Pricing.cost(of: Quantity(20), at: rate, currency: usd).billable == .zero)
    #expect(try Pricing.cost(of: Quantity(-5), at: rate, currency: usd).amount == .zero(usd))
  }

  @Test("currencies without and with three decimals are priced in theirs")
  func otherCurrencies() throws {
    let rate = try effectiveRate("0.1")
    #expect(try Pricing.cost(of: Quantity(15), at: rate, currency: currency("jpy")).amount.description == "2")
    #expect(try Pricing.cost(of: quantity("0.015"), at: rate, currency: currency("kwd")).amount.description == "0.002")
  }

  @Test("a rate that no checked catalog contains is an error, not a trap")
  func unchecked() throws {
    let usd = try currency("usd")
    let one = try price("1")
    let negativeQuota = EffectiveRate.Pricing(model: .perUnit(one), included: Quantity(units: .min))
    #expect(throws: MoneyError.overflow) {
      try Pricing.cost(of: Quantity(units: .max), at: effectiveRate(negativeQuota), currency: usd)
    }
    for model in [PriceModel.perUnit(one), .package(one), .graduated(try tiers("1")), .volume(try tiers("1"))] {
      #expect(throws: MoneyError.unitSizeNotPositive) {
        try Pricing.cost(of: Quantity(1), at: effectiveRate(model, per: "0"), currency: usd)
      }
    }
    for model in [PriceModel.graduated([]), .volume([]), .graduated(try tiers("5: 1")), .volume(try tiers("5: 1"))] {
      #expect(throws: MoneyError.noTier) {
        try Pricing.cost(of: Quantity(6), at: effectiveRate(model), currency: usd)
      }
    }
  }

  @Test("the greatest quantities and prices are priced, and what is beyond an amount is an overflow by name")
  func extremes() throws {
    let usd = try currency("usd")
    let most = try quantity("999999999999999.999999999")
    let dearest = try price("999999999999999.999999999999")
    let tier = PriceTier(upTo: nil, unitPrice: dearest)
    for (model, expected) in [
      (PriceModel.perUnit(dearest), "999999999999999999999998999000.00"),
      (.package(dearest), "999999999999999999999999999000.00"),
      (.graduated([tier]), "999999999999999999999998999000.00"),
      (.volume([tier]), "999999999999999999999998999000.00"),
    ] {
      let amount = try Pricing.cost(of: most, at: effectiveRate(model), currency: usd).amount
      #expect(amount.description == expected)
      #expect(throws: MoneyError.overflow) {
        try Pricing.cost(of: Quantity(units: .max), at: effectiveRate(model, per: "0.000000001"), currency: usd)
      }
      #expect(throws: MoneyError.overflow) {
        try Pricing.difference(
          from: .zero, to: Quantity(units: .max), at: effectiveRate(model, per: "0.000000001"), currency: usd)
      }
    }
    let packages = EffectiveRate.Pricing(model: .package(try price("1")), unitSize: Quantity(units: .max - 1))
    #expect(throws: MoneyError.overflow) {
      try Pricing.cost(of: Quantity(units: .max), at: effectiveRate(packages), currency: usd)
    }
  }
}
