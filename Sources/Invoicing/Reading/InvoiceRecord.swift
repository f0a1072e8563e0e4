import Billing

/// An invoice as it stands in the database.
public struct InvoiceRecord: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    /// A billing period's.
    case period
    /// Charges that were billed at once; setup fees alone.
    case oneOff = "one_off"
    case setupFee = "setup_fee"
    /// Orders billed ahead of their period's end.
    case orders
  }

  /// As Stripe's.
  public enum State: String, Sendable, CaseIterable {
    case draft, open, paid, uncollectible, void
  }

  /// Which way Stripe gets it.
  public enum Route: String, Sendable {
    case subscription = "s"
    case created = "c"
    case unsent = "n"
  }

  public let number: InvoiceNumber
  public let company: CompanyID
  /// `nil`: nobody gave the company one.
  public let displayName: String?
  public let kind: Kind
  public let state: State
  public let route: Route
  public let period: BillingPeriod
  /// Of the period; `nil` where nobody can tell any more.
  public let plan: PlanID?
  public let total: Amount
  public let createdAt: Instant
  public let finalizedAt: Instant?
  /// Stripe's name of it, once known.
  public let stripeReference: String?
  /// How many lines it has.
  public let lineCount: Int

  public var currency: Currency { total.currency }
}
