import Billing
import Outbox

/// Whether a meter event is counted, as the summary of its own minute says, an hour or more after it was sent.
public enum MinuteSummary: Hashable, Sendable {
  case counted
  case empty
  /// Another value, or the customer is not there any more: nothing is known.
  case undecided

  /// Summaries lag: what was sent earlier than that is in them.
  public static let lagSeconds = DeliveryTimes.summaryLagSeconds

  public static func request(_ event: MeterEvent, meter: RemoteID, customer: RemoteID) -> StripeRequest {
    .summary(of: meter, customer: customer, minute: event.timestamp)
  }

  /// `nil` when Stripe did not answer the question; it can be asked again.
  public init?(_ answer: StripeAnswer, of event: MeterEvent, meter: RemoteID) {
    guard answer.isSuccess else {
      guard answer.status == 404, answer.error != nil else { return nil }
      self = .undecided
      return
    }
    switch LookUp.summary(event, meter: meter).finding(in: answer) {
    case .found: self = .counted
    case .absent: self = .empty
    case .undecided: self = .undecided
    case .unreadable, .next: return nil
    }
  }
}
