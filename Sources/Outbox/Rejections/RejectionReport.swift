import Billing

/// What Stripe says later of meter events that it took: it does not count them, and why.
public struct RejectionReport: Hashable, Sendable {
  /// Events with one reason. A report has each reason once.
  public struct Kind: Hashable, Sendable {
    public let problem: Problem
    /// How many events.
    public var events: Int64
    /// Of those that Stripe names, by names that can be an entry's; Stripe names some of them only.
    public var named: [EntryID]

    public init(_ problem: Problem, events: Int64, named: [EntryID] = []) {
      self.problem = problem
      self.events = events
      self.named = named
    }
  }

  /// Stripe lists reports of so many days.
  public static let listedDays = 30

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

  /// One that says what cannot be read.
  public init(unreadable event: RemoteID, createdAt: Instant) {
    self.init(
      event: event, createdAt: createdAt, meter: nil, window: createdAt...createdAt,
      kinds: [Kind(.reportUnreadable, events: 1)])
  }

  public var isUnreadable: Bool { kinds.map(\.problem) == [.reportUnreadable] }
}

extension Problem {
  public static let reportUnreadable = Problem("report_unreadable")
}
