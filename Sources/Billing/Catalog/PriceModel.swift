/// How a quantity becomes a price.
public enum PriceModel: String, Hashable, Sendable, CaseIterable {
  /// Every unit, or part of one, costs the same.
  case perUnit = "per_unit"
  /// Begun packages count whole.
  case package
  /// Each tier's units cost that tier's price.
  case graduated
  /// All units cost the price of the tier that the total falls in.
  case volume

  /// The one word on models that exist in documents before they can be computed.
  var notSupportedYet: String { "model \(rawValue) is not supported yet" }
}
