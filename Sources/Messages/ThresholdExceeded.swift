import Billing
import Crypto
import JSON

/// The message `billing.threshold_exceeded`: how a threshold alert is told to subscribers.
public enum ThresholdExceeded {
  /// Its routing key on the exchange of events.
  public static let routingKey = "billing.threshold_exceeded"
  public static let contentType = "application/json"

  /// The message's body. Quantities and cost are exact JSON numbers, `800.00` included.
  public static func encode(_ alert: ThresholdAlert) -> [UInt8] {
    var json = JSONWriter(.compact)
    json.object {
      $0.field("messageId", alert.messageID)
      $0.field("companyId", alert.companyID.text)
      $0.field("metric", alert.metric.text)
      $0.field("currentUsage", number: alert.currentUsage.description)
      $0.field("threshold", number: alert.threshold.description)
      $0.field("level", number: alert.level.description)
      $0.field("severity", alert.severity.rawValue)
      $0.field("estimatedCost", number: alert.estimatedCost)
      $0.field("currency", alert.currency)
      $0.field("periodStart", alert.periodStart.description)
      $0.field("periodEnd", alert.periodEnd.description)
      $0.field("occurredAt", alert.occurredAt.description)
    }
    return json.bytes
  }

  /// The id under which a level of a threshold is announced, whoever announces it and however often: a UUID of version 8
  /// (RFC 9562) made of the SHA-256 of what the announcement is about.
  public static func messageID(
    company: CompanyID, metric: MetricName, periodStart: Instant, threshold: Quantity, level: Quantity
  ) throws(CryptoError) -> String {
    // No part can hold a zero byte, so that different parts never make the same text.
    let parts = [
      routingKey, company.text, metric.text, periodStart.description, threshold.description, level.description,
    ]
    var digest = Array(try SHA256.hash(Array(parts.joined(separator: "\0").utf8)).prefix(16))
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    var text = ""
    for (index, byte) in digest.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      if byte < 16 { text += "0" }
      text += String(byte, radix: 16)
    }
    return text
  }
}
