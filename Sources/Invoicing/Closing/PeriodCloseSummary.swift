import Billing

/// What one pass over the ended periods did.
public struct PeriodCloseSummary: Hashable, Sendable {
  /// A period that could not be closed, or a total that is on no line of its; both are tried again.
  public struct Problem: Hashable, Sendable {
    public let company: CompanyID
    /// Of the period to be closed, or of the late total.
    public let periodStart: CivilDate
    /// `nil`: the period as a whole.
    public let metric: MetricName?
    public let reason: Reason
  }

  public enum Reason: String, Hashable, Sendable, CaseIterable {
    /// The catalog lacks the period's plan. The period stays open.
    case noPlan = "no_plan"
    /// An amount is beyond what can be computed, or sent. The period stays open.
    case tooLarge = "too_large"
    /// A charge in another currency than the period's, or late usage of a period that was billed in another. It waits.
    case otherCurrency = "other_currency"
  }

  /// Periods closed.
  public internal(set) var periods = 0
  /// Invoices made: a period that owes nothing has none.
  public internal(set) var invoices = 0
  public internal(set) var lines = 0
  /// What the invoices come to.
  public internal(set) var amounts = AmountsByCurrency()
  /// Periods that wait until the patients of their start are charged.
  public internal(set) var waiting = 0
  public internal(set) var problems: [Problem] = []

  public init() {}

  mutating func add(_ other: PeriodCloseSummary) {
    periods += other.periods
    invoices += other.invoices
    lines += other.lines
    waiting += other.waiting
    problems += other.problems
    amounts.add(other.amounts)
  }

  mutating func note(_ invoice: InvoiceDraft) {
    invoices += 1
    lines += invoice.lines.count
    amounts.add(invoice.total)
  }
}
