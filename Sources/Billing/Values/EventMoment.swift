/// Where an event stands among the others of its order or patient: by when it happened, then by its id.
///
/// When it arrived does not matter, so that every order of arrival comes to the same.
public struct EventMoment: Hashable, Sendable, Comparable {
  public let occurredAt: Instant
  public let eventID: EventID

  public init(occurredAt: Instant, eventID: EventID) {
    self.occurredAt = occurredAt
    self.eventID = eventID
  }

  public static func < (left: EventMoment, right: EventMoment) -> Bool {
    (left.occurredAt, left.eventID) < (right.occurredAt, right.eventID)
  }
}
