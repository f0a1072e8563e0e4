/// The price that has to be at Stripe for a rate, so that Stripe charges for raw quantities what `Pricing` says.
///
/// Sources: Stripe's reference of the price object, and its pages on tiered pricing, on transforming quantities (not
/// compatible with tiers), on decimal amounts (12 decimals; lines are rounded, each by itself, 1.5 to 2) and on
/// currencies.
public enum StripePriceShape: Hashable, Sendable {
  /// `billing_scheme=per_unit`.
  case perUnit(StripeUnitAmount)
  /// `billing_scheme=per_unit`, and `transform_quantity` with `round=up`: what one package costs, and its size.
  case package(StripeUnitAmount, divideBy: Int)
  /// `billing_scheme=tiered`; the last tier has no bound (`up_to=inf`).
  case tiered(TiersMode, [Tier])

  /// `tiers_mode`.
  public enum TiersMode: String, Hashable, Sendable { case graduated, volume }

  public struct Tier: Hashable, Sendable {
    /// Inclusive; `nil` for the last.
    public let upTo: Int?
    public let unitAmount: StripeUnitAmount
    /// In the minor unit as Stripe counts it; `nil` for none.
    public let flatAmount: Int?
  }

  /// Why Stripe has no such price. Never empty when thrown.
  public struct Inexpressible: Error, Hashable, Sendable {
    public struct Reason: Hashable, Sendable {
      /// Within the rate: `unitSize`, `tiers[1].upTo`.
      public let field: String
      /// What would have to hold there.
      public let rule: String
    }

    public let reasons: [Reason]
  }

  /// A price of one unit that 12 decimals do not express is rounded up if any whole quantity of a period up to this one
  /// costs the same then (`StripeUnitAmount`).
  static let wholeUnits: UInt128 = 1_000_000_000

  /// - Throws: every reason at once.
  public init(of pricing: EffectiveRate.Pricing, currency: Currency) throws(Inexpressible) {
    var builder = StripePriceBuilder(unitSize: pricing.unitSize, currency: currency)
    let shape: StripePriceShape? =
      switch pricing.model {
      case .perUnit(let price): builder.perUnit(price, included: pricing.included)
      case .package(let price): builder.package(price, included: pricing.included)
      case .graduated(let tiers): builder.graduated(tiers, included: pricing.included)
      case .volume(let tiers): builder.volume(tiers, included: pricing.included)
      }
    guard let shape, builder.reasons.isEmpty else { throw Inexpressible(reasons: builder.reasons) }
    self = shape
  }
}
