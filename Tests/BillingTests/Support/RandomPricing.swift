import TestBasics

@testable import Billing

/// Rates of every model, with round numbers and odd ones, bounds and totals on a grid of halves.
struct RandomPricing {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &random) }

  /// From 0 to `most` in steps of a half.
  mutating func halves(upTo most: Int) -> Quantity {
    Quantity(units: Int128(number(0...2 * most)) * Quantity.unitsPerOne / 2)
  }

  mutating func price() -> Price {
    var units = Int128(number(0...9_999))
    for _ in 0..<number(3...11) { units *= 10 }
    return Price(units: units + (number(0...3) == 0 ? Int128(number(0...999)) : 0))
  }

  mutating func tiers() -> [PriceTier] {
    let bounds = Set((0..<number(0...4)).map { _ in number(1...120) }).sorted()
    return (bounds.map { Quantity(units: Int128($0) * Quantity.unitsPerOne / 2) } + [nil]).map { upTo in
      PriceTier(upTo: upTo, unitPrice: price(), flatFee: number(0...1) == 0 ? .zero : price())
    }
  }

  mutating func model(_ kind: PriceModel.Kind) -> PriceModel {
    switch kind {
    case .perUnit: .perUnit(price())
    case .package: .package(price())
    case .graduated: .graduated(tiers())
    case .volume: .volume(tiers())
    }
  }

  mutating func rate(_ kind: PriceModel.Kind) throws -> EffectiveRate {
    try effectiveRate(
      EffectiveRate.Pricing(
        model: model(kind), unitSize: Quantity(units: Int128(number(1...14)) * Quantity.unitsPerOne / 2),
        included: number(0...1) == 0 ? .zero : halves(upTo: 20)))
  }

  mutating func currency() throws -> Currency { try BillingTests.currency(["usd", "jpy", "kwd"][number(0...2)]) }
}
