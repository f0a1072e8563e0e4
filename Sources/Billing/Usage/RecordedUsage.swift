/// One counted fact, as a `usage.recorded` message tells it, checked.
///
/// A class, though it never changes: it goes through many hands on its way into the ledger, and a reference is handed on
/// at a tenth of the cost of its dozen fields.
public final class RecordedUsage: Sendable {
  public let usageID: UsageID
  public let companyID: CompanyID
  public let metric: Metric
  /// As sent; ``Metric/counted(_:)`` says what it counts as.
  public let quantity: Quantity
  public let timestamp: Instant
  /// Who used it.
  public let user: Pseudonyms?
  /// Whom it was for; always there for metrics that count different subjects.
  public let subject: Pseudonyms?
  /// The publisher's name of the subscription that it was used under.
  public let subscription: Pseudonyms?
  /// The text of a JSON object as sent, up to 16 KiB, kept inside and never sent out. Any legal JSON is in it, numbers
  /// beyond every range and `\u0000` too, which `jsonb` does not take: it belongs into a text column.
  public let metadata: [UInt8]?

  public init(
    usageID: UsageID, companyID: CompanyID, metric: Metric, quantity: Quantity, timestamp: Instant,
    user: Pseudonyms? = nil, subject: Pseudonyms? = nil, subscription: Pseudonyms? = nil, metadata: [UInt8]? = nil
  ) {
    self.usageID = usageID
    self.companyID = companyID
    self.metric = metric
    self.quantity = quantity
    self.timestamp = timestamp
    self.user = user
    self.subject = subject
    self.subscription = subscription
    self.metadata = metadata
  }
}
