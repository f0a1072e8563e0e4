import Billing

/// What Stripe says later of meter events that it took: it does not count them, and why.
public struct RejectionReport: Hashable, Sendable {
  /// Events with one reason. A report has each reason once.
  public struct Kind: Hashable, Sendable {
    public let problem: Problem
    /// How many events.
    public var events: Int64
    /// Of those that Stripe names, the entries; Stripe names some of them only.
    public var named: [EntryID]
    /// How many Stripe names that no entry can have sent.
    public var foreign: Int64

    public init(_ problem: Problem, events: Int64, named: [EntryID] = [], foreign: Int64 = 0) {
      self.problem = problem
      self.events = events
      self.named = named
      self.foreign = foreign
    }

    var unnamed: Int64 { max(0, events - Int64(named.count) - foreign) }
  }

  /// Stripe's name of the report.
  public let event: RemoteID
  public let createdAt: Instant
  /// Stripe's name of the meter; `nil` where it has none of the events' name.
  public let meter: RemoteID?
  /// When Stripe looked at the events, by its clock.
  public let window: ClosedRange<Instant>
  /// At least one.
  public let kinds: [Kind]

  public init(event: RemoteID, createdAt: Instant, meter: RemoteID?, window: ClosedRange<Instant>, kinds: [Kind]) {
    self.event = event
    self.createdAt = createdAt
    self.meter = meter
    self.window = window
    self.kinds = kinds
  }
}
