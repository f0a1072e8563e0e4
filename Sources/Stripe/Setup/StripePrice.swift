import Billing

/// A price that has to be at Stripe. Prices never change there: the lookup key says all that this one is, so that a price
/// with another shape is another price, and the same one is made once, whichever plan, rate version or company needs it.
public struct StripePrice: Hashable, Sendable {
  enum Terms: Hashable, Sendable {
    /// Once a period, in Stripe's minor unit.
    case licensed(Int64)
    case metered(MetricName, StripePriceShape)
  }

  public let currency: Currency
  let terms: Terms

  /// A plan's base fee; `nil` when Stripe's minor unit does not express it.
  init?(baseFee: Amount) {
    guard let amount = StripeAmount.minorUnits(baseFee) else { return nil }
    currency = baseFee.currency
    terms = .licensed(amount)
  }

  init(_ metric: MetricName, _ shape: StripePriceShape, currency: Currency) {
    self.currency = currency
    terms = .metered(metric, shape)
  }

  public var product: StripeProduct {
    switch terms {
    case .licensed: .baseFee
    case .metered(let metric, _): .metric(metric)
    }
  }

  /// `usage_billing:order:usd:0f3a…`. At most 200 characters are Stripe's.
  public var lookupKey: StripeText {
    switch terms {
    case .licensed(let amount): "\(Self.prefix)base_fee:\(currency):\(amount)"
    case .metered(let metric, let shape):
      "\(Self.prefix)\(metric):\(currency):\(ContentDigest(shape.canonical))"
    }
  }

  static let prefix: StripeText = "usage_billing:"
}

extension StripePriceShape {
  /// The same text for the same price.
  fileprivate var canonical: String {
    switch self {
    case .perUnit(let amount): "per_unit:\(amount)"
    case .package(let amount, let size): "package:\(amount):\(size)"
    case .tiered(let mode, let tiers):
      "\(mode.rawValue):"
        + tiers.map { tier in
          let bound = tier.upTo.map { "\($0)" } ?? "inf"
          return "\(bound)=\(tier.unitAmount)+\(tier.flatAmount ?? 0)"
        }.joined(separator: ",")
    }
  }
}

extension StripeUnitAmount: Outbound {
  public var outboundText: String { description }
}
