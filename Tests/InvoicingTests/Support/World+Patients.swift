import Billing
import Ledger
import TestSupport
import Testing

extension World {
  /// The tests' catalog with patients, itemized, at 2.00.
  static var withPatients: String {
    itemizing.replacing(
      #""metrics": ["#,
      with: #"""
        "metrics": [
        {"name": "patient_activation", "unit": "patient", "source": "internal", "aggregation": "sum"},
        """#
    ).replacing(
      #""rates": ["#,
      with: #"""
        "rates": [
        {"metric": "patient_activation", "model": "per_unit", "unitPrice": "2.00", "unitSize": 1, "included": 0,
         "billing": "invoice_item", "itemize": true},
        """#)
  }

  /// As the scheduler does it before a close.
  func renew(_ now: String) throws {
    _ = try PatientRenewal(connection: .forLedger(database.configuration), grace: Self.grace).run(asOf: instant(now))
  }

  /// What a message says of a patient.
  func patient(_ id: String, _ person: UInt8, _ change: PatientStep.Change, at time: String) throws {
    let step = PatientStep(
      companyID: try company(id),
      moment: EventMoment(occurredAt: try instant(time), eventID: EventID(high: 0, low: UInt64(person))),
      patient: Pseudonyms(newest: Pseudonym(keyID: 1, hash: [UInt8](repeating: person, count: 32))), change: change)
    _ = try Ledger(connection: .forLedger(database.configuration)).write([.patient(step)], now: instant(time))
  }
}
