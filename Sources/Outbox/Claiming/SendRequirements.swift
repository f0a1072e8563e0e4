/// What an installation asks for before an entry is sent.
public struct SendRequirements: Hashable, Sendable {
  /// Meter events wait until the company's subscription has the meter's price: without one Stripe takes and never bills
  /// them. `STRIPE_REQUIRE_SUBSCRIPTION`.
  public let requireSubscription: Bool
  /// A company without a customer gets an entry that makes one. `STRIPE_CREATE_CUSTOMERS`.
  public let createCustomers: Bool

  public init(requireSubscription: Bool = true, createCustomers: Bool = false) {
    self.requireSubscription = requireSubscription
    self.createCustomers = createCustomers
  }
}
