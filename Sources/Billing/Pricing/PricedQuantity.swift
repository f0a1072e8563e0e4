/// A line's quantity with what it costs.
public struct PricedQuantity: Hashable, Sendable {
  /// What is left to pay for after the quota, in the metric's unit; not rounded up to whole packages.
  public let billable: Quantity
  /// Rounded once, here.
  public let amount: Amount

  public init(billable: Quantity, amount: Amount) {
    self.billable = billable
    self.amount = amount
  }
}
