/// How one metric is priced, limited and billed in a plan, from a day on. A metric's rates in a plan are its versions.
public struct Rate: Hashable, Sendable, Versioned {
  /// The shares of a threshold that are announced unless a rate says otherwise: 0.8 and 1.
  public static let defaultLevels = [Quantity(units: 800_000_000), Quantity(1)]

  public let metric: MetricName
  /// The first day, in UTC, on which a period that begins is priced by this version; `nil` is since ever.
  public let effectiveFrom: CivilDate?
  /// With the prices of `unitSize`.
  public let model: PriceModel
  /// How much of the metric one price buys: 1,000 calls, 60 seconds. In proportion, but for packages.
  public let unitSize: Quantity
  /// The quota of a period that costs nothing, in the metric's unit.
  public let included: Quantity
  /// The quantity of a period at whose `levels` subscribers are warned; `nil` for no warnings.
  public let threshold: Quantity?
  /// Shares of the threshold, ascending. Empty announces nothing.
  public let levels: [Quantity]
  public let billing: BillingRoute
  /// Whether an invoice shows a line for every subject.
  public let itemize: Bool

  public init(
    metric: MetricName, effectiveFrom: CivilDate? = nil, model: PriceModel, unitSize: Quantity = Quantity(1),
    included: Quantity = .zero, threshold: Quantity? = nil, levels: [Quantity] = defaultLevels, billing: BillingRoute,
    itemize: Bool = false
  ) {
    self.metric = metric
    self.effectiveFrom = effectiveFrom
    self.model = model
    self.unitSize = unitSize
    self.included = included
    self.threshold = threshold
    self.levels = levels
    self.billing = billing
    self.itemize = itemize
  }
}
