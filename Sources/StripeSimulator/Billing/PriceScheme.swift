/// How a price turns a quantity into money. Amounts are in minor units, with up to 12 decimals.
enum PriceScheme: Hashable, Sendable {
  case perUnit(Decimal, transform: QuantityTransform?)
  case tiered(TiersMode, [PriceTier])
}

/// `transform_quantity`: packages of so many units.
struct QuantityTransform: Hashable, Sendable {
  let divideBy: Int
  let rounding: Decimal.Rounding
}

enum TiersMode: String, Sendable {
  /// Every unit costs what the tier that it falls into says.
  case graduated
  /// All units cost what the tier that the whole quantity falls into says.
  case volume
}

struct PriceTier: Hashable, Sendable {
  /// The last unit of the tier; `nil` for the last tier.
  let upTo: Int?
  let unitAmount: Decimal?
  let flatAmount: Decimal?
}
