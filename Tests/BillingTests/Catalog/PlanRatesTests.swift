import Testing

@testable import Billing

@Suite("The rate in force")
struct PlanRatesTests {
  private func plan(_ rates: [Rate]) throws -> Plan {
    Plan(id: try planID("standard"), baseFee: .zero(try currency("usd")), rates: rates, isDefault: true)
  }

  private func effective(
    _ rates: [Rate], in periodText: String = "2025-03-01/2025-04-01", today: String = "2025-03-10",
    overrides: [RateOverride] = []
  ) throws -> EffectiveRate? {
    try plan(rates).rate(
      for: metricName("order"), in: period(periodText), today: date(today), overrides: overrides)
  }

  @Test("a metric without a rate is unrated")
  func unrated() throws { #expect(try effective([rate("invoice")]) == nil) }

  @Test(
    "the price is of the version in force when the period begins",
    arguments: [
      ("2025-02-01/2025-03-01", "0.10"), ("2025-03-01/2025-04-01", "0.20"), ("2025-03-02/2025-04-02", "0.20"),
      ("2025-02-28/2025-03-28", "0.10"), ("2025-06-01/2025-07-01", "0.30"), ("2020-01-01/2020-02-01", "0.10"),
    ])
  func priced(period: String, expected: String) throws {
    let rates = [
      try rate("order", from: "2025-06-01", unitPrice: "0.30"), try rate("order", unitPrice: "0.10"),
      try rate("order", from: "2025-03-01", unitPrice: "0.20"),
    ]
    #expect(try effective(rates, in: period, today: "2025-12-01")?.pricing.model.unitPrice?.description == expected)
  }

  @Test("a metric's first rate prices the period in which it begins, and none that ended before")
  func first() throws {
    let rates = [try rate("order", from: "2025-03-20", unitPrice: "0.20"), try rate("order", from: "2025-03-25")]
    #expect(try effective(rates, today: "2025-03-21")?.pricing.model.unitPrice?.description == "0.20")
    #expect(try effective(rates, today: "2025-03-01")?.pricing.model.unitPrice?.description == "0.20")
    #expect(try effective(rates, in: "2025-02-01/2025-03-01", today: "2025-03-21") == nil)
    #expect(try effective([rate("order", from: "2025-03-31")]) != nil)
    #expect(try effective([rate("order", from: "2025-04-01")]) == nil)
  }

  @Test("threshold and levels are of the newest version in force today")
  func thresholds() throws {
    let rates = [
      try rate("order", unitPrice: "0.10", threshold: "100"),
      try rate("order", from: "2025-03-15", unitPrice: "0.20", threshold: "200", levels: ["0.5"]),
    ]
    let before = try effective(rates, today: "2025-03-14")
    let after = try effective(rates, today: "2025-03-15")
    #expect(before?.thresholds == ThresholdPolicy(threshold: Quantity(100), levels: Rate.defaultLevels))
    #expect(after?.thresholds == ThresholdPolicy(threshold: Quantity(200), levels: [try quantity("0.5")]))
    #expect(before?.pricing == after?.pricing)
    let first = try effective([rate("order", from: "2025-03-20", threshold: "7")], today: "2025-03-01")
    #expect(first?.thresholds?.threshold == Quantity(7))
    #expect(try effective([rate("order")])?.thresholds == nil)
  }

  @Test("a company's override replaces what it names and nothing else")
  func overridden() throws {
    let rates = [
      try rate(
        "order", unitPrice: "0.10", unitSize: "10", included: "5", threshold: "100", billing: .invoiceItem,
        itemize: true)
    ]
    let name = try metricName("order")
    let partly = try #require(
      try effective(rates, overrides: [RateOverride(metric: name, unitPrice: price("0.07"), levels: [Quantity(2)])]))
    #expect(
      partly.pricing
        == EffectiveRate.Pricing(
          model: .perUnit(try price("0.07")), unitSize: Quantity(10), included: Quantity(5)))
    #expect(partly.thresholds == ThresholdPolicy(threshold: Quantity(100), levels: [Quantity(2)]))
    #expect(partly.billing == .invoiceItem && partly.itemize)
    let other = [RateOverride(metric: try metricName("invoice"), included: Quantity(9), threshold: Quantity(9))]
    #expect(try effective(rates, overrides: other) == effective(rates))
    let quiet = try effective([rate("order")], overrides: [RateOverride(metric: name, threshold: Quantity(50))])
    #expect(quiet?.thresholds == ThresholdPolicy(threshold: Quantity(50), levels: Rate.defaultLevels))
  }

  @Test("an override agreed within a period prices the next, and warns at once")
  func overrideVersions() throws {
    let name = try metricName("order")
    let overrides = [
      RateOverride(metric: name, unitPrice: try price("0.09"), threshold: Quantity(90)),
      RateOverride(metric: name, effectiveFrom: try date("2025-03-10"), included: Quantity(1), threshold: Quantity(80)),
    ]
    let rates = [try rate("order", threshold: "100")]
    let running = try effective(rates, today: "2025-03-10", overrides: overrides)
    #expect(running?.pricing.model.unitPrice?.description == "0.09")
    #expect(running?.pricing.included == .zero)
    #expect(running?.thresholds?.threshold == Quantity(80))
    let next = try effective(rates, in: "2025-04-01/2025-05-01", today: "2025-04-01", overrides: overrides)
    #expect(next?.pricing.model.unitPrice?.description == "0.10")
    #expect(next?.pricing.included == Quantity(1))
  }
}
