extension Catalog {
  /// Why this catalog may not take the place of `old`; empty when it may.
  ///
  /// What has been counted or has begun to price a period stays explainable: totals are never aggregated in two ways,
  /// and no period changes its price. Thresholds, levels and rates to come may change at any time.
  ///
  /// - Parameters:
  ///   - old: the catalog in force.
  ///   - usedMetrics: metrics with at least one record.
  ///   - usedPlans: plans that a company or a billing period is on; what only other plans say is free to change.
  ///   - today: the day in UTC; versions in force since then or earlier have begun to price periods.
  public func changeProblems(
    from old: Catalog, usedMetrics: Set<MetricName>, usedPlans: Set<PlanID>, today: CivilDate
  ) -> [CatalogMistake] {
    let metrics = usedMetrics.sorted().flatMap { metricProblems($0, from: old) }
    // Unregistered companies are on the default plan without a word, so any usage at all makes it used.
    let isDefaultUsed = !usedMetrics.isEmpty
    let plans = old.plans.flatMap { plan -> [CatalogMistake] in
      guard usedPlans.contains(plan.id) || (isDefaultUsed && plan.isDefault) else { return [] }
      guard let successor = self.plan(plan.id) else {
        return [CatalogMistake(path: "plans.\(plan.id)", rule: "a plan in use may not vanish")]
      }
      return successor.changeProblems(from: plan, usedMetrics: usedMetrics, today)
    }
    return metrics + plans
  }

  private func metricProblems(_ name: MetricName, from old: Catalog) -> [CatalogMistake] {
    guard let before = old.metrics[name] else { return [] }
    let path = "metrics.\(name)"
    guard let now = metrics[name] else {
      return [CatalogMistake(path: path, rule: "a metric in use may not vanish")]
    }
    var problems: [CatalogMistake] = []
    func require(_ isSame: Bool, _ field: String) {
      if !isSame {
        problems.append(CatalogMistake(path: "\(path).\(field)", rule: "may not change while the metric is in use"))
      }
    }
    require(now.aggregation == before.aggregation, "aggregation")
    require(now.unit == before.unit, "unit")
    require(now.minimumPerEvent == before.minimumPerEvent, "minimumPerEvent")
    return problems
  }
}

extension Plan {
  fileprivate func changeProblems(
    from old: Plan, usedMetrics: Set<MetricName>, _ today: CivilDate
  ) -> [CatalogMistake] {
    var problems: [CatalogMistake] = []
    if currency != old.currency {
      problems.append(CatalogMistake(path: "plans.\(id).currency", rule: "may not change while the plan is in use"))
    }
    for metric in old.ratedMetrics where usedMetrics.contains(metric) {
      problems += rateProblems(metric, from: old, today)
    }
    return problems
  }

  /// Versions that have begun stay, and none begins in the past beside them. A metric that had none is free: its first
  /// version applies at once.
  private func rateProblems(_ metric: MetricName, from old: Plan, _ today: CivilDate) -> [CatalogMistake] {
    let before = old.begunVersions(of: metric, today)
    guard !before.isEmpty else { return [] }
    let now = begunVersions(of: metric, today)
    func problem(_ effectiveFrom: CivilDate?, _ rule: String) -> CatalogMistake {
      let since = effectiveFrom.map { "from \($0)" } ?? "since ever"
      return CatalogMistake(path: "plans.\(id).rates.\(metric)", rule: "the version \(since) \(rule)")
    }
    let changed = before.compactMap { version -> CatalogMistake? in
      guard let same = now.first(where: { $0.effectiveFrom == version.effectiveFrom }) else {
        return problem(version.effectiveFrom, "has begun to price periods and may not vanish")
      }
      guard !same.prices(like: version) else { return nil }
      return problem(
        version.effectiveFrom, "has begun to price periods: model, price, quota and billing may not change")
    }
    let added = now.filter { version in !before.contains { $0.effectiveFrom == version.effectiveFrom } }
    return changed
      + added.map { problem($0.effectiveFrom, "would change periods that have begun: only a later day will do") }
  }

  private func begunVersions(of metric: MetricName, _ today: CivilDate) -> [Rate] {
    rates.filter { $0.metric == metric && $0.isInForce(on: today) }
  }
}

extension Rate {
  /// Whether a period costs the same, by the same route, under both.
  fileprivate func prices(like other: Rate) -> Bool {
    model == other.model && unitSize == other.unitSize && included == other.included && billing == other.billing
  }
}
