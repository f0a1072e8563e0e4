/// Something has happened to a radiology order.
public struct OrderStep: Hashable, Sendable {
  public let companyID: CompanyID
  public let moment: EventMoment
  /// The order, under every key of the operator's.
  public let order: Pseudonyms
  public let stage: OrderStage
  public let imaging: ImagingEvidence

  public init(
    companyID: CompanyID, moment: EventMoment, order: Pseudonyms, stage: OrderStage, imaging: ImagingEvidence
  ) {
    self.companyID = companyID
    self.moment = moment
    self.order = order
    self.stage = stage
    self.imaging = imaging
  }
}
