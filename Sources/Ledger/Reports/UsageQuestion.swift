import Billing

/// What a usage report is asked for.
public struct UsageQuestion: Sendable {
  /// Which stretch of time.
  public enum Span: Sendable, Hashable {
    /// The billing period that contains the day, in UTC.
    case period(containing: CivilDate)
    /// Whole days in UTC, the end exclusive.
    case days(BillingPeriod)
  }

  /// Whose part of the company's usage.
  public enum Part: Sendable, Hashable {
    /// All of it, from the totals.
    case all
    /// One user's, from the ledger; under every key, since the ledger keeps what it was given.
    case user(Pseudonyms)
    /// One subscription's, in the same way.
    case subscription(Pseudonyms)
  }

  public let company: CompanyID
  public let span: Span
  public let part: Part

  public init(company: CompanyID, span: Span, part: Part = .all) {
    self.company = company
    self.span = span
    self.part = part
  }
}
