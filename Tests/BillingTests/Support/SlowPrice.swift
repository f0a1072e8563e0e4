@testable import Billing

/// Prices by walking through the usage half a unit at a time: nothing is multiplied out, shifted or looked up. For totals,
/// quotas, bounds and unit sizes on a grid of halves.
enum SlowPrice {
  private static let half = Quantity(units: Quantity.unitsPerOne / 2)

  static func minorUnits(of total: Quantity, at pricing: EffectiveRate.Pricing, _ currency: Currency) -> Int128 {
    // In units of 10^-12 / (halves of a unit size), so that each half costs a whole number.
    let size = pricing.unitSize.units / half.units
    var cost: Int128 = 0
    var rest: Int128 = 0
    var reached: Set<Int> = []
    var walked = Quantity.zero
    while walked < total {
      walked += half
      guard walked > pricing.included else { continue }
      rest += 1
      switch pricing.model {
      case .perUnit(let price): cost += price.units
      case .package(let price): if (rest - 1) % size == 0 { cost += price.units * size }
      case .graduated(let tiers):
        let index = tier(of: rest, tiers)
        cost += tiers[index].unitPrice.units
        if reached.insert(index).inserted { cost += tiers[index].flatFee.units * size }
      case .volume: break
      }
    }
    if case .volume(let tiers) = pricing.model, rest > 0 {
      let tier = tiers[tier(of: rest, tiers)]
      for _ in 0..<rest { cost += tier.unitPrice.units }
      cost += tier.flatFee.units * size
    }
    var minorUnit = size
    for _ in 0..<(12 - currency.minorDigits) { minorUnit *= 10 }
    var rounded: Int128 = 0
    while cost >= minorUnit * 1_000_000 { (cost, rounded) = (cost - minorUnit * 1_000_000, rounded + 1_000_000) }
    while cost >= minorUnit * 1_000 { (cost, rounded) = (cost - minorUnit * 1_000, rounded + 1_000) }
    while cost >= minorUnit { (cost, rounded) = (cost - minorUnit, rounded + 1) }
    return cost * 2 >= minorUnit ? rounded + 1 : rounded
  }

  /// The tier that the last of so many halves is in.
  private static func tier(of halves: Int128, _ tiers: [PriceTier]) -> Int {
    var index = 0
    while let upTo = tiers[index].upTo, halves * half.units > upTo.units { index += 1 }
    return index
  }
}
