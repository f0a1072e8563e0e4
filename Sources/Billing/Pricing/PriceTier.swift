/// One step of a tiered price. It begins where the tier before it ends, the first one at 0.
public struct PriceTier: Hashable, Sendable {
  /// The last quantity that belongs to it; `nil` for the last tier, which is open.
  public let upTo: Quantity?
  /// What a unit size costs in it.
  public let unitPrice: Price
  /// What is owed once in a period for reaching it: for each tier reached if graduated, for the one that decides if by
  /// volume.
  public let flatFee: Price

  public init(upTo: Quantity?, unitPrice: Price, flatFee: Price = .zero) {
    self.upTo = upTo
    self.unitPrice = unitPrice
    self.flatFee = flatFee
  }

  /// Whether `quantity`, known to be above the tier before, belongs to this one.
  func holds(_ quantity: Quantity) -> Bool { upTo.map { quantity <= $0 } ?? true }
}
