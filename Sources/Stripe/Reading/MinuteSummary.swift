import Billing
import Outbox

/// Whether a meter event is counted, as the summary of its own minute says, an hour or more after it was sent.
public enum MinuteSummary: Hashable, Sendable {
  case counted
  case empty
  /// Stripe does not know the customer.
  case noCustomer
  /// Another value, or a refusal: nothing is known.
  case undecided

  public static func request(_ event: MeterEvent, meter: RemoteID, customer: RemoteID) -> StripeRequest {
    .summary(of: meter, customer: customer, minute: event.timestamp)
  }

  /// `nil` when Stripe did not answer the question; it can be asked again.
  public init?(_ answer: StripeAnswer, of event: MeterEvent, meter: RemoteID) {
    guard answer.isSuccess else {
      // What passes by itself, or is an operator's to mend, is no answer.
      guard (400..<500).contains(answer.status), ![401, 403, 409, 429].contains(answer.status),
        let error = answer.error
      else { return nil }
      self = error.parameter == .customer || error.code == .customerNotFound ? .noCustomer : .undecided
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
