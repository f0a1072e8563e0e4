extension Plan {
  /// Every rule that a company's `override` breaks on this plan: beside the versions of the metric's rate that are in
  /// force on `day` or begin later. None where the plan has no rate for the metric.
  public func mistakes(of override: RateOverride, from day: CivilDate, at path: String) -> [CatalogMistake] {
    let own = override.mistakes(at: path)
    guard own.isEmpty else { return own }
    var found: [CatalogMistake] = []
    for rate in versions(of: override.metric, from: day) {
      let mistakes = mistakes(of: override, beside: rate, at: path)
      found += mistakes.filter { !found.contains($0) }
    }
    return found
  }

  private func mistakes(of override: RateOverride, beside rate: Rate, at path: String) -> [CatalogMistake] {
    if override.unitPrice != nil, rate.model.kind.hasTiers {
      let rule = "none where the plan has tiers (\(rate.model.kind.rawValue)): one price cannot replace several"
      return [CatalogMistake(path: "\(path).unitPrice", rule: rule)]
    }
    guard override.unitPrice != nil || override.included != nil else { return [] }
    return RateRules.stripeMistakes(
      rate.pricing(with: override), billing: rate.billing, at: path, currency: currency)
  }

  private func versions(of metric: MetricName, from day: CivilDate) -> [Rate] {
    let versions = rates.filter { $0.metric == metric }
    let current = versions.version(inForceOn: day)
    return (current.map { [$0] } ?? []) + versions.filter { !$0.isInForce(on: day) }
  }
}
