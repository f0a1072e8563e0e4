/// How an order is billed: once in its life, one of a metric, at the instant of its sending, which says in which period.
public struct OrderBilling: Hashable, Sendable {
  /// When the earliest event happened that shows that it was sent to radiology.
  public let sentAt: Instant
  public let imaging: ImagingClass
  /// Neither a code nor a modality told the class: standard, and shown to people.
  public let isUnclassified: Bool
  /// Cancelled when it was sent, or later: billed all the same, and shown to people.
  public let isCancelled: Bool

  public init(sentAt: Instant, imaging: ImagingClass, isUnclassified: Bool = false, isCancelled: Bool = false) {
    self.sentAt = sentAt
    self.imaging = imaging
    self.isUnclassified = isUnclassified
    self.isCancelled = isCancelled
  }

  public var metric: MetricName { imaging.metric }

  /// What has to be done so that the ledger says the same.
  ///
  /// - Parameters:
  ///   - recorded: the order's record that stands in the ledger; `nil` when there is none.
  ///   - isClosed: whether the billing period of that record is closed.
  public func action(recorded: RecordedOrder?, isClosed: Bool) -> OrderAction {
    guard let recorded else { return .record }
    guard recorded != RecordedOrder(self) else { return .nothing }
    return isClosed ? .reportDifference : .voidAndRecord
  }
}

/// What an order's record in the ledger says.
public struct RecordedOrder: Hashable, Sendable {
  /// The record's timestamp.
  public let sentAt: Instant
  /// As its metric says.
  public let imaging: ImagingClass

  public init(sentAt: Instant, imaging: ImagingClass) {
    self.sentAt = sentAt
    self.imaging = imaging
  }

  public init(_ billing: OrderBilling) { self.init(sentAt: billing.sentAt, imaging: billing.imaging) }
}

/// What has to be done to the ledger about an order.
public enum OrderAction: Hashable, Sendable {
  /// The ledger says it already.
  case nothing
  case record
  /// An earlier event or a code came after the record was made: it is taken back and made anew. The new one may lie in an
  /// earlier period than the old one, also in a closed one, to which it comes late.
  case voidAndRecord
  /// The record's period is closed: it stands, and people are shown what differs.
  case reportDifference
}
