/// All that is kept of an order's events: small enough for a row, and enough to say how the order is billed.
///
/// Each part is the least or the greatest of what was told, so that events may be added one by one or in groups, in any
/// order and repeatedly: the same set of events always makes the same state.
public struct OrderState: Hashable, Sendable {
  /// A class of imaging, and the event that told it.
  public struct Fact: Hashable, Sendable, Comparable {
    public let moment: EventMoment
    public let imaging: ImagingClass

    public init(moment: EventMoment, imaging: ImagingClass) {
      self.moment = moment
      self.imaging = imaging
    }

    /// The class decides only between two messages that claim to be one event and differ.
    public static func < (left: Fact, right: Fact) -> Bool {
      (left.moment, left.imaging) < (right.moment, right.imaging)
    }
  }

  /// The earliest event that shows that the order was sent to radiology; `nil` while none does.
  public private(set) var sentAt: Instant?
  /// The earliest event with a procedure code that is known.
  public private(set) var byCode: Fact?
  /// The earliest event with a modality that is known.
  public private(set) var byModality: Fact?
  /// The latest cancellation.
  public private(set) var cancelledAt: Instant?

  /// The state of an order of which nothing was heard, or one that was kept.
  public init(sentAt: Instant? = nil, byCode: Fact? = nil, byModality: Fact? = nil, cancelledAt: Instant? = nil) {
    self.sentAt = sentAt
    self.byCode = byCode
    self.byModality = byModality
    self.cancelledAt = cancelledAt
  }

  /// The state after a single event.
  public init(_ step: OrderStep) {
    let occurredAt = step.moment.occurredAt
    self.init(
      sentAt: step.stage.showsSending ? occurredAt : nil,
      byCode: step.imaging.byCode.map { Fact(moment: step.moment, imaging: $0) },
      byModality: step.imaging.byModality.map { Fact(moment: step.moment, imaging: $0) },
      cancelledAt: step.stage == .cancelled ? occurredAt : nil)
  }

  public mutating func add(_ step: OrderStep) { merge(OrderState(step)) }

  /// Adds the events of another state of the same order.
  public mutating func merge(_ other: OrderState) {
    sentAt = Self.choose(sentAt, other.sentAt, by: min)
    byCode = Self.choose(byCode, other.byCode, by: min)
    byModality = Self.choose(byModality, other.byModality, by: min)
    cancelledAt = Self.choose(cancelledAt, other.cancelledAt, by: max)
  }

  /// How the order has to be billed by what is known; `nil` while nothing shows that it was sent.
  public var billing: OrderBilling? {
    guard let sentAt else { return nil }
    // A code decides whichever event tells it. Of several that differ, the earliest does: an order is billed as it came
    // to radiology, and what is done to it later is no reason to take a record back.
    let evidence = ImagingEvidence(byCode: byCode?.imaging, byModality: byModality?.imaging)
    return OrderBilling(
      sentAt: sentAt, imaging: evidence.imaging ?? .standard, isUnclassified: evidence.imaging == nil,
      isCancelled: cancelledAt.map { $0 >= sentAt } ?? false)
  }

  private static func choose<Value>(_ left: Value?, _ right: Value?, by rule: (Value, Value) -> Value) -> Value? {
    guard let left, let right else { return left ?? right }
    return rule(left, right)
  }
}
