/// What a total needs to know of one record of the ledger.
public struct CountedRecord: Hashable, Sendable {
  /// The ledger's counted column: the metric's minimum is already applied.
  public let counted: Quantity
  public let timestamp: Instant
  public let usageID: UsageID
  /// Whom the usage was for; every record of a `unique` metric names one.
  public let subject: Pseudonym?

  public init(counted: Quantity, timestamp: Instant, usageID: UsageID, subject: Pseudonym? = nil) {
    self.counted = counted
    self.timestamp = timestamp
    self.usageID = usageID
    self.subject = subject
  }
}
