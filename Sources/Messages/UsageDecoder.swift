import Billing
import Crypto
import JSON

/// Reads and checks `usage.recorded` and `usage.voided` messages; one for each thread.
///
/// The bodies decide which of the two it is, not the routing key, which a requeued dead letter has lost: a message
/// without `metric`, `usageType` and `quantity`, but with `reason`, takes a record back. Fields that are not listed in the
/// schemas are checked for JSON's grammar and otherwise ignored.
public final class UsageDecoder {
  /// A larger message is bad. The consumer skips it before it is held in memory; this is the second lock on that door.
  public static let maximumBodyBytes = 65_536
  public static let maximumMetadataBytes = 16_384
  /// How far ahead of our clock a sender's may be.
  public static let toleranceSeconds: Int64 = 300

  let reader: JSONReader
  private let pseudonymizer: Pseudonymizer
  private let maximumAge: Int

  /// - Parameters:
  ///   - keyring: makes pseudonyms of `userId` and `subjectId`.
  ///   - maximumAge: how many days old usage may be.
  public init(keyring: PseudonymKeyring, maximumAge days: Int) throws {
    reader = try JSONReader()
    pseudonymizer = try Pseudonymizer(keyring)
    maximumAge = days
  }

  /// Reads one message.
  ///
  /// - Parameters:
  ///   - body: the message as delivered.
  ///   - now: the time to judge `timestamp` by.
  ///   - metrics: the catalog's, by name.
  /// - Throws: the first rule that is broken: the whole body first, then field by field.
  public func decode(
    _ body: [UInt8], now: Instant, metrics: [MetricName: Metric]
  ) throws(BadMessage) -> UsageEvent {
    try read(body)
    let fields = Fields(reader)
    let usageID = try usageID(fields.usageID)
    let companyID = try companyID(fields.companyID)
    let timestamp = try timestamp(fields.timestamp, now: now)
    guard !fields.isVoid else {
      let reason = try reason(fields.reason)
      return .voided(VoidedUsage(usageID: usageID, companyID: companyID, timestamp: timestamp, reason: reason))
    }
    let metric = try metric(fields.metric, alias: fields.usageType, metrics: metrics)
    let quantity = try quantity(fields.quantity)
    let user = try person(fields.userID, "userId", company: companyID)
    let subject = try person(fields.subjectID, "subjectId", company: companyID)
    if metric.aggregation == .unique, subject == nil {
      throw BadMessage(.missingField, field: "subjectId", rule: "is required for a metric that counts subjects")
    }
    return .recorded(
      RecordedUsage(
        usageID: usageID, companyID: companyID, metric: metric, quantity: quantity, timestamp: timestamp,
        user: user, subject: subject, subscriptionID: try subscriptionID(fields.subscriptionID),
        metadata: try metadata(fields.metadata)))
  }

  private func read(_ body: [UInt8]) throws(BadMessage) {
    guard body.count <= Self.maximumBodyBytes else {
      throw BadMessage(.tooLarge, field: "body", rule: "must be at most 65536 bytes")
    }
    do throws(JSONError) {
      try reader.read(body)
    } catch {
      throw badBody(error.code)
    }
    guard reader.root?.kind == .object else {
      throw BadMessage(.wrongType, field: "body", rule: "must be a JSON object")
    }
  }

  private func badBody(_ code: JSONError.Code) -> BadMessage {
    switch code {
    case .notUTF8: BadMessage(.notUTF8, field: "body", rule: "must be UTF-8")
    case .tooDeep: BadMessage(.tooDeep, field: "body", rule: "must not be nested deeper than 64")
    case .tooLarge: BadMessage(.tooLarge, field: "body", rule: "must be at most 65536 bytes")
    case .duplicateKey:
      BadMessage(
        .duplicateField, field: reader.duplicate(among: Fields.names) ?? "body", rule: "must not be there twice")
    case .outOfMemory: BadMessage(.notChecked, field: "body", rule: "could not be read for lack of memory")
    case .malformed, .unpairedSurrogate, .wrongKind:
      BadMessage(.malformedJSON, field: "body", rule: "must be one JSON document (RFC 8259)")
    }
  }

  func pseudonyms(
    _ identifier: Span<UInt8>, company: CompanyID, field: StaticString
  ) throws(BadMessage) -> Pseudonyms {
    do throws(CryptoError) {
      return try pseudonymizer.pseudonyms(company: company, identifier: identifier)
    } catch {
      throw BadMessage(.notChecked, field: field, rule: "no pseudonym could be made")
    }
  }

  func checkAge(_ timestamp: Instant, now: Instant) throws(BadMessage) {
    guard timestamp <= now.adding(seconds: Self.toleranceSeconds) else {
      throw BadMessage(.tooEarly, field: "timestamp", rule: "must not be more than 5 minutes ahead")
    }
    guard timestamp >= now.adding(days: -maximumAge) else {
      throw BadMessage(.tooOld, field: "timestamp", rule: "must not be older than the maximum age")
    }
  }
}

/// Where the fields of a message are.
private struct Fields {
  let usageID, companyID, metric, usageType, quantity, timestamp: JSONReader.Field?
  let userID, subjectID, subscriptionID, metadata, reason: JSONReader.Field?

  init(_ reader: JSONReader) {
    usageID = reader.field("usageId")
    companyID = reader.field("companyId")
    metric = reader.field("metric")
    usageType = reader.field("usageType")
    quantity = reader.field("quantity")
    timestamp = reader.field("timestamp")
    userID = reader.field("userId")
    subjectID = reader.field("subjectId")
    subscriptionID = reader.field("subscriptionId")
    metadata = reader.field("metadata")
    reason = reader.field("reason")
  }

  var isVoid: Bool { metric == nil && usageType == nil && quantity == nil && reason != nil }

  static let names: [StaticString] = [
    "usageId", "companyId", "metric", "usageType", "quantity", "timestamp", "userId", "subjectId", "subscriptionId",
    "metadata", "reason",
  ]
}
