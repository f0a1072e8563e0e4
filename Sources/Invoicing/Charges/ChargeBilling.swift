import Billing
import Faults
import Ledger
import PostgreSQL

/// Bills one-off charges that do not wait for their period's end: those whose kind the catalog says are billed at once.
///
/// Each company's are on one invoice. Charges are locked and marked in the transaction that writes their lines: so a pass
/// may end anywhere, be repeated at will, and run next to others and to the period close.
public struct ChargeBilling {
  /// What one pass did.
  public struct Summary: Hashable, Sendable {
    public internal(set) var invoices = 0
    public internal(set) var charges = 0
    /// What the invoices come to.
    public internal(set) var amounts = AmountsByCurrency()
    /// Companies whose charges come to more than can be added up, or sent.
    public internal(set) var tooLarge: [CompanyID] = []

    public init() {}
  }

  /// Companies in one transaction.
  private static let chunk = 200
  private static let setupFee = "setup_fee"

  private let connection: Connection
  private let failpoints: Failpoints

  /// - Parameter connection: made by `Connection.forLedger`, and in no transaction.
  public init(_ connection: Connection, failpoints: Failpoints = .none) {
    self.connection = connection
    self.failpoints = failpoints
  }

  /// One pass over all registered companies that owe such charges.
  ///
  /// - Parameters:
  ///   - now: in which billing period the invoices are made.
  ///   - shouldStop: asked between two chunks; what is left is the next pass's.
  public func run(now: Instant, shouldStop: () -> Bool = { false }) throws(InvoicingError) -> Summary {
    var summary = Summary()
    let kinds = try ledger { () throws(LedgerError) in try CatalogStore.catalog(connection).kindsBilledAtOnce }
    guard !kinds.isEmpty else { return summary }
    try ledger { () throws(LedgerError) in try PeriodRows(connection).complete(now: now, shouldStop: shouldStop) }
    var last = ""
    while !shouldStop() {
      let after = last
      let companies = try database { () throws(PostgreSQLError) in
        try ChargeRows(connection: connection).companies(owing: kinds, after: after, limit: Self.chunk)
      }
      guard let reached = companies.last else { break }
      last = reached.text
      let done = summary
      summary = try InvoicingTransaction(
        connection: connection, failpoints: failpoints, steps: PeriodCloseStep.commit
      ).run {
        () throws(InvoicingError) in
        var summary = done
        try bill(companies, now: now, &summary)
        return summary
      }
    }
    return summary
  }

  private func bill(_ companies: [CompanyID], now: Instant, _ summary: inout Summary) throws(InvoicingError) {
    let priced = try ledger { () throws(LedgerError) in try PricedPeriods(of: companies, on: connection) }
    // Whose clock is ahead may have written what is to come.
    let horizon = now.date.adding(days: 2)
    let (owed, standings) = try database { () throws(PostgreSQLError) in
      let owed = try ChargeRows(connection: connection).lock(
        companies, before: companies.map { _ in horizon }, kinds: priced.kindsBilledAtOnce, areLeftOut: false)
      return (owed, try BilledByStripe.read(companies, on: connection))
    }
    var drafts: [InvoiceDraft] = []
    for company in companies {
      guard let terms = priced.terms(of: company, at: now), let stripe = standings[company] else { continue }
      let charges = (owed[company] ?? []).filter { $0.amount.currency == terms.currency }
      guard !charges.isEmpty else { continue }
      let isTold = stripe.isTold(terms.period)
      let lines = charges.map {
        LineDraft(
          .charge($0.kind, number: $0.number), period: terms.period, amount: $0.amount, route: isTold ? .item : .unsent)
      }
      do throws(InvoiceFailure) {
        drafts.append(
          try InvoiceDraft(
            company: company, kind: charges.allSatisfy { $0.kind.text == Self.setupFee } ? .setupFee : .oneOff,
            route: isTold ? .created : .unsent, period: terms.period, currency: terms.currency, lines: lines))
      } catch {
        summary.tooLarge.append(company)
      }
    }
    try InvoiceWriter(connection: connection, now: now, failpoints: failpoints).write(drafts, priced)
    for draft in drafts {
      summary.invoices += 1
      summary.charges += draft.lines.count
      summary.amounts.add(draft.total)
    }
  }
}
