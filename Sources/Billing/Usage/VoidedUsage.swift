/// A record taken back, as a `usage.voided` message tells it, checked. It may arrive before the record it takes back.
public struct VoidedUsage: Hashable, Sendable {
  /// The id of the record taken back.
  public let usageID: UsageID
  public let companyID: CompanyID
  /// The original's.
  public let timestamp: Instant
  /// Why, in the sender's words: up to 512 characters, kept inside and never sent out.
  public let reason: String

  public init(usageID: UsageID, companyID: CompanyID, timestamp: Instant, reason: String) {
    self.usageID = usageID
    self.companyID = companyID
    self.timestamp = timestamp
    self.reason = reason
  }
}
