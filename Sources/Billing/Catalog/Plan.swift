/// A base fee for each period and the rates of the metrics that it prices.
public struct Plan: Hashable, Sendable {
  public let id: PlanID
  /// Per whole period.
  public let baseFee: Amount
  /// In the document's order; several with one metric are its versions.
  public let rates: [Rate]
  /// Whether companies that name no plan are on this one.
  public let isDefault: Bool

  public init(id: PlanID, baseFee: Amount, rates: [Rate], isDefault: Bool = false) {
    self.id = id
    self.baseFee = baseFee
    self.rates = rates
    self.isDefault = isDefault
  }

  public var currency: Currency { baseFee.currency }
}
