import Testing

@testable import Billing

private func company() throws -> CompanyID { try #require(CompanyID("comp-123")) }
private let somebody = Pseudonyms(newest: Pseudonym(keyID: 1, hash: []))

func moment(_ text: String, _ id: UInt64) throws -> EventMoment {
  EventMoment(occurredAt: try instant(text), eventID: EventID(high: 0, low: id))
}

func step(
  _ stage: OrderStage, at occurredAt: String, id: UInt64 = 1, code: ImagingClass? = nil, modality: ImagingClass? = nil
) throws -> OrderStep {
  OrderStep(
    companyID: try company(), moment: try moment(occurredAt, id), order: somebody, stage: stage,
    imaging: ImagingEvidence(byCode: code, byModality: modality))
}

func step(_ change: PatientStep.Change, at occurredAt: String, id: UInt64 = 1) throws -> PatientStep {
  PatientStep(companyID: try company(), moment: try moment(occurredAt, id), patient: somebody, change: change)
}
