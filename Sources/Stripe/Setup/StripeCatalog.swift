import Billing

/// What a catalog, or a company's own rates, need to have at Stripe.
public struct StripeCatalog: Hashable, Sendable {
  /// A rate or fee that Stripe cannot charge.
  public struct Inexpressible: Error, Hashable, Sendable, CustomStringConvertible {
    public let place: String
    public let rule: String

    public var description: String { "\(place) has no price at Stripe: \(rule)" }
  }

  /// Metrics that need a meter: by name.
  public let meters: [MetricName]
  public let products: [StripeProduct]
  /// In the order of the lookup keys.
  public let prices: [StripePrice]

  /// Everything that plans charge through Stripe's meters, every version of a rate, and the base fees.
  ///
  /// - Throws: the first price that Stripe does not express; `catalog apply` refuses such rates.
  public init(of catalog: Catalog) throws(Inexpressible) {
    var prices: [StripePrice] = []
    for plan in catalog.plans {
      if let fee = try Self.baseFee(of: plan) { prices.append(fee) }
      for rate in plan.rates where rate.billing == .stripeMeter {
        prices.append(try Self.price(rate.metric, rate.pricing(), plan))
      }
    }
    self.init(prices)
  }

  /// What a subscription of a company on `plan` has to hold in `period`.
  public init(
    of plan: Plan, in period: BillingPeriod, overrides: [RateOverride], today: CivilDate
  ) throws(Inexpressible) {
    var prices: [StripePrice] = []
    if let fee = try Self.baseFee(of: plan) { prices.append(fee) }
    for metric in plan.ratedMetrics {
      guard let rate = plan.rate(for: metric, in: period, today: today, overrides: overrides),
        rate.billing == .stripeMeter
      else { continue }
      prices.append(try Self.price(metric, rate.pricing, plan))
    }
    self.init(prices)
  }

  /// The same for the same prices, and so for what a subscription has to hold.
  public var digest: String { ContentDigest(prices.map(\.lookupKey.text).joined(separator: " ")).outboundText }

  private init(_ prices: [StripePrice]) {
    self.prices = Set(prices).sorted { $0.lookupKey.text < $1.lookupKey.text }
    var metrics: Set<MetricName> = []
    for case .metric(let metric) in prices.map(\.product) { metrics.insert(metric) }
    meters = metrics.sorted()
    products =
      (prices.contains { $0.product == .baseFee } ? [.baseFee] : []) + meters.map { StripeProduct.metric($0) }
  }

  private static func baseFee(of plan: Plan) throws(Inexpressible) -> StripePrice? {
    guard plan.baseFee.minorUnits > 0 else { return nil }
    guard let price = StripePrice(baseFee: plan.baseFee) else {
      throw Inexpressible(place: "the base fee of plan \(plan.id)", rule: "its amount is finer than Stripe's unit")
    }
    return price
  }

  private static func price(
    _ metric: MetricName, _ pricing: EffectiveRate.Pricing, _ plan: Plan
  ) throws(Inexpressible) -> StripePrice {
    do throws(StripePriceShape.Inexpressible) {
      return StripePrice(metric, try StripePriceShape(of: pricing, currency: plan.currency), currency: plan.currency)
    } catch {
      let rules = error.reasons.map { "\($0.field): \($0.rule)" }.joined(separator: "; ")
      throw Inexpressible(place: "the rate of \(metric) in plan \(plan.id)", rule: rules)
    }
  }
}
