/// A metric's rate for one company and period, put together from the versions that apply and the company's override.
///
/// Its two halves age differently: what prices a period is fixed when the period begins, what warns is today's.
public struct EffectiveRate: Hashable, Sendable {
  /// What prices the period: fixed when it begins.
  public struct Pricing: Hashable, Sendable {
    /// With the prices.
    public let model: PriceModel
    /// How much of the metric one price buys.
    public let unitSize: Quantity
    /// The quota that costs nothing.
    public let included: Quantity

    public init(model: PriceModel, unitSize: Quantity = Quantity(1), included: Quantity = .zero) {
      self.model = model
      self.unitSize = unitSize
      self.included = included
    }
  }

  public let metric: MetricName
  public let pricing: Pricing
  /// What warns, as of today; `nil` when nothing does.
  public let thresholds: ThresholdPolicy?
  public let billing: BillingRoute
  public let itemize: Bool

  public init(
    metric: MetricName, pricing: Pricing, thresholds: ThresholdPolicy?, billing: BillingRoute, itemize: Bool
  ) {
    self.metric = metric
    self.pricing = pricing
    self.thresholds = thresholds
    self.billing = billing
    self.itemize = itemize
  }
}
