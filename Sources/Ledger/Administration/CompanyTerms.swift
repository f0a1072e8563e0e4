import Billing

/// What a company's changes come to, next to what was agreed before; checked against the catalog.
struct CompanyTerms {
  let plan: Plan
  let anchor: AnchorDay
  /// Whether periods that have not begun were made by other terms.
  let replacesPeriods: Bool
  /// New versions of the company's own rates.
  let rates: [RateOverride]

  /// - Throws: `refused` with every rule that is broken.
  init(
    _ changes: CompanyChanges, before: Company, catalog: Catalog, today: CivilDate
  ) throws(AdministrationError) {
    var mistakes: [String] = []
    let wanted = changes.plan ?? before.plan ?? catalog.defaultPlan.id
    guard let plan = catalog.plan(wanted) else {
      let known = catalog.plans.map(\.id.text).joined(separator: ", ")
      throw .refused(["the plan must be one of the catalog's: \(known)"])
    }
    if let currency = changes.currency, currency != plan.currency {
      mistakes.append("the currency must be that of the plan \(plan.id): \(plan.currency)")
    }
    self.plan = plan
    anchor = changes.anchorDay ?? before.anchor
    replacesPeriods =
      anchor != before.anchor
      || (before.isRegistered && (plan.id != before.plan || plan.currency.code != before.currency))
    // What is agreed at registration holds for all that was counted before it.
    let start = before.isRegistered ? today : Self.sinceEver
    rates = changes.rates.map { Self.version($0, of: before, from: start) }
    mistakes += rates.flatMap { Self.mistakes(of: $0, on: plan, from: start) }
    if plan.id != before.plan {
      mistakes += Self.kept(before.overrides, rates).flatMap { Self.planMistakes(of: $0, on: plan, from: today) }
    }
    if before.isRegistered, plan.currency.code != before.currency {
      mistakes += Self.pricesInOtherCurrency(before, changes, currency: before.currency ?? "another currency")
    }
    guard mistakes.isEmpty else { throw .refused(mistakes) }
  }

  private static let sinceEver = CivilDate(daysSinceEpoch: -719_162)

  /// Fields that the change does not name are as in the version before.
  private static func version(_ rate: CompanyChanges.Rate, of company: Company, from start: CivilDate) -> RateOverride {
    let before = company.overrides.last { $0.metric == rate.metric }
    return RateOverride(
      metric: rate.metric, effectiveFrom: start, unitPrice: rate.unitPrice.applied(to: before?.unitPrice),
      included: rate.included.applied(to: before?.included), threshold: rate.threshold.applied(to: before?.threshold),
      levels: rate.levels.applied(to: before?.levels))
  }

  /// The versions that stay in force beside the new ones.
  private static func kept(_ overrides: [RateOverride], _ new: [RateOverride]) -> [RateOverride] {
    let latest = Dictionary(overrides.map { ($0.metric, $0) }, uniquingKeysWith: { _, last in last })
    return latest.values.filter { own in !new.contains { $0.metric == own.metric } }.sorted { $0.metric < $1.metric }
  }

  private static func mistakes(of rate: RateOverride, on plan: Plan, from day: CivilDate) -> [String] {
    guard plan.ratedMetrics.contains(rate.metric) else {
      return ["the plan \(plan.id) has no rate for \(rate.metric) that the company's own could replace"]
    }
    return planMistakes(of: rate, on: plan, from: day)
  }

  /// A rate that the plan does not have is no mistake: the company's own waits for a plan that has it.
  private static func planMistakes(of rate: RateOverride, on plan: Plan, from day: CivilDate) -> [String] {
    plan.mistakes(of: rate, from: day, at: "the rate of \(rate.metric)").map(\.description)
  }

  /// A price agreed in one currency is not the same number in another.
  private static func pricesInOtherCurrency(
    _ company: Company, _ changes: CompanyChanges, currency: String
  ) -> [String] {
    Set(company.overrides.map(\.metric)).sorted().compactMap { metric in
      let latest = company.overrides.last { $0.metric == metric }
      guard latest?.unitPrice != nil else { return nil }
      if let given = changes.rates.first(where: { $0.metric == metric }), case .keep = given.unitPrice {
        return pricesMistake(metric, currency)
      }
      return changes.rates.contains { $0.metric == metric } ? nil : pricesMistake(metric, currency)
    }
  }

  private static func pricesMistake(_ metric: MetricName, _ currency: String) -> String {
    "the company's own price for \(metric) is in \(currency): give it anew, or as unitPrice=plan"
  }
}
