/// A charge that is made once: a setup fee, an adjustment, a credit.
public struct OneOffCharge: Hashable, Sendable {
  public let companyID: CompanyID
  /// Says in which period it falls; of the same charge told twice, the first that is committed stands.
  public let moment: EventMoment
  public let chargeID: ChargeID
  public let kind: ChargeKind
  /// Not negative; for a credit, not positive. Whether its currency is the company's is not known here.
  public let amount: Amount

  public init(companyID: CompanyID, moment: EventMoment, chargeID: ChargeID, kind: ChargeKind, amount: Amount) {
    self.companyID = companyID
    self.moment = moment
    self.chargeID = chargeID
    self.kind = kind
    self.amount = amount
  }
}
