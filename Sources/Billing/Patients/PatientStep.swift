/// A patient was activated or deactivated.
public struct PatientStep: Hashable, Sendable {
  /// Two of one instant and one id count in this order.
  public enum Change: String, Hashable, Sendable, CaseIterable, Comparable {
    case activated, deactivated

    public static func < (left: Change, right: Change) -> Bool { left == .activated && right == .deactivated }
  }

  public let companyID: CompanyID
  public let moment: EventMoment
  /// The patient, under every key of the operator's.
  public let patient: Pseudonyms
  public let change: Change

  public init(companyID: CompanyID, moment: EventMoment, patient: Pseudonyms, change: Change) {
    self.companyID = companyID
    self.moment = moment
    self.patient = patient
    self.change = change
  }
}
