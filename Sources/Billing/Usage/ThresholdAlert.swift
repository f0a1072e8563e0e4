/// A company's total has reached a level of a threshold: what subscribers are told.
public struct ThresholdAlert: Hashable, Sendable {
  public enum Severity: String, Hashable, Sendable, CaseIterable { case warning, alert }

  /// The same for every attempt to tell of it: a UUID made of company, metric, period, threshold and level.
  public let messageID: String
  public let companyID: CompanyID
  public let metric: MetricName
  /// The committed total, the same for all levels that one batch jumped over.
  public let currentUsage: Quantity
  public let threshold: Quantity
  /// The share of the threshold that was reached: 0.8, 1.
  public let level: Quantity
  /// What the total costs, with the currency's decimals: `800.00`.
  public let estimatedCost: String
  /// ISO 4217 in small letters: `usd`.
  public let currency: String
  public let periodStart: Instant
  /// The first instant after the period.
  public let periodEnd: Instant
  public let occurredAt: Instant

  public init(
    messageID: String, companyID: CompanyID, metric: MetricName, currentUsage: Quantity, threshold: Quantity,
    level: Quantity, estimatedCost: String, currency: String, periodStart: Instant, periodEnd: Instant,
    occurredAt: Instant
  ) {
    self.messageID = messageID
    self.companyID = companyID
    self.metric = metric
    self.currentUsage = currentUsage
    self.threshold = threshold
    self.level = level
    self.estimatedCost = estimatedCost
    self.currency = currency
    self.periodStart = periodStart
    self.periodEnd = periodEnd
    self.occurredAt = occurredAt
  }

  /// A warning before the threshold, an alert from it on.
  public var severity: Severity { level < Quantity(1) ? .warning : .alert }
}
