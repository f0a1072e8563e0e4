/// One line's worth of a price: rounded once, half away from zero, to the minor unit.
struct PriceCharge: Equatable {
  enum Part: Equatable {
    /// What a price without tiers comes to.
    case units
    /// The units of a tier, counted from 1.
    case tier(Int)
    /// A tier's flat amount.
    case flatFee(tier: Int)
  }

  let part: Part
  let quantity: Decimal
  let unitAmount: Decimal
  let amount: Int

  init(_ part: Part, _ quantity: Decimal, at unitAmount: Decimal) {
    self.part = part
    self.quantity = quantity
    self.unitAmount = unitAmount
    amount = quantity.amount(times: unitAmount)
  }

  private init(_ charge: PriceCharge, amount: Int) {
    part = charge.part
    quantity = charge.quantity
    unitAmount = charge.unitAmount
    self.amount = amount
  }

  /// The same for a part of the period.
  func share(_ part: Int, of whole: Int) -> PriceCharge {
    PriceCharge(self, amount: Decimal(amount).share(part, of: whole))
  }
}

extension PriceScheme {
  /// What `quantity` costs: a charge for every tier that it reaches, and one for every flat amount on the way.
  ///
  /// Usage below zero costs nothing, as it does at Stripe. The first tier's flat amount is owed without any usage too.
  func charges(for quantity: Decimal) -> [PriceCharge] {
    let quantity = max(quantity, .zero)
    switch self {
    case .perUnit(let unitAmount, nil): return [PriceCharge(.units, quantity, at: unitAmount)]
    case .perUnit(let unitAmount, let transform?):
      let packages = quantity.packages(of: transform.divideBy, rounding: transform.rounding)
      return [PriceCharge(.units, packages, at: unitAmount)]
    case .tiered(.graduated, let tiers): return graduated(tiers, quantity)
    case .tiered(.volume, let tiers):
      let index = tiers.firstIndex { tier in tier.upTo.map { quantity <= Decimal($0) } ?? true }
      return index.map { charges(of: tiers[$0], number: $0 + 1, quantity) } ?? []
    }
  }

  private func graduated(_ tiers: [PriceTier], _ quantity: Decimal) -> [PriceCharge] {
    var charges: [PriceCharge] = []
    var below = Decimal.zero
    for (index, tier) in tiers.enumerated() where index == 0 || quantity > below {
      let end = tier.upTo.map { min(Decimal($0), quantity) } ?? quantity
      charges += self.charges(of: tier, number: index + 1, end - below)
      below = end
    }
    return charges
  }

  private func charges(of tier: PriceTier, number: Int, _ quantity: Decimal) -> [PriceCharge] {
    var charges = [PriceCharge(.tier(number), quantity, at: tier.unitAmount ?? .zero)]
    if let flatAmount = tier.flatAmount {
      charges.append(PriceCharge(.flatFee(tier: number), Decimal(1), at: flatAmount))
    }
    return charges
  }
}
