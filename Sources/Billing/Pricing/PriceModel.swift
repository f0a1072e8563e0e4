/// How a period's total becomes a price. What every model has in common: the quota is taken off first, and the model
/// sees only what is left (see `Pricing`).
public enum PriceModel: Hashable, Sendable {
  /// Every unit, or part of one, costs the same: what the price of one unit size comes to.
  case perUnit(Price)
  /// Unit sizes are sold whole: a begun one costs as much as a full one.
  case package(Price)
  /// Each tier's units cost that tier's price.
  case graduated([PriceTier])
  /// All units cost the price of the tier that their number falls in. More can cost less, just past a tier's bound.
  case volume([PriceTier])

  /// A model's name in documents.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case perUnit = "per_unit"
    case package
    case graduated
    case volume

    public var hasTiers: Bool { self == .graduated || self == .volume }
  }

  public var kind: Kind {
    switch self {
    case .perUnit: .perUnit
    case .package: .package
    case .graduated: .graduated
    case .volume: .volume
    }
  }

  /// What one unit size costs; `nil` where tiers say it.
  public var unitPrice: Price? {
    switch self {
    case .perUnit(let price), .package(let price): price
    case .graduated, .volume: nil
    }
  }

  /// Lowest first; `nil` for models without.
  public var tiers: [PriceTier]? {
    switch self {
    case .perUnit, .package: nil
    case .graduated(let tiers), .volume(let tiers): tiers
    }
  }

  /// The same model at a company's own price. Tiers stay: one price cannot stand for several, so overrides that name one
  /// are refused where the plan has tiers (`Plan.mistakes(of:from:at:)`).
  func priced(at own: Price?) -> PriceModel {
    guard let own else { return self }
    switch self {
    case .perUnit: return .perUnit(own)
    case .package: return .package(own)
    case .graduated, .volume: return self
    }
  }
}
