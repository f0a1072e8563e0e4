/// A charge that is made once: a setup fee, an adjustment, a credit.
public struct OneOffCharge: Hashable, Sendable {
  public let companyID: CompanyID
  /// Says in which period it falls; of the same charge told twice, the first that is committed stands.
  public let moment: EventMoment
  /// The publisher's name of it, for which a company is charged once, ever: under every key of the operator's, since the
  /// text itself may be anybody's number.
  public let charge: Pseudonyms
  public let kind: ChargeKind
  /// Not negative; for a credit, not positive. Whether its currency is the company's is not known here.
  public let amount: Amount

  public init(companyID: CompanyID, moment: EventMoment, charge: Pseudonyms, kind: ChargeKind, amount: Amount) {
    self.companyID = companyID
    self.moment = moment
    self.charge = charge
    self.kind = kind
    self.amount = amount
  }
}
