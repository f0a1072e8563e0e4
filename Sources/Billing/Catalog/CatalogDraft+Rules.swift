extension CatalogDraft {
  /// Every rule that the draft breaks, in the document's order. What could not be read is passed over.
  public var mistakes: [CatalogMistake] {
    metricMistakes + planMistakes + chargeKindMistakes
  }

  private var metricMistakes: [CatalogMistake] {
    var mistakes: [CatalogMistake] = []
    var seen: Set<MetricName> = []
    for (index, metric) in metrics.enumerated() {
      guard let metric else { continue }
      let path = "metrics[\(index)]"
      if !seen.insert(metric.name).inserted {
        mistakes.append(CatalogMistake(path: "\(path).name", rule: "each metric once"))
      }
      mistakes += Self.mistakes(of: metric, at: path)
    }
    return mistakes
  }

  private static func mistakes(of metric: Metric, at path: String) -> [CatalogMistake] {
    var mistakes: [CatalogMistake] = []
    if metric.name.text == ReservedNames.baseFee {
      mistakes.append(CatalogMistake(path: "\(path).name", rule: "reserved for the plan's fee"))
    }
    if ReservedNames.internalMetrics.contains(metric.name.text), metric.source != .internal {
      mistakes.append(CatalogMistake(path: "\(path).source", rule: "internal, for a metric that the product records"))
    }
    if !(1...32).contains(metric.unit.unicodeScalars.count)
      || metric.unit.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    {
      mistakes.append(CatalogMistake(path: "\(path).unit", rule: "1 to 32 characters, no control characters"))
    }
    if let minimum = metric.minimumPerEvent {
      let minimumPath = "\(path).minimumPerEvent"
      if minimum <= .zero { mistakes.append(CatalogMistake(path: minimumPath, rule: "a quantity above 0")) }
      if metric.aggregation == .count || metric.aggregation == .unique {
        mistakes.append(
          CatalogMistake(path: minimumPath, rule: "none where quantities do not count (count, unique)"))
      }
    }
    return mistakes
  }

  private var planMistakes: [CatalogMistake] {
    var mistakes: [CatalogMistake] = []
    var seen: Set<PlanID> = []
    // Which metrics there are is unknown while one of them cannot be read.
    let known = metrics.contains(nil) ? nil : Set(metrics.compactMap { $0?.name })
    for (index, plan) in plans.enumerated() {
      guard let plan else { continue }
      let path = "plans[\(index)]"
      if let id = plan.id, !seen.insert(id).inserted {
        mistakes.append(CatalogMistake(path: "\(path).id", rule: "each plan once"))
      }
      if let baseFee = plan.baseFee, baseFee.minorUnits < 0 {
        mistakes.append(CatalogMistake(path: "\(path).baseFee", rule: "an amount, 0 or more"))
      }
      mistakes += Self.mistakes(of: plan.rates, at: path, knownMetrics: known, currency: plan.baseFee?.currency)
      mistakes += itemizingMistakes(of: plan.rates, at: path)
    }
    let defaults = plans.count { $0?.isDefault == true }
    if defaults > 1 || (defaults == 0 && !plans.contains(nil)) { mistakes.append(Self.oneDefault) }
    return mistakes
  }

  private static func mistakes(
    of rates: [Rate?], at planPath: String, knownMetrics: Set<MetricName>?, currency: Currency?
  ) -> [CatalogMistake] {
    var mistakes: [CatalogMistake] = []
    var seen: [MetricName: Set<CivilDate?>] = [:]
    for (index, rate) in rates.enumerated() {
      guard let rate else { continue }
      let path = "\(planPath).rates[\(index)]"
      if let knownMetrics, !knownMetrics.contains(rate.metric) {
        mistakes.append(CatalogMistake(path: "\(path).metric", rule: "one of the catalog's metrics"))
      }
      if !seen[rate.metric, default: []].insert(rate.effectiveFrom).inserted {
        mistakes.append(CatalogMistake(path: "\(path).effectiveFrom", rule: "another day for each version of a rate"))
      }
      mistakes += RateRules.mistakes(of: rate, at: path, currency: currency)
    }
    return mistakes
  }

  /// A line is divided among subjects by what each adds to its total. The greatest, the latest and the number of different
  /// subjects are no sums of anybody's.
  private func itemizingMistakes(of rates: [Rate?], at planPath: String) -> [CatalogMistake] {
    let aggregations = Dictionary(
      metrics.compactMap { $0.map { ($0.name, $0.aggregation) } }, uniquingKeysWith: { first, _ in first })
    return rates.enumerated().compactMap { index, rate in
      guard let rate, rate.itemize, let aggregation = aggregations[rate.metric] else { return nil }
      guard aggregation != .sum, aggregation != .count else { return nil }
      return CatalogMistake(
        path: "\(planPath).rates[\(index)].itemize",
        rule: "false for \(rate.metric): totals of \(aggregation.rawValue) have no parts, those of sum and count do")
    }
  }

  private var chargeKindMistakes: [CatalogMistake] {
    var mistakes: [CatalogMistake] = []
    var seen: Set<ChargeKind> = []
    for (index, kind) in chargeKinds.enumerated() {
      guard let kind else { continue }
      let path = "chargeKinds[\(index)]"
      if !seen.insert(kind).inserted { mistakes.append(CatalogMistake(path: path, rule: "each kind once")) }
      if kind.text == ReservedNames.baseFee {
        mistakes.append(CatalogMistake(path: path, rule: "reserved for the plan's fee"))
      }
    }
    return mistakes
  }
}
