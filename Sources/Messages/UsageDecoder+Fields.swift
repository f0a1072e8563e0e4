import Billing
import JSON

/// One rule for each field; errors name the field and the rule.
extension UsageDecoder {
  func usageID(_ field: JSONReader.Field?) throws(BadMessage) -> UsageID {
    let text = try message.text(field, "usageId")
    guard let id = UsageID(text) else {
      throw BadMessage(.invalidFormat, field: "usageId", rule: "must be 1 to 128 characters, none a control character")
    }
    guard !id.isReserved else {
      throw BadMessage(.reservedID, field: "usageId", rule: "must not begin with order:, activation:, charge: or void:")
    }
    return id
  }

  func metric(
    _ field: JSONReader.Field?, alias: JSONReader.Field?, metrics: [MetricName: Metric]
  ) throws(BadMessage) -> Metric {
    let name: String
    if field == nil, let alias {
      name = try message.text(alias, "usageType")
    } else {
      name = try message.text(field, "metric")
      if let alias, try message.text(alias, "usageType") != name {
        throw BadMessage(.conflictingFields, field: "usageType", rule: "must be the same as metric")
      }
    }
    guard let metric = MetricName(name).flatMap({ metrics[$0] }) else {
      throw BadMessage(.unknownMetric, field: "metric", rule: "must be in the catalog")
    }
    guard metric.source == .message else {
      throw BadMessage(.internalMetric, field: "metric", rule: "must be one that messages may record")
    }
    return metric
  }

  func quantity(_ field: JSONReader.Field?) throws(BadMessage) -> Quantity {
    guard let field else { throw message.missing("quantity") }
    do throws(DecimalText.Problem) {
      switch field.kind {
      case .number: return try message.json.withRawText(of: field, Quantity.parse)
      case .string:
        guard let quantity = try message.json.withString(of: field, Quantity.parse) else { throw .malformed }
        return quantity
      default: break
      }
    } catch {
      throw badQuantity(error)
    }
    throw BadMessage(.wrongType, field: "quantity", rule: "must be a number or a decimal string")
  }

  /// Whoever or whatever it names can be a person: it is kept as a pseudonym. `nil` when the field is absent or null.
  func identifier(
    _ field: JSONReader.Field?, _ name: StaticString, company: CompanyID
  ) throws(BadMessage) -> Pseudonyms? {
    guard let field = try message.optionalString(field, name) else { return nil }
    return try message.pseudonyms(field, name, company: company)
  }

  /// `nil` when the field is absent.
  func metadata(_ field: JSONReader.Field?) throws(BadMessage) -> [UInt8]? {
    guard let field else { return nil }
    guard field.kind == .object else { throw BadMessage(.wrongType, field: "metadata", rule: "must be an object") }
    guard message.json.rawLength(of: field) <= Self.maximumMetadataBytes else {
      throw BadMessage(.tooLarge, field: "metadata", rule: "must be at most 16384 bytes as sent")
    }
    return message.json.rawText(of: field)
  }

  func reason(_ field: JSONReader.Field?) throws(BadMessage) -> String {
    let field = try message.string(field, "reason")
    guard message.json.withString(of: field, { TextRule.allowsFreeText($0, maximum: 512) }) == true else {
      throw BadMessage(.invalidFormat, field: "reason", rule: "must be at most 512 characters, none of them U+0000")
    }
    return try message.text(field, "reason")
  }

  private func badQuantity(_ problem: DecimalText.Problem) -> BadMessage {
    switch problem {
    case .malformed: BadMessage(.invalidFormat, field: "quantity", rule: "must be a decimal number as JSON writes it")
    case .tooManyDecimals: BadMessage(.tooManyDecimals, field: "quantity", rule: "must have at most 9 decimals")
    case .tooLarge: BadMessage(.outOfRange, field: "quantity", rule: "must be below 10^15")
    case .negative: BadMessage(.outOfRange, field: "quantity", rule: "must not be negative")
    }
  }
}
