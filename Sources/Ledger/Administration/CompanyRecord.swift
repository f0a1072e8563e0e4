import Billing

/// A company as it stands in the database, for people and programs to look at.
public struct CompanyRecord: Sendable {
  /// A row of its billing periods.
  public struct Period: Sendable {
    public let bounds: BillingPeriod
    /// `nil` while the company is unregistered.
    public let plan: PlanID?
    public let currency: String?
    public let closedAt: Instant?
  }

  public let id: CompanyID
  public let displayName: String?
  /// `nil`: seen in a message, not yet registered.
  public let registeredAt: Instant?
  public let plan: PlanID?
  public let currency: String?
  public let anchorDay: Int
  public let status: String
  /// For which days it owes the base fee.
  public let membership: Membership
  public let stripeCustomer: String?
  public let stripeSubscription: String?
  public let stripeMode: String
  /// `nil`: it has no subscription.
  public let stripeSubscriptionStart: CivilDate?
  /// `nil`: Stripe was never told of its usage.
  public let stripeSince: CivilDate?
  public let createdAt: Instant
  /// Its own rates, every version.
  public let rates: [RateOverride]
  /// Latest last.
  public let periods: [Period]
}

/// A company in a list.
public struct CompanySummary: Sendable {
  public let id: CompanyID
  public let displayName: String?
  public let registeredAt: Instant?
  public let plan: PlanID?
  public let currency: String?
  public let status: String
  public let createdAt: Instant
  /// Records counted in all its periods.
  public let events: Int64
}
