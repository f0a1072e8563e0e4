import Billing

extension PlantedPerson {
  /// Messages for the queue of usage.
  func usageMessages(_ company: String, now: Instant) -> [PlantedMessage] {
    texts.enumerated().map { goodUsage("\($1) \($0)", company, now: now) } + badUsage(company, now: now)
      + voids(company, now: now) + identifiers.map { strangersUsage($0, now: now) } + [oversized]
  }

  private func goodUsage(_ text: String, _ company: String, now: Instant) -> PlantedMessage {
    let quoted = PlantedText.json(text)
    return PlantedMessage(
      """
      {"usageId":\(quoted),"companyId":"\(company)","metric":"order","quantity":3,"timestamp":"\(now)",
       "userId":\(quoted),"subjectId":\(PlantedText.escaped(text)),"subscriptionId":\(quoted),
       "metadata":\(anywhere(text)),\(quoted):\(anywhere(text)),"patient":\(anywhere(text))}
      """, .taken, planted: text)
  }

  /// Of a company that nobody registers, since its id is a person's.
  private func strangersUsage(_ company: String, now: Instant) -> PlantedMessage {
    PlantedMessage(
      """
      {"usageId":\(PlantedText.json(native)),"companyId":"\(company)","metric":"order","quantity":12000,
       "timestamp":"\(now)","metadata":\(anywhere(company))}
      """, .taken, planted: company)
  }

  /// One for a record that is there, one for a record that never comes.
  private func voids(_ company: String, now: Instant) -> [PlantedMessage] {
    ["\(mail) 5", "\(fullName) never"].map { id in
      PlantedMessage(
        """
        {"usageId":\(PlantedText.json(id)),"companyId":"\(company)","timestamp":"\(now)",
         "reason":\(PlantedText.json("\(fullName), born \(birthDate), \(address)"))}
        """, .taken, planted: id)
    }
  }

  private func badUsage(_ company: String, now: Instant) -> [PlantedMessage] {
    func body(_ field: String, _ value: String) -> String {
      var fields = [
        ("usageId", PlantedText.json("bad \(fullName)")), ("companyId", "\"\(company)\""), ("metric", "\"order\""),
        ("quantity", "1"), ("timestamp", "\"\(now)\""), ("metadata", anywhere(fullName)),
      ]
      fields.removeAll { $0.0 == field }
      return "{" + (fields + [(field, value)]).map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
    let (name, place) = (PlantedText.json(fullName), PlantedText.json(address))
    let duplicate = "{\(name):1,\(name):2,\"usageId\":\(name)}"
    let cases: [(String, String)] = [
      ("unknown_metric", body("metric", name)), ("unknown_metric", body("metric", "\"planted.person\"")),
      ("conflicting_fields", body("usageType", PlantedText.json(native))),
      ("invalid_format", body("quantity", PlantedText.json(socialSecurityNumber))),
      ("out_of_range", body("quantity", "\"\(socialSecurityNumber.filter(\.isNumber))0000000\"")),
      ("invalid_format", body("timestamp", "\"\(birthDate)\"")),
      ("too_old", body("timestamp", "\"\(birthDate)T12:00:00Z\"")),
      ("invalid_format", body("companyId", place)), ("invalid_format", body("companyId", PlantedText.json(mail))),
      ("invalid_format", body("companyId", PlantedText.json(native))),
      ("reserved_id", body("usageId", PlantedText.json("order:\(recordNumber)"))),
      ("invalid_format", body("usageId", PlantedText.json("\(fullName)\n\(telephone)"))),
      ("wrong_type", body("userId", "[\(name)]")), ("wrong_type", body("subjectId", "{\(name):\(place)}")),
      ("wrong_type", body("metadata", name)), ("duplicate_field", duplicate), ("wrong_type", name),
      ("malformed_json", "\(fullName), born \(birthDate)"), ("malformed_json", String(body("userId", name).dropLast())),
      ("too_deep", String(repeating: "[", count: 70) + name + String(repeating: "]", count: 70)),
      ("missing_field", anywhere(recordNumber)),
      ("database_refused", body("usageId", PlantedText.json("refused \(fullName)"))),
    ]
    return cases.map { PlantedMessage($1, .dead($0), planted: fullName) }
      + [PlantedMessage(Array("{\"name\":\"\(fullName) ".utf8) + [0xFF, 0xFE], .dead("not_utf8"), planted: native)]
  }
}
