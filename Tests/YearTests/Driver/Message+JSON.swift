import YearReference

extension Message {
  /// Whether it goes to the queue of usage.
  var isUsage: Bool {
    switch self {
    case .usage, .void: true
    case .order, .patient, .charge: false
    }
  }

  /// As its publisher sends it. No text in it needs an escape.
  var body: [UInt8] { Array(text.utf8) }

  private var text: String {
    switch self {
    case .usage(let usage):
      let subject = usage.subject.map { #","subjectId":"\#($0)""# } ?? ""
      return #"{"usageId":"\#(usage.id)","companyId":"\#(usage.company)","metric":"\#(usage.metric)","#
        + #""quantity":\#(usage.quantity),"timestamp":"\#(usage.at)"\#(subject)}"#
    case .void(let void):
      return #"{"usageId":"\#(void.id)","companyId":"\#(void.company)","timestamp":"\#(void.at)","reason":"wrong"}"#
    case .order(let order):
      let modality = order.modality.map { #","modality":"\#($0)""# } ?? ""
      let code = order.code.map { #","cptCode":"\#($0)""# } ?? ""
      return event("order.\(order.stage.rawValue)", order.eventID, order.company, order.at)
        + #""order":{"orderId":"\#(order.order)"\#(modality)\#(code)}}"#
    case .patient(let patient):
      return event(
        "patient.\(patient.isActivation ? "activated" : "deactivated")", patient.eventID, patient.company, patient.at)
        + #""patient":{"patientId":"\#(patient.patient)"}}"#
    case .charge(let charge):
      let digits = YearCatalog.first.plans.first { $0.currency == charge.currency }?.digits ?? 2
      return event("charge.created", charge.eventID, charge.company, charge.at)
        + #""charge":{"chargeId":"\#(charge.charge)","kind":"\#(charge.kind)","#
        + #""amount":"\#(Self.decimal(charge.amount, digits: digits))","currency":"\#(charge.currency)"}}"#
    }
  }

  private func event(_ type: String, _ id: String, _ company: String, _ at: Moment) -> String {
    #"{"eventId":"\#(id)","type":"\#(type)","companyId":"\#(company)","occurredAt":"\#(at)","#
  }

  /// `-1.05` of -105 cents.
  static func decimal(_ minorUnits: Int, digits: Int) -> String {
    let sign = minorUnits < 0 ? "-" : ""
    let text = String(minorUnits.magnitude)
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    return digits == 0 ? sign + text : sign + padded.dropLast(digits) + "." + padded.suffix(digits)
  }
}
