import Billing

/// Order events as upstream services write them.
enum OrderEvents {
  static func order(
    _ id: String, _ company: String, _ type: String = "order.sent_to_radiology", at time: Instant = Usage.now,
    modality: String? = nil, code: String? = nil, event: String? = nil
  ) -> String {
    var fields = #""orderId":"\#(id)""#
    if let modality { fields += #","modality":"\#(modality)""# }
    if let code { fields += #","cptCode":"\#(code)""# }
    return message(event ?? "\(type)-\(id)-\(time)", type, company, time, #""order":{\#(fields)}"#)
  }

  static func patient(_ id: String, _ company: String, _ type: String, at time: Instant = Usage.now) -> String {
    message("\(type)-\(id)-\(time)", "patient.\(type)", company, time, #""patient":{"patientId":"\#(id)"}"#)
  }

  static func charge(
    _ id: String, _ company: String, kind: String = "setup_fee", _ amount: String = "50.00", currency: String = "usd"
  ) -> String {
    message(
      "charge-\(id)", "charge.created", company, Usage.now,
      #""charge":{"chargeId":"\#(id)","kind":"\#(kind)","amount":"\#(amount)","currency":"\#(currency)"}"#)
  }

  private static func message(
    _ event: String, _ type: String, _ company: String, _ time: Instant, _ subject: String
  ) -> String {
    #"{"eventId":"\#(event)","type":"\#(type)","companyId":"\#(company)","occurredAt":"\#(time)",\#(subject)}"#
  }
}
