import Billing

extension Company {
  /// The row that contains the day, or the one that would be made for usage of that day.
  func reportedPeriod(containing day: CivilDate) -> Period {
    if let row = period(containing: day.start) { return row }
    let missing = PeriodCalendar.periods(covering: day.start, extending: periods.map(\.bounds), anchor: anchor)
    let bounds =
      missing.first { $0.contains(day) } ?? PeriodCalendar.period(containing: day, anchor: anchor)
    return Period(bounds: bounds, plan: plan)
  }

  /// The part of the plan's fee that it owes for the period; none while it is unregistered.
  func baseFee(of plan: Plan, in period: BillingPeriod) throws(MoneyError) -> Amount {
    guard isRegistered else { return .zero(plan.currency) }
    return try membership(in: period).share(of: plan.baseFee, in: period)
  }
}

extension Plan {
  /// Metrics as reports list them: in the order of the plan's rates, then those without a rate by name.
  func inOrder(_ metrics: some Sequence<MetricName>) -> [MetricName] {
    let ranks = Dictionary(uniqueKeysWithValues: ratedMetrics.enumerated().map { ($1, $0) })
    return metrics.sorted { left, right in
      let (leftRank, rightRank) = (ranks[left] ?? .max, ranks[right] ?? .max)
      return leftRank == rightRank ? left < right : leftRank < rightRank
    }
  }
}
