import Outbox
import Stripe

extension Claim {
  var claimClass: ClaimClass { orderingKey.claimClass }
}

extension StripeEndpoint {
  /// Whose room a request takes up.
  var claimClass: ClaimClass {
    switch self {
    case .meterEvents, .meterEventStream: .meters
    default: .others
    }
  }
}
