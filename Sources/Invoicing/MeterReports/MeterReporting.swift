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
  /// How often a chunk may meet concurrent writers of its own rows.
  private static let maximumAttempts = 5

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
    var summary = MeterReportSummary()
    var last = ""
    while !shouldStop() {
      let (reached, part) = try chunk(after: last, now: now, begunBefore: begunBefore)
      guard let reached else { break }
      last = reached.text
      summary.add(part)
      progress(summary.companies)
    }
    return summary
  }

  /// - Returns: the last company that was looked at; `nil` when there was none left.
  private func chunk(
    after last: String, now: Instant, begunBefore: CivilDate?
  ) throws(InvoicingError) -> (CompanyID?, MeterReportSummary) {
    var attempt = 1
    while true {
      do {
        try database { () throws(PostgreSQLError) in try connection.begin() }
        try ledger { () throws(LedgerError) in try PricedPeriods.lockRegistry(connection) }
        let chunk = MeterReportChunk(connection: connection, grace: grace, now: now, failpoints: failpoints)
        let result = try chunk.run(after: last, limit: Self.chunk, begunBefore: begunBefore)
        try commit()
        return result
      } catch {
        // A connection that cannot roll back is gone, and the transaction with it.
        if !error.isConnectionLost { try? connection.rollback() }
        guard error.isConflictOfTransactions, attempt < Self.maximumAttempts else { throw error }
        attempt += 1
      }
    }
  }

  private func commit() throws(InvoicingError) {
    failpoints.pass(MeterReportStep.beforeCommit)
    try database { () throws(PostgreSQLError) in
      if failpoints.pass(MeterReportStep.insideCommit) {
        try connection.commitCuttingConnection()
      } else {
        try connection.commit()
      }
    }
    failpoints.pass(MeterReportStep.afterCommit)
  }
}
