import Billing

extension PlantedPerson {
  /// Messages for the queue of order events.
  func orderMessages(_ company: String, now: Instant) -> [PlantedMessage] {
    texts.flatMap { [order($0, company, now: now), patient($0, company, now: now)] }
      + identifiers.flatMap { [charge($0, company, now: now), strangersOrder($0, now: now)] }
      + badOrders(company, now: now) + [oversized]
  }

  private func event(_ id: String, _ type: String, _ company: String, now: Instant, _ rest: String) -> String {
    """
    {"eventId":\(PlantedText.json(id)),"type":"\(type)","companyId":"\(company)","occurredAt":"\(now)",
     "patientName":\(PlantedText.json(fullName)),\(PlantedText.json(native)):\(anywhere(id)),\(rest)}
    """
  }

  private func order(_ text: String, _ company: String, now: Instant) -> PlantedMessage {
    let quoted = PlantedText.json(text)
    return PlantedMessage(
      event(
        text, "order.sent_to_radiology", company, now: now,
        """
        "order":{"orderId":\(PlantedText.escaped(text)),"modality":\(PlantedText.json("CT of \(text)")),
          "cptCode":\(quoted),"patient":\(anywhere(text)),\(quoted):\(quoted)}
        """), .taken, planted: text)
  }

  private func patient(_ text: String, _ company: String, now: Instant) -> PlantedMessage {
    PlantedMessage(
      event(
        "activated \(text)", "patient.activated", company, now: now,
        #""patient":{"patientId":\#(PlantedText.json(text)),"record":\#(anywhere(text))}"#), .taken, planted: text)
  }

  private func charge(_ id: String, _ company: String, now: Instant) -> PlantedMessage {
    PlantedMessage(
      event(
        "charge \(id)", "charge.created", company, now: now,
        """
        "charge":{"chargeId":"\(id)","kind":"setup_fee","amount":"50.00","currency":"usd","for":\(anywhere(id))}
        """), .taken, planted: id)
  }

  private func strangersOrder(_ company: String, now: Instant) -> PlantedMessage {
    PlantedMessage(
      event(
        company, "order.completed", company, now: now, #""order":{"orderId":"\#(company)","modality":"MR"}"#), .taken,
      planted: company)
  }

  private func badOrders(_ company: String, now: Instant) -> [PlantedMessage] {
    let (name, place) = (PlantedText.json(fullName), PlantedText.json(address))
    func bad(_ reason: String, _ type: String, _ rest: String, id: String? = nil) -> PlantedMessage {
      PlantedMessage(event(id ?? fullName, type, company, now: now, rest), .dead(reason), planted: native)
    }
    func charge(_ field: String, _ value: String) -> String {
      var fields = [
        ("chargeId", "\"bad\""), ("kind", "\"setup_fee\""), ("amount", "\"1.00\""), ("currency", "\"usd\""),
      ]
      fields.removeAll { $0.0 == field }
      return "\"charge\":{" + (fields + [(field, value)]).map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
    let order = #""order":{"orderId":\#(name)}"#
    return [
      bad("unknown_type", fullName, order), bad("missing_field", "order.completed", #""orders":\#(name)"#),
      bad("wrong_type", "order.completed", #""order":\#(name)"#),
      bad("invalid_format", "order.completed", order, id: String(repeating: "\(fullName) ", count: 12)),
      bad("invalid_format", "order.completed", #""order":{"orderId":\#(PlantedText.json("\(native)\n"))}"#),
      bad(
        "invalid_format", "order.completed",
        #""order":{"orderId":\#(name),"modality":\#(PlantedText.json(String(repeating: fullName, count: 30)))}"#),
      bad("wrong_type", "patient.deactivated", #""patient":{"patientId":[\#(name),\#(place)]}"#),
      bad("unknown_charge_kind", "charge.created", charge("kind", name)),
      bad("invalid_format", "charge.created", charge("amount", "\"\(telephone)\"")),
      bad("invalid_format", "charge.created", charge("currency", PlantedText.json(native))),
      bad("wrong_currency", "charge.created", charge("currency", "\"eur\"")),
      bad("invalid_format", "charge.created", charge("chargeId", place)),
      PlantedMessage("\(fullName): \(socialSecurityNumber)", .dead("malformed_json"), planted: mail),
    ]
  }
}
