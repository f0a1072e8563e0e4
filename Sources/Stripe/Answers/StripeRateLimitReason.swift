/// Which of Stripe's limits a 429 speaks of.
public enum StripeRateLimitReason: String, Hashable, Sendable, CaseIterable {
  case globalRate = "global-rate"
  case endpointRate = "endpoint-rate"
  case globalConcurrency = "global-concurrency"
  case endpointConcurrency = "endpoint-concurrency"
  case resourceSpecific = "resource-specific"
  /// One that this program does not know.
  case other

  init(header text: String) { self = Self(rawValue: text) ?? .other }

  /// Whether sending less, of anything, is what helps. One object's limit says nothing about the rest.
  var asksForLess: Bool { self != .resourceSpecific }
}
