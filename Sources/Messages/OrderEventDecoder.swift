import Billing
import JSON

/// Reads and checks the messages of the queue of order events; one for each thread.
///
/// Whose order or patient it is becomes a keyed pseudonym here, as does the name of a charge, and the words for the imaging
/// become a class: none of them can be had from the event. The field `type` decides what a message is, not the routing key, which a requeued dead letter
/// has lost. Fields that are not in the schema are checked for JSON's grammar and otherwise ignored.
public final class OrderEventDecoder {
  let message: MessageReader
  let codes: ProcedureCodeTable

  /// - Parameters:
  ///   - keyring: makes pseudonyms of `orderId`, `patientId` and `chargeId`.
  ///   - maximumAge: how many days old events may be.
  ///   - codes: which procedure codes are known.
  public init(keyring: PseudonymKeyring, maximumAge days: Int, codes: ProcedureCodeTable) throws {
    message = try MessageReader(keyring: keyring, maximumAge: days)
    self.codes = codes
  }

  /// Reads one message.
  ///
  /// - Parameters:
  ///   - body: the message as delivered.
  ///   - now: the time to judge `occurredAt` by.
  ///   - chargeKinds: the catalog's.
  /// - Throws: the first rule that is broken: the whole body first, then field by field.
  public func decode(
    _ body: [UInt8], now: Instant, chargeKinds: [ChargeKind]
  ) throws(BadMessage) -> OrderEvent {
    try message.read(body, names: Fields.names)
    let fields = Fields(message.json)
    let eventName = try eventName(fields.eventID)
    let kind = try kind(fields.type)
    let companyID = try message.companyID(fields.companyID)
    let occurredAt = try message.instant(fields.occurredAt, "occurredAt", now: now)
    let moment = EventMoment(occurredAt: occurredAt, eventID: try eventID(eventName, company: companyID))
    switch kind {
    case .order(let stage):
      let order = try object(fields.order, "order")
      return .order(
        OrderStep(
          companyID: companyID, moment: moment, order: try person(order, "orderId", "order.orderId", companyID),
          stage: stage, imaging: try imaging(order)))
    case .patient(let change):
      let patient = try object(fields.patient, "patient")
      return .patient(
        PatientStep(
          companyID: companyID, moment: moment,
          patient: try person(patient, "patientId", "patient.patientId", companyID), change: change))
    case .charge:
      let charge = try object(fields.charge, "charge")
      let name = try chargeName(charge, companyID)
      let chargeKind = try chargeKind(charge, among: chargeKinds)
      return .charge(
        OneOffCharge(
          companyID: companyID, moment: moment, charge: name, kind: chargeKind,
          amount: try amount(charge, of: chargeKind)))
    }
  }

  /// What a message is about, by its `type`.
  enum Kind {
    case order(OrderStage)
    case patient(PatientStep.Change)
    case charge

    static let byType: [String: Kind] = {
      var kinds: [String: Kind] = ["charge.created": .charge]
      for stage in OrderStage.allCases { kinds["order.\(stage.rawValue)"] = .order(stage) }
      for change in PatientStep.Change.allCases { kinds["patient.\(change.rawValue)"] = .patient(change) }
      return kinds
    }()
  }
}

/// Where the fields of a message are.
private struct Fields {
  let eventID, type, companyID, occurredAt, order, patient, charge: JSONReader.Field?

  init(_ reader: JSONReader) {
    eventID = reader.field("eventId")
    type = reader.field("type")
    companyID = reader.field("companyId")
    occurredAt = reader.field("occurredAt")
    order = reader.field("order")
    patient = reader.field("patient")
    charge = reader.field("charge")
  }

  static let names: [StaticString] = ["eventId", "type", "companyId", "occurredAt", "order", "patient", "charge"]
}
