import Billing

/// One billing period of a company, day by day: how much of each metric, and what that costs.
struct PricedCourse {
  let bounds: BillingPeriod
  let plan: Plan
  /// Of metrics that have totals in the period.
  private let courses: [MetricName: UsageCourse]
  private let rates: [MetricName: EffectiveRate]

  /// - Parameters:
  ///   - period: its plan prices it, the default one where nobody has decided it.
  ///   - usage: at least the period's days that are asked for.
  init(_ period: Company.Period, of company: Company, _ catalog: Catalog, _ usage: DailyUsage) {
    let plan = period.plan.flatMap(catalog.plan) ?? catalog.defaultPlan
    bounds = period.bounds
    self.plan = plan
    var courses: [MetricName: UsageCourse] = [:]
    var rates: [MetricName: EffectiveRate] = [:]
    for metric in usage.totals.keys {
      courses[metric] = usage.course(of: metric, over: period.bounds)
      // Only what prices is asked for, and that is decided by the period's own days.
      rates[metric] = plan.rate(
        for: metric, in: period.bounds, today: period.bounds.start, overrides: company.overrides)
    }
    self.courses = courses
    self.rates = rates
  }

  /// The metrics with usage by the end of the day.
  func metrics(through day: CivilDate) -> Set<MetricName> {
    Set(courses.filter { $0.value.hasUsage(through: day) }.keys)
  }

  func isRated(_ metric: MetricName) -> Bool { rates[metric] != nil }

  /// A metric's usage from the period's start through the day. Before that it is nothing.
  func figure(of metric: MetricName, through day: CivilDate) throws(MoneyError) -> AnalyticsReport.Figure {
    let quantity = courses[metric]?.total(through: day) ?? .zero
    guard let rate = rates[metric] else {
      return AnalyticsReport.Figure(quantity: quantity, cost: .zero(plan.currency))
    }
    return AnalyticsReport.Figure(
      quantity: quantity, cost: try Pricing.cost(of: quantity, at: rate, currency: plan.currency).amount)
  }

  /// The usage cost from the period's start through the day: the sum of rounded lines, as an invoice's is.
  func cost(through day: CivilDate) throws(MoneyError) -> Amount {
    var sum = Amount.zero(plan.currency)
    for metric in courses.keys { sum = try sum.adding(figure(of: metric, through: day).cost) }
    return sum
  }

  /// What the day added to the usage cost. All days of a period add up to its cost, whatever quotas and tiers are.
  func cost(on day: CivilDate) throws(MoneyError) -> Amount {
    try cost(through: day).subtracting(cost(through: day.adding(days: -1)))
  }
}
