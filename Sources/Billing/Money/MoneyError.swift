/// Why a sum of money could not be had. Trying again cannot help: the catalog or the figures themselves are at fault.
public enum MoneyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The result does not fit 128 bits of minor units.
  case overflow
  /// Two amounts of different currencies met.
  case currencyMismatch(Currency, Currency)
  /// A rate's unit size is 0 or less, so that a price per unit has no meaning.
  case unitSizeNotPositive
  /// A rate's price model cannot be computed yet; a checked catalog has none of these.
  case unsupportedModel(PriceModel)

  public var description: String {
    switch self {
    case .overflow: "the amount is too large to be computed exactly"
    case .currencyMismatch(let left, let right): "amounts in \(left) and \(right) do not add up"
    case .unitSizeNotPositive: "the unit size is not above 0"
    case .unsupportedModel(let model): model.notSupportedYet
    }
  }
}
