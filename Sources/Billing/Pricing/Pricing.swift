/// What usage costs. The only place where a quantity becomes money, for invoices, reports and threshold messages alike.
///
/// A rate prices a period's total, in this order:
/// 1. The quota (`included`) is taken off, in the metric's unit. A total within it costs nothing, fees included, and
///    what is left of it is no credit. Nor does a total of 0 or below, after corrections, cost anything: what is owed
///    back then is what was charged (`difference`).
/// 2. The model prices the rest, as if it were all that had been used. Hence a quota is, for `graduated`, a tier at 0
///    before the first one, and the others begin that much later; for `volume`, the tier is the one of the rest, and
///    the rest is what costs its price; for `package`, the first package begins where the quota ends.
/// 3. The sum is rounded once, half away from zero, to the currency's minor unit.
///
/// A price is for a unit size. All models but `package` are proportional in it: 500 calls at 0.01 a 1,000 cost 0.005.
public enum Pricing {
  /// The price of a period's whole `total`. Rounded once, so price a line's total, never its records one by one.
  ///
  /// - Throws: `MoneyError.overflow` when the amount is beyond 128 bits, `.unitSizeNotPositive` and `.noTier` for rates
  ///   that no checked catalog contains.
  public static func cost(
    of total: Quantity, at rate: EffectiveRate, currency: Currency
  ) throws(MoneyError) -> PricedQuantity {
    let billable = try billable(total, included: rate.pricing.included)
    var cost = try UnroundedAmount(per: rate.pricing.unitSize)
    if billable > .zero {
      switch rate.pricing.model {
      case .perUnit(let price): try cost.add(billable, at: price)
      case .package(let price): try cost.add(wholePackages(billable, of: rate.pricing.unitSize), at: price)
      case .graduated(let tiers): try add(billable, throughout: tiers, to: &cost)
      case .volume(let tiers): try add(billable, inOneOf: tiers, to: &cost)
      }
    }
    return PricedQuantity(billable: billable, amount: try cost.rounded(to: currency))
  }

  /// What is still owed, or owed back, when a period was charged for `charged` and its total is `total`: each of the two
  /// totals is priced and rounded as its line would be, so that all lines of the period add up to the price of its last
  /// total. Pricing the difference itself would grant the quota again, begin at the first tier, and round anew.
  public static func difference(
    from charged: Quantity, to total: Quantity, at rate: EffectiveRate, currency: Currency
  ) throws(MoneyError) -> Amount {
    let before = try cost(of: charged, at: rate, currency: currency).amount
    return try cost(of: total, at: rate, currency: currency).amount.subtracting(before)
  }

  private static func billable(_ total: Quantity, included: Quantity) throws(MoneyError) -> Quantity {
    guard total > included else { return .zero }
    let (units, overflow) = total.units.subtractingReportingOverflow(included.units)
    guard !overflow else { throw .overflow }
    return Quantity(units: units)
  }

  /// The least multiple of `size` that is no less than `quantity`.
  private static func wholePackages(_ quantity: Quantity, of size: Quantity) throws(MoneyError) -> Quantity {
    let (count, rest) = quantity.units.quotientAndRemainder(dividingBy: size.units)
    let (units, overflow) = (rest > 0 ? count + 1 : count).multipliedReportingOverflow(by: size.units)
    guard !overflow else { throw .overflow }
    return Quantity(units: units)
  }

  private static func add(
    _ quantity: Quantity, throughout tiers: [PriceTier], to cost: inout UnroundedAmount
  ) throws(MoneyError) {
    var priced = Quantity.zero
    for tier in tiers {
      let end = tier.upTo.map { min($0, quantity) } ?? quantity
      if end > priced {
        try cost.add(end - priced, at: tier.unitPrice)
        try cost.add(fee: tier.flatFee)
        priced = end
      }
      if priced == quantity { return }
    }
    throw .noTier
  }

  private static func add(
    _ quantity: Quantity, inOneOf tiers: [PriceTier], to cost: inout UnroundedAmount
  ) throws(MoneyError) {
    guard let tier = tiers.first(where: { $0.holds(quantity) }) else { throw .noTier }
    try cost.add(quantity, at: tier.unitPrice)
    try cost.add(fee: tier.flatFee)
  }
}
