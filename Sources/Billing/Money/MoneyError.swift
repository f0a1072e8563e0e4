/// Why a sum of money could not be had. Trying again cannot help: the catalog or the figures themselves are at fault.
public enum MoneyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The result does not fit 128 bits of minor units.
  case overflow
  /// Two amounts of different currencies met.
  case currencyMismatch(Currency, Currency)
  /// A rate's unit size is 0 or less, so that a price per unit has no meaning.
  case unitSizeNotPositive
  /// A quantity lies beyond a rate's last tier, or there is none; a checked catalog's last tier is open.
  case noTier

  public var description: String {
    switch self {
    case .overflow: "the amount is too large to be computed exactly"
    case .currencyMismatch(let left, let right): "amounts in \(left) and \(right) do not add up"
    case .unitSizeNotPositive: "the unit size is not above 0"
    case .noTier: "the quantity is beyond the last tier"
    }
  }
}
