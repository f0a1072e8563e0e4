import Billing

/// The levels of one total's threshold that it has reached, whether or not they were announced before.
struct DueLevels {
  let company: CompanyID
  let metric: MetricName
  let period: BillingPeriod
  let total: Quantity
  let threshold: Quantity
  /// Lowest first.
  let levels: [Quantity]
  let cost: Amount?
  /// Where the next level is due once these are announced.
  let next: Company.NextDue

  /// - Throws: when the price of the total is beyond what an amount can hold.
  init(
    company: Company, key: Company.PeriodMetric, total: Quantity, catalog: Catalog, today: CivilDate
  ) throws(LedgerError) {
    guard let row = company.period(startingAt: key.periodStart) else { throw .unexpected("a total without its period") }
    self.company = company.id
    metric = key.metric
    period = row.bounds
    self.total = total
    let plan = row.plan.flatMap(catalog.plan) ?? catalog.defaultPlan
    guard let rate = plan.rate(for: key.metric, in: row.bounds, today: today, overrides: company.overrides),
      let policy = rate.thresholds
    else {
      threshold = .zero
      levels = []
      cost = nil
      next = .never
      return
    }
    threshold = policy.threshold
    levels = policy.due(total: total)
    next = policy.nextDueQuantity(announced: Set(levels)).map { .at($0) } ?? .never
    do {
      cost = levels.isEmpty ? nil : try Pricing.cost(of: total, at: rate, currency: plan.currency).amount
    } catch {
      throw .unexpected("the price of a total: \(error)")
    }
  }
}
