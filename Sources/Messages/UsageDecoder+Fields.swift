import Billing
import JSON

/// One rule for each field; errors name the field and the rule.
extension UsageDecoder {
  func usageID(_ field: JSONReader.Field?) throws(BadMessage) -> UsageID {
    let text = try text(field, "usageId")
    guard let id = UsageID(text) else {
      throw BadMessage(.invalidFormat, field: "usageId", rule: "must be 1 to 128 characters, none a control character")
    }
    guard !id.isReserved else {
      throw BadMessage(.reservedID, field: "usageId", rule: "must not begin with order:, activation:, charge: or void:")
    }
    return id
  }

  func companyID(_ field: JSONReader.Field?) throws(BadMessage) -> CompanyID {
    guard let id = CompanyID(try text(field, "companyId")) else {
      throw BadMessage(.invalidFormat, field: "companyId", rule: "must be 1 to 128 of A-Z a-z 0-9 . _ : -")
    }
    return id
  }

  func timestamp(_ field: JSONReader.Field?, now: Instant) throws(BadMessage) -> Instant {
    let field = try string(field, "timestamp")
    guard let timestamp = reader.withString(of: field, { Instant($0) }) ?? nil else {
      throw BadMessage(.invalidFormat, field: "timestamp", rule: "must be a date and time with an offset (RFC 3339)")
    }
    try checkAge(timestamp, now: now)
    return timestamp
  }

  func metric(
    _ field: JSONReader.Field?, alias: JSONReader.Field?, metrics: [MetricName: Metric]
  ) throws(BadMessage) -> Metric {
    let name: String
    if field == nil, let alias {
      name = try text(alias, "usageType")
    } else {
      name = try text(field, "metric")
      if let alias, try text(alias, "usageType") != name {
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
    guard let field else { throw missing("quantity") }
    do throws(DecimalText.Problem) {
      switch field.kind {
      case .number: return try reader.withRawText(of: field, Quantity.parse)
      case .string:
        guard let quantity = try reader.withString(of: field, Quantity.parse) else { throw .malformed }
        return quantity
      default: break
      }
    } catch {
      throw badQuantity(error)
    }
    throw BadMessage(.wrongType, field: "quantity", rule: "must be a number or a decimal string")
  }

  /// `nil` when the field is absent or null.
  func person(
    _ field: JSONReader.Field?, _ name: StaticString, company: CompanyID
  ) throws(BadMessage) -> Pseudonyms? {
    guard let field = try optionalString(field, name) else { return nil }
    let made = try reader.withString(of: field) { (text) throws(BadMessage) in
      guard TextRule.allows(text, maximum: 256) else { throw badIdentifier(name) }
      return try pseudonyms(text, company: company, field: name)
    }
    guard let made else { throw badIdentifier(name) }
    return made
  }

  /// `nil` when the field is absent or null.
  func subscriptionID(_ field: JSONReader.Field?) throws(BadMessage) -> String? {
    guard let field = try optionalString(field, "subscriptionId") else { return nil }
    guard reader.withString(of: field, { TextRule.allows($0, maximum: 256) }) == true else {
      throw badIdentifier("subscriptionId")
    }
    return try text(field, "subscriptionId")
  }

  /// `nil` when the field is absent.
  func metadata(_ field: JSONReader.Field?) throws(BadMessage) -> [UInt8]? {
    guard let field else { return nil }
    guard field.kind == .object else { throw BadMessage(.wrongType, field: "metadata", rule: "must be an object") }
    guard reader.rawLength(of: field) <= Self.maximumMetadataBytes else {
      throw BadMessage(.tooLarge, field: "metadata", rule: "must be at most 16384 bytes as sent")
    }
    return reader.rawText(of: field)
  }

  func reason(_ field: JSONReader.Field?) throws(BadMessage) -> String {
    let field = try string(field, "reason")
    guard reader.withString(of: field, { TextRule.allowsFreeText($0, maximum: 512) }) == true else {
      throw BadMessage(.invalidFormat, field: "reason", rule: "must be at most 512 characters, none of them U+0000")
    }
    return try text(field, "reason")
  }

  // MARK: - Strings

  private func string(_ field: JSONReader.Field?, _ name: StaticString) throws(BadMessage) -> JSONReader.Field {
    guard let field else { throw missing(name) }
    guard field.kind == .string else { throw BadMessage(.wrongType, field: name, rule: "must be a string") }
    return field
  }

  /// `nil` when the field is absent or null.
  private func optionalString(_ field: JSONReader.Field?, _ name: StaticString) throws(BadMessage) -> JSONReader.Field?
  {
    guard let field, field.kind != .null else { return nil }
    guard field.kind == .string else { throw BadMessage(.wrongType, field: name, rule: "must be a string or null") }
    return field
  }

  private func text(_ field: JSONReader.Field?, _ name: StaticString) throws(BadMessage) -> String {
    let string = try string(field, name)
    do throws(JSONError) {
      return try reader.string(string)
    } catch {
      throw BadMessage(.invalidFormat, field: name, rule: "must be Unicode text")
    }
  }

  private func missing(_ name: StaticString) -> BadMessage {
    BadMessage(.missingField, field: name, rule: "is required")
  }

  private func badIdentifier(_ name: StaticString) -> BadMessage {
    BadMessage(.invalidFormat, field: name, rule: "must be 1 to 256 characters, none a control character")
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
