import Billing
import Faults
import Ledger
import Outbox
import PostgreSQL

/// Tells Stripe's meters what totals have grown by, and puts on invoices what no meter takes any more.
///
/// A pass looks at all companies, some at a time, each time in a short transaction of its own: the rows of
/// `meter_reports` are locked, the totals read after that, the entries written and the rows advanced. So a pass may end
/// anywhere, be repeated at will, and run next to others: what one has told the next finds told.
public struct MeterReporting {
  /// Companies in one transaction: few enough that recorders never wait long for the registry's lock.
  private static let chunk = 100

  private let connection: Connection
  private let grace: Duration
  private let failpoints: Failpoints

  /// - Parameters:
  ///   - connection: made by `Connection.forLedger`, and in no transaction.
  ///   - grace: `PERIOD_GRACE`.
  public init(_ connection: Connection, grace: Duration, failpoints: Failpoints = .none) {
    self.connection = connection
    self.grace = grace
    self.failpoints = failpoints
  }

  /// One pass over all companies.
  ///
  /// - Parameters:
  ///   - now: decides which way usage goes, and which minutes events stand in.
  ///   - begunBefore: periods that begin on this day or later are left alone; all are looked at without it.
  ///   - shouldStop: asked between two chunks; what is left is the next pass's.
  ///   - progress: told how many companies are done so far.
  public func run(
    now: Instant, begunBefore: CivilDate? = nil, shouldStop: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
  ) throws(InvoicingError) -> MeterReportSummary {
    let transaction = InvoicingTransaction(
      connection: connection, failpoints: failpoints, steps: MeterReportStep.commit)
    let chunk = MeterReportChunk(connection: connection, grace: grace, now: now, failpoints: failpoints)
    var summary = MeterReportSummary()
    var last = ""
    while !shouldStop() {
      let after = last
      let (reached, part) = try transaction.run { () throws(InvoicingError) in
        try chunk.run(after: after, limit: Self.chunk, begunBefore: begunBefore)
      }
      guard let reached else { break }
      last = reached.text
      summary.add(part)
      progress(summary.companies)
    }
    return summary
  }
}
