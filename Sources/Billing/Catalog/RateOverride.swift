/// What one company has agreed instead of its plan's rate for a metric. Where a field is `nil` the plan's stands.
///
/// Like a rate it has versions: price and quota are those in force when the period begins, threshold and levels those
/// in force today.
public struct RateOverride: Hashable, Sendable, Versioned {
  public let metric: MetricName
  /// The first day, in UTC, of this version; `nil` is since ever.
  public let effectiveFrom: CivilDate?
  /// Per the plan's unit size, in the plan's currency. Only where the plan has one price, not tiers.
  public let unitPrice: Price?
  public let included: Quantity?
  public let threshold: Quantity?
  /// An empty list silences the company's warnings for the metric.
  public let levels: [Quantity]?

  public init(
    metric: MetricName, effectiveFrom: CivilDate? = nil, unitPrice: Price? = nil, included: Quantity? = nil,
    threshold: Quantity? = nil, levels: [Quantity]? = nil
  ) {
    self.metric = metric
    self.effectiveFrom = effectiveFrom
    self.unitPrice = unitPrice
    self.included = included
    self.threshold = threshold
    self.levels = levels
  }

  /// Every rule that this override breaks by itself, at `path`. `Plan.mistakes(of:from:at:)` has the plan's rules.
  public func mistakes(at path: String) -> [CatalogMistake] {
    RateRules.mistakes(
      at: path, unitPrice: unitPrice ?? .zero, included: included ?? .zero, threshold: threshold, levels: levels ?? [])
  }
}
