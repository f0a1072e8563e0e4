extension Plan {
  /// The rate of `metric` for a company in `period`, as seen `today`; `nil` when the metric is unrated there: counted,
  /// costing nothing.
  ///
  /// Price and quota are of the version in force on the period's first day. A metric's first version also prices the
  /// period in which it begins, since nothing was agreed before it; it does not reach back to periods that ended
  /// before. Threshold and levels are of the newest version in force `today`, until one is of the pricing version.
  /// Overrides of other metrics are ignored.
  public func rate(
    for metric: MetricName, in period: BillingPeriod, today: CivilDate, overrides: [RateOverride] = []
  ) -> EffectiveRate? {
    let versions = rates.filter { $0.metric == metric }
    guard let pricing = Self.pricingVersion(of: versions, in: period) else { return nil }
    let warning = versions.version(inForceOn: today) ?? pricing

    let overrides = overrides.filter { $0.metric == metric }
    let pricingOverride = overrides.version(inForceOn: period.start)
    let warningOverride = overrides.version(inForceOn: today)
    return EffectiveRate(
      metric: metric,
      pricing: pricing.pricing(with: pricingOverride),
      thresholds: (warningOverride?.threshold ?? warning.threshold).map {
        ThresholdPolicy(threshold: $0, levels: warningOverride?.levels ?? warning.levels)
      },
      billing: pricing.billing, itemize: pricing.itemize)
  }

  /// The metrics that this plan has rates of, each once, in the document's order.
  public var ratedMetrics: [MetricName] {
    var seen: Set<MetricName> = []
    return rates.compactMap { seen.insert($0.metric).inserted ? $0.metric : nil }
  }

  private static func pricingVersion(of versions: [Rate], in period: BillingPeriod) -> Rate? {
    if let version = versions.version(inForceOn: period.start) { return version }
    return versions.filter { $0.isInForce(on: period.lastDay) }.earliestVersion
  }
}
