/// The rules of rates, and of companies' overrides of them.
enum RateRules {
  /// What a rate and an override have in common.
  static func mistakes(
    at path: String, unitPrice: Price, included: Quantity, threshold: Quantity?, levels: [Quantity]
  ) -> [CatalogMistake] {
    var mistakes: [CatalogMistake] = []
    func require(_ holds: Bool, _ field: String, _ rule: String) {
      if !holds { mistakes.append(CatalogMistake(path: "\(path).\(field)", rule: rule)) }
    }
    require(unitPrice >= .zero, "unitPrice", price)
    require(included >= .zero, "included", "a quantity, 0 or more")
    require(threshold.map { $0 > .zero } ?? true, "threshold", "a quantity above 0")
    require(levels.allSatisfy { $0 > .zero }, "levels", "shares of the threshold, above 0")
    require(zip(levels, levels.dropFirst()).allSatisfy(<), "levels", "ascending, each once")
    return mistakes
  }

  /// - Parameter currency: the plan's; `nil` when it could not be read, and nothing can be said of Stripe then.
  static func mistakes(of rate: Rate, at path: String, currency: Currency?) -> [CatalogMistake] {
    var mistakes = mistakes(
      at: path, unitPrice: rate.model.unitPrice ?? .zero, included: rate.included, threshold: rate.threshold,
      levels: rate.levels)
    if rate.unitSize <= .zero {
      mistakes.append(CatalogMistake(path: "\(path).unitSize", rule: "a quantity above 0"))
    }
    if let tiers = rate.model.tiers { mistakes += Self.mistakes(of: tiers, at: "\(path).tiers") }
    guard mistakes.isEmpty, let currency else { return mistakes }
    return stripeMistakes(rate.pricing(), billing: rate.billing, at: path, currency: currency)
  }

  /// What keeps Stripe from pricing a rate's usage as we do, when it is to.
  static func stripeMistakes(
    _ pricing: EffectiveRate.Pricing, billing: BillingRoute, at path: String, currency: Currency
  ) -> [CatalogMistake] {
    guard billing == .stripeMeter else { return [] }
    do throws(StripePriceShape.Inexpressible) {
      _ = try StripePriceShape(of: pricing, currency: currency)
      return []
    } catch {
      return error.reasons.map { reason in
        CatalogMistake(path: "\(path).\(reason.field)", rule: "for stripe_meter, \(reason.rule)")
      }
    }
  }

  private static func mistakes(of tiers: [PriceTier], at path: String) -> [CatalogMistake] {
    guard !tiers.isEmpty else { return [CatalogMistake(path: path, rule: "one tier at least")] }
    var mistakes: [CatalogMistake] = []
    var end = Quantity.zero
    for (index, tier) in tiers.enumerated() {
      func require(_ holds: Bool, _ field: String, _ rule: String) {
        if !holds { mistakes.append(CatalogMistake(path: "\(path)[\(index)].\(field)", rule: rule)) }
      }
      require((tier.upTo == nil) == (index == tiers.count - 1), "upTo", "in each tier but the last, which is open")
      if let upTo = tier.upTo {
        require(upTo > end, "upTo", "above 0, and above that of the tier before")
        end = max(end, upTo)
      }
      require(tier.unitPrice >= .zero, "unitPrice", price)
      require(tier.flatFee >= .zero, "flatFee", price)
    }
    return mistakes
  }

  private static let price = "a decimal, 0 or more"
}
