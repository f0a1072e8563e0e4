import Billing

/// An effect to be owed. The sequence it stands in follows from the effect.
public struct NewEntry: Hashable, Sendable {
  public let id: EntryID
  public let company: CompanyID
  public let effect: Effect
  /// After this instant it is not sent any more but `expired`; `nil`: it may be sent at any time.
  public let sendBefore: Instant?

  public init(id: EntryID, company: CompanyID, effect: Effect, sendBefore: Instant? = nil) {
    self.id = id
    self.company = company
    self.effect = effect
    self.sendBefore = sendBefore
  }

  public var orderingKey: OrderingKey { effect.orderingKey }
}
