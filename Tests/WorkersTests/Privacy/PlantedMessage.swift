import AMQP

/// A message full of a person's data, and what has to become of it.
struct PlantedMessage {
  enum Fate {
    /// It is in the ledger, or in the tables of orders, patients and charges.
    case taken
    /// A dead letter with this reason.
    case dead(String)
    /// A dead letter of the broker's, with the properties and headers of the message.
    case brokers
  }

  let body: [UInt8]
  let fate: Fate
  /// Stands in the message's id and headers as well.
  let planted: String

  init(_ body: String, _ fate: Fate, planted: String) { self.init(Array(body.utf8), fate, planted: planted) }

  init(_ body: [UInt8], _ fate: Fate, planted: String) {
    self.body = body
    self.fate = fate
    self.planted = planted
  }

  var reason: String? {
    if case .dead(let reason) = fate { return reason }
    return nil
  }

  var isBrokers: Bool {
    if case .brokers = fate { return true }
    return false
  }

  var outgoing: OutgoingMessage {
    OutgoingMessage(
      body: body, messageID: planted,
      headers: [
        "x-patient": .string(planted), planted: .string("yes"), "x-reason": .string(planted),
        "x-detail": .string("name: \(planted)"), "x-original-queue": .string(planted),
      ])
  }
}

extension PlantedPerson {
  /// Larger than messages may be: the broker dead-letters it.
  var oversized: PlantedMessage {
    PlantedMessage(String(repeating: "\(fullName), born \(birthDate); ", count: 2_500), .brokers, planted: fullName)
  }

  /// Where any field may be, and is ignored: as a value, a key, an element, nested, encoded and escaped.
  func anywhere(_ text: String) -> String {
    let (quoted, escaped) = (PlantedText.json(text), PlantedText.escaped(text))
    return """
      {\(quoted):\(quoted),"list":[\(quoted),{"deep":{\(escaped):[\(escaped)]}}],"name":\(PlantedText.json(fullName)),
       "born":"\(birthDate)","base64":"\(PlantedText.base64("name=\(fullName)&ssn=\(socialSecurityNumber)"))",
       "twice":"\(PlantedText.base64(PlantedText.base64(text)))","native":\(PlantedText.json(native)),"n":\(birth.year)}
      """
  }
}
