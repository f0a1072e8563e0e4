import Billing
import Outbox

/// Why something could not be set up at Stripe. What was made before stays; the same command goes on from there.
public enum StripeSetupError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Stripe, or the way to it, said no.
  case refused(StripeEndpoint, Problem, status: Int?, requestID: RemoteID?)
  /// A meter of the name is there, and adds up in another way: it cannot be altered.
  case otherMeter(MetricName, RemoteID)
  /// The subscription just made or changed is over.
  case notLive(RemoteID)
  /// The company's subscription is not one of its customer.
  case notTheCustomers(RemoteID)
  /// Several live subscriptions were made for the company.
  case severalSubscriptions(CompanyID)

  public var description: String {
    switch self {
    case .refused(let endpoint, let problem, let status, let requestID):
      "Stripe, asked for \(endpoint.rawValue), did not do it: \(problem)"
        + (status.map { ", HTTP status \($0)" } ?? "") + (requestID.map { ", request \($0)" } ?? "")
    case .otherMeter(let metric, let id):
      "the meter \(id) takes events named \(metric), but does not add up value for stripe_customer_id:"
        + " deactivate it at Stripe, then try again"
    case .notLive(let id):
      "the subscription \(id) is over at Stripe; try again"
    case .notTheCustomers(let id):
      "the subscription \(id) is not one of the company's customer at Stripe; correct either with companies set"
    case .severalSubscriptions(let company):
      "Stripe has several live subscriptions of \(company); name one with companies set --stripe-subscription"
    }
  }
}
