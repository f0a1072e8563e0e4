import Billing
import Crypto
import JSON

/// One rule for each field; errors name the field and the rule.
extension OrderEventDecoder {
  func eventName(_ field: JSONReader.Field?) throws(BadMessage) -> JSONReader.Field {
    let field = try message.string(field, "eventId")
    guard message.json.withString(of: field, { TextRule.allows($0, maximum: 128) }) == true else {
      throw badEventID
    }
    return field
  }

  func eventID(_ name: JSONReader.Field, company: CompanyID) throws(BadMessage) -> EventID {
    let made = try message.json.withString(of: name) { (text) throws(BadMessage) -> EventID? in
      if let id = EventID(uuid: text) { return id }
      do throws(CryptoError) {
        return EventID(digest: try message.pseudonymizer.newestPseudonym(company: company, identifier: text).hash)
      } catch {
        throw message.noPseudonym("eventId")
      }
    }
    guard let id = made ?? nil else { throw badEventID }
    return id
  }

  func kind(_ field: JSONReader.Field?) throws(BadMessage) -> Kind {
    guard let kind = Kind.byType[try message.text(field, "type")] else {
      throw BadMessage(.unknownType, field: "type", rule: "must be a type of order, patient or charge event")
    }
    return kind
  }

  func object(_ field: JSONReader.Field?, _ name: StaticString) throws(BadMessage) -> JSONReader.Field {
    guard let field else { throw message.missing(name) }
    guard field.kind == .object else { throw BadMessage(.wrongType, field: name, rule: "must be an object") }
    return field
  }

  /// Whose order or patient it is.
  func person(
    _ object: JSONReader.Field, _ name: StaticString, _ path: StaticString, _ company: CompanyID
  ) throws(BadMessage) -> Pseudonyms {
    let field = try message.string(message.json.field(name, in: object), path)
    return try message.pseudonyms(field, path, company: company)
  }

  // MARK: - Imaging

  func imaging(_ order: JSONReader.Field) throws(BadMessage) -> ImagingEvidence {
    let byModality = try classified(order, "modality", "order.modality") { Modality.imaging($0) }
    let byCode = try classified(order, "cptCode", "order.cptCode") { ProcedureCode($0).flatMap { codes.imaging($0) } }
    return ImagingEvidence(byCode: byCode, byModality: byModality)
  }

  /// Words that nobody knows tell nothing, and are not bad: the order is billed all the same.
  private func classified(
    _ order: JSONReader.Field, _ name: StaticString, _ path: StaticString, by rule: (Span<UInt8>) -> ImagingClass?
  ) throws(BadMessage) -> ImagingClass? {
    guard let field = try message.optionalString(message.json.field(name, in: order), path) else { return nil }
    let read = try message.json.withString(of: field) { (text) throws(BadMessage) -> ImagingClass? in
      guard TextRule.allowsFreeText(text, maximum: 256) else { throw Self.badWords(path) }
      return rule(text)
    }
    guard let read else { throw Self.badWords(path) }
    return read
  }

  // MARK: - Charges

  func chargeName(_ charge: JSONReader.Field, _ company: CompanyID) throws(BadMessage) -> Pseudonyms {
    let field = try message.string(message.json.field("chargeId", in: charge), "charge.chargeId")
    let isGood = message.json.withString(of: field) { text in
      (1...128).contains(text.count) && text.indices.allSatisfy { CompanyID.isAllowed(text[$0]) }
    }
    guard isGood == true else {
      throw BadMessage(.invalidFormat, field: "charge.chargeId", rule: "must be 1 to 128 of A-Z a-z 0-9 . _ : -")
    }
    return try message.pseudonyms(field, "charge.chargeId", company: company)
  }

  func chargeKind(_ charge: JSONReader.Field, among kinds: [ChargeKind]) throws(BadMessage) -> ChargeKind {
    let text = try message.text(message.json.field("kind", in: charge), "charge.kind")
    guard let kind = kinds.first(where: { $0.text == text }) else {
      throw BadMessage(.unknownChargeKind, field: "charge.kind", rule: "must be in the catalog")
    }
    return kind
  }

  func amount(_ charge: JSONReader.Field, of kind: ChargeKind) throws(BadMessage) -> Amount {
    let currency = try currency(charge)
    let field = try message.string(message.json.field("amount", in: charge), "charge.amount")
    let read: Int128?
    do throws(DecimalText.Problem) {
      read = try message.json.withString(of: field) { (text) throws(DecimalText.Problem) in
        try DecimalText.parse(text, scale: currency.minorDigits, maximumIntegerDigits: 12)
      }
    } catch {
      throw Self.badAmount(error)
    }
    guard let minorUnits = read else { throw Self.badAmount(.malformed) }
    if kind.isCredit {
      // A credit that adds to the bill was meant otherwise: a person has to say how.
      guard minorUnits <= 0 else {
        throw BadMessage(.outOfRange, field: "charge.amount", rule: "of a credit must not be above 0")
      }
    } else {
      guard minorUnits >= 0 else { throw Self.badAmount(.negative) }
    }
    return Amount(minorUnits: minorUnits, currency: currency)
  }

  private func currency(_ charge: JSONReader.Field) throws(BadMessage) -> Currency {
    let text = try message.text(message.json.field("currency", in: charge), "charge.currency")
    // Three bytes, since letters past ASCII may have one of ASCII's as their small letter.
    guard text.utf8.count == 3, let currency = Currency(text) else {
      throw BadMessage(.invalidFormat, field: "charge.currency", rule: "must be a currency of ISO 4217")
    }
    return currency
  }

  // MARK: - Errors

  private var badEventID: BadMessage {
    BadMessage(.invalidFormat, field: "eventId", rule: "must be 1 to 128 characters, none a control character")
  }

  private static func badWords(_ path: StaticString) -> BadMessage {
    BadMessage(.invalidFormat, field: path, rule: "must be at most 256 characters, none of them U+0000")
  }

  private static func badAmount(_ problem: DecimalText.Problem) -> BadMessage {
    switch problem {
    case .malformed:
      BadMessage(.invalidFormat, field: "charge.amount", rule: "must be a decimal number as JSON writes it")
    case .tooManyDecimals:
      BadMessage(.tooManyDecimals, field: "charge.amount", rule: "must not have more decimals than the currency")
    case .tooLarge: BadMessage(.outOfRange, field: "charge.amount", rule: "must be below 10^12")
    case .negative: BadMessage(.outOfRange, field: "charge.amount", rule: "must not be negative, except for a credit")
    }
  }
}
