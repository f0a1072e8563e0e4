/// Turns a rate's numbers into Stripe's and collects what Stripe has no number for.
struct StripePriceBuilder {
  typealias Tier = StripePriceShape.Tier

  let unitSize: Quantity
  let currency: Currency
  private(set) var reasons: [StripePriceShape.Inexpressible.Reason] = []

  init(unitSize: Quantity, currency: Currency) {
    self.unitSize = unitSize
    self.currency = currency
  }

  /// A quota is a first tier at 0.
  mutating func perUnit(_ price: Price, included: Quantity) -> StripePriceShape? {
    let amount = unitAmount(price, sameUpTo: StripePriceShape.wholeUnits, field: "unitSize")
    guard included > .zero else { return amount.map { .perUnit($0) } }
    guard let quota = whole(included, field: "included"), let amount else { return nil }
    return .tiered(.graduated, [Self.free(quota), Tier(upTo: nil, unitAmount: amount, flatAmount: nil)])
  }

  mutating func package(_ price: Price, included: Quantity) -> StripePriceShape? {
    require(included == .zero, "included", "0 with packages: Stripe has no tiers beside transform_quantity")
    let size = whole(unitSize, field: "unitSize")
    let amount = StripeUnitAmount(price: price, per: Quantity(1), currency: currency, sameUpTo: 0)
    require(amount != nil, "unitPrice", Self.tooManyDecimals)
    guard let size, let amount else { return nil }
    return .package(amount, divideBy: size)
  }

  /// A quota is a first tier at 0, and the others begin that much later.
  mutating func graduated(_ tiers: [PriceTier], included: Quantity) -> StripePriceShape? {
    let quota = whole(included, field: "included") ?? 0
    // Behind a quota the first tier is Stripe's second, which nobody reaches without usage.
    let built = build(tiers, after: quota, firstMayHaveFee: quota > 0)
    if reasons.isEmpty { requireWholeTiers(built, after: quota) }
    return .tiered(.graduated, (quota > 0 ? [Self.free(quota)] : []) + built)
  }

  mutating func volume(_ tiers: [PriceTier], included: Quantity) -> StripePriceShape? {
    require(included == .zero, "included", "0 with volume tiers: Stripe's price of a tier is for the quota, too")
    return .tiered(.volume, build(tiers, after: 0, firstMayHaveFee: false))
  }

  /// All but the last tier reached are full: if those cost whole minor units, rounding each is rounding once.
  private mutating func requireWholeTiers(_ tiers: [Tier], after quota: Int) {
    let rule = "a price at which the full tier costs whole minor units: Stripe rounds each tier by itself"
    var begin = quota
    for (index, tier) in tiers.enumerated() {
      guard let end = tier.upTo else { return }
      require(tier.unitAmount.isWhole(times: end - begin), "tiers[\(index)].unitPrice", rule)
      begin = end
    }
  }

  private mutating func build(_ tiers: [PriceTier], after quota: Int, firstMayHaveFee: Bool) -> [Tier] {
    var built: [Tier] = []
    for (index, tier) in tiers.enumerated() {
      let path = "tiers[\(index)]"
      if index == 0, !firstMayHaveFee {
        let rule = "none in the first tier: Stripe does not say that a period without usage is spared it"
        require(tier.flatFee == .zero, "\(path).flatFee", rule)
      }
      let upTo = tier.upTo.flatMap { whole($0, field: "\(path).upTo") }
      // Each tier is exact: what rounding several would add up to depends on all of them.
      let amount = unitAmount(tier.unitPrice, sameUpTo: 0, field: "\(path).unitPrice")
      let fee = tier.flatFee == .zero ? nil : minorUnits(tier.flatFee, field: "\(path).flatFee")
      built.append(Tier(upTo: upTo.map { $0 + quota }, unitAmount: amount ?? .zero, flatAmount: fee))
    }
    return built
  }

  private static func free(_ quota: Int) -> Tier { Tier(upTo: quota, unitAmount: .zero, flatAmount: nil) }

  private mutating func require(_ holds: Bool, _ field: String, _ rule: String) {
    if !holds { reasons.append(StripePriceShape.Inexpressible.Reason(field: field, rule: rule)) }
  }

  /// Stripe's bounds and package sizes are integers.
  private mutating func whole(_ quantity: Quantity, field: String) -> Int? {
    let (whole, rest) = quantity.units.quotientAndRemainder(dividingBy: Quantity.unitsPerOne)
    // Below 10^15, as every quantity of a catalog: a bound behind a quota cannot overflow then.
    let result = rest == 0 && whole >= 0 && whole < 1_000_000_000_000_000 ? Int(whole) : nil
    require(result != nil, field, "a whole number")
    return result
  }

  private mutating func unitAmount(_ price: Price, sameUpTo units: UInt128, field: String) -> StripeUnitAmount? {
    let amount = StripeUnitAmount(price: price, per: unitSize, currency: currency, sameUpTo: units)
    require(amount != nil, field, Self.tooManyDecimals)
    return amount
  }

  private mutating func minorUnits(_ fee: Price, field: String) -> Int? {
    let amount = StripeUnitAmount(price: fee, per: Quantity(1), currency: currency, sameUpTo: 0)
    let whole = amount.flatMap(\.whole)
    require(whole != nil, field, "an amount with the currency's decimals")
    return whole
  }

  private static let tooManyDecimals = "a price of one unit within Stripe's 12 decimals of the minor unit"
}
