import Billing
import JSON

/// Reads and checks `usage.recorded` and `usage.voided` messages; one for each thread.
///
/// The bodies decide which of the two it is, not the routing key, which a requeued dead letter has lost: a message
/// without `metric`, `usageType` and `quantity`, but with `reason`, takes a record back. Fields that are not listed in the
/// schemas are checked for JSON's grammar and otherwise ignored.
public final class UsageDecoder {
  public static let maximumMetadataBytes = 16_384

  let message: MessageReader

  /// - Parameters:
  ///   - keyring: makes pseudonyms of `userId` and `subjectId`.
  ///   - maximumAge: how many days old usage may be.
  public init(keyring: PseudonymKeyring, maximumAge days: Int) throws {
    message = try MessageReader(keyring: keyring, maximumAge: days)
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
    try message.read(body, names: Fields.names)
    let fields = Fields(message.json)
    let usageID = try usageID(fields.usageID)
    let companyID = try message.companyID(fields.companyID)
    let timestamp = try message.instant(fields.timestamp, "timestamp", now: now)
    guard !fields.isVoid else {
      let reason = try reason(fields.reason)
      return .voided(VoidedUsage(usageID: usageID, companyID: companyID, timestamp: timestamp, reason: reason))
    }
    let metric = try metric(fields.metric, alias: fields.usageType, metrics: metrics)
    let quantity = try quantity(fields.quantity)
    let user = try identifier(fields.userID, "userId", company: companyID)
    let subject = try identifier(fields.subjectID, "subjectId", company: companyID)
    if metric.aggregation == .unique, subject == nil {
      throw BadMessage(.missingField, field: "subjectId", rule: "is required for a metric that counts subjects")
    }
    return .recorded(
      RecordedUsage(
        usageID: usageID, companyID: companyID, metric: metric, quantity: quantity, timestamp: timestamp,
        user: user, subject: subject,
        subscription: try identifier(fields.subscriptionID, "subscriptionId", company: companyID),
        metadata: try metadata(fields.metadata)))
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
