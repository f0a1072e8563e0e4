/// The rules that a rate and a company's override of one share.
enum RateRules {
  static func mistakes(
    at path: String, unitPrice: Price, included: Quantity, threshold: Quantity?, levels: [Quantity]
  ) -> [CatalogMistake] {
    var mistakes: [CatalogMistake] = []
    func require(_ holds: Bool, _ field: String, _ rule: String) {
      if !holds { mistakes.append(CatalogMistake(path: "\(path).\(field)", rule: rule)) }
    }
    require(unitPrice >= .zero, "unitPrice", "a decimal, 0 or more")
    require(included >= .zero, "included", "a quantity, 0 or more")
    require(threshold.map { $0 > .zero } ?? true, "threshold", "a quantity above 0")
    require(levels.allSatisfy { $0 > .zero }, "levels", "shares of the threshold, above 0")
    require(zip(levels, levels.dropFirst()).allSatisfy(<), "levels", "ascending, each once")
    return mistakes
  }

  static func mistakes(of rate: Rate, at path: String) -> [CatalogMistake] {
    var mistakes = mistakes(
      at: path, unitPrice: rate.unitPrice, included: rate.included, threshold: rate.threshold, levels: rate.levels)
    if !Pricing.supports(rate.model) {
      mistakes.append(CatalogMistake(path: "\(path).model", rule: rate.model.notSupportedYet))
    }
    if rate.unitSize <= .zero {
      mistakes.append(CatalogMistake(path: "\(path).unitSize", rule: "a quantity above 0"))
    }
    return mistakes
  }
}
