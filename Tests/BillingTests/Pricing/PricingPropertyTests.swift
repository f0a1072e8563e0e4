import Testing

@testable import Billing

@Suite("Properties of prices")
struct PricingPropertyTests {
  private func minorUnits(_ total: Quantity, _ rate: EffectiveRate, _ currency: Currency) throws -> Int128 {
    try Pricing.cost(of: total, at: rate, currency: currency).amount.minorUnits
  }

  @Test("a price is what walking through the usage in halves adds up to", arguments: PriceModel.Kind.allCases)
  func slowReference(kind: PriceModel.Kind) throws {
    var random = RandomPricing(seed: 1)
    for _ in 0..<1_500 {
      let (rate, total, currency) = (try random.rate(kind), random.halves(upTo: 100), try random.currency())
      #expect(
        try minorUnits(total, rate, currency) == SlowPrice.minorUnits(of: total, at: rate.pricing, currency),
        "\(total) at \(rate.pricing) in \(currency)")
    }
  }

  @Test("more usage never costs less", arguments: [PriceModel.Kind.perUnit, .package, .graduated])
  func monotone(kind: PriceModel.Kind) throws {
    var random = RandomPricing(seed: 2)
    for _ in 0..<1_000 {
      let (rate, currency) = (try random.rate(kind), try random.currency())
      let totals = (0..<5).map { _ in random.halves(upTo: 200) }.sorted()
      let amounts = try totals.map { try minorUnits($0, rate, currency) }
      #expect(amounts == amounts.sorted())
      #expect(amounts.allSatisfy { $0 >= 0 })
    }
  }

  @Test("by volume, more usage never costs less while no tier is cheaper than the one before")
  func monotoneVolume() throws {
    var random = RandomPricing(seed: 3)
    for _ in 0..<1_000 {
      let steps = random.tiers()
      let (prices, fees) = (steps.map(\.unitPrice).sorted(), steps.map(\.flatFee).sorted())
      let ascending = steps.indices.map {
        PriceTier(upTo: steps[$0].upTo, unitPrice: prices[$0], flatFee: fees[$0])
      }
      let rate = try effectiveRate(
        EffectiveRate.Pricing(model: .volume(ascending), included: random.halves(upTo: 20)))
      let currency = try random.currency()
      let amounts = try (0..<5).map { _ in random.halves(upTo: 200) }.sorted().map {
        try minorUnits($0, rate, currency)
      }
      #expect(amounts == amounts.sorted())
    }
  }

  @Test("a total costs the same however it came in and however often it was charged in between")
  func splits() throws {
    var random = RandomPricing(seed: 4)
    for index in 0..<2_000 {
      let rate = try random.rate(PriceModel.Kind.allCases[index % 4])
      let currency = try random.currency()
      // Corrections take usage back, even below 0 for a while.
      let events = (0..<random.number(0...12)).map { _ in random.halves(upTo: 40) - random.halves(upTo: 10) }
      var total = Quantity.zero
      var charged = Quantity.zero
      var owed = Amount.zero(currency)
      for event in events {
        total += event
        guard random.number(0...2) == 0 else { continue }
        owed = try owed.adding(Pricing.difference(from: charged, to: total, at: rate, currency: currency))
        charged = total
      }
      owed = try owed.adding(Pricing.difference(from: charged, to: total, at: rate, currency: currency))
      let shuffled = events.shuffled(using: &random.random).reduce(Quantity.zero, +)
      #expect(try owed == Pricing.cost(of: shuffled, at: rate, currency: currency).amount)
    }
  }

  @Test("all models agree where they say the same")
  func equivalents() throws {
    var random = RandomPricing(seed: 5)
    for _ in 0..<1_000 {
      let (price, included, currency) = (random.price(), random.halves(upTo: 20), try random.currency())
      let total = random.halves(upTo: 200)
      let whole = Quantity(units: total.units / Quantity.unitsPerOne * Quantity.unitsPerOne)
      let wholeQuota = Quantity(units: included.units / Quantity.unitsPerOne * Quantity.unitsPerOne)
      let one = [PriceTier(upTo: nil, unitPrice: price)]
      let cut = [PriceTier(upTo: Quantity(7), unitPrice: price), PriceTier(upTo: nil, unitPrice: price)]
      func cost(_ model: PriceModel, _ total: Quantity, _ included: Quantity) throws -> Int128 {
        try minorUnits(total, effectiveRate(EffectiveRate.Pricing(model: model, included: included)), currency)
      }
      let plain = try cost(.perUnit(price), total, included)
      for model in [PriceModel.graduated(one), .graduated(cut), .volume(one), .volume(cut)] {
        #expect(try cost(model, total, included) == plain)
      }
      #expect(try cost(.package(price), whole, wholeQuota) == cost(.perUnit(price), whole, wholeQuota))
    }
  }

  @Test("what the quota leaves is told in the metric's unit, whatever the model")
  func billable() throws {
    var random = RandomPricing(seed: 6)
    for index in 0..<400 {
      let rate = try random.rate(PriceModel.Kind.allCases[index % 4])
      let total = random.halves(upTo: 40) - random.halves(upTo: 10)
      let priced = try Pricing.cost(of: total, at: rate, currency: random.currency())
      #expect(priced.billable == max(.zero, total - rate.pricing.included))
      if priced.billable == .zero { #expect(priced.amount.minorUnits == 0) }
    }
  }
}
