import Billing
import Faults
import Ledger
import PostgreSQL

/// Closes billing periods whose grace is over: each makes an invoice of what it owes, and stays as it is from then on.
///
/// A pass goes through ended periods from the oldest on, those of some companies at a time, each time in a short
/// transaction of its own: the periods are locked and looked at, their totals locked and priced, the invoices written. So
/// a pass may end anywhere, be repeated at will, and run next to others: what one has closed the next finds closed.
public struct PeriodClose {
  /// Companies in one transaction: few enough that recorders never wait long for a total.
  private static let chunk = 200

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

  /// One pass over all ended periods.
  ///
  /// - Parameters:
  ///   - now: decides which periods' grace is over.
  ///   - begunBefore: of those, the ones alone that end on this day or before, and so have begun before it.
  ///   - shouldStop: asked between two chunks; what is left is the next pass's.
  ///   - progress: told how many periods are closed so far.
  public func run(
    now: Instant, begunBefore: CivilDate? = nil, shouldStop: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
  ) throws(InvoicingError) -> PeriodCloseSummary {
    var summary = PeriodCloseSummary()
    try ledger { () throws(LedgerError) in try PeriodRows(connection).complete(now: now, shouldStop: shouldStop) }
    let graceOver = now.adding(seconds: -grace.components.seconds).date
    let horizon = begunBefore.map { min($0, graceOver) } ?? graceOver
    let transaction = InvoicingTransaction(
      connection: connection, failpoints: failpoints, steps: PeriodCloseStep.commit)
    var last: ClosingTable.Candidate?
    while !shouldStop() {
      let after = last
      let candidates = try database { () throws(PostgreSQLError) in
        try ClosingTable(connection: connection).candidates(after: after, endingBy: horizon, limit: Self.chunk)
      }
      guard let reached = candidates.last else { break }
      last = reached
      summary.add(
        try transaction.run { () throws(InvoicingError) in
          try ClosingChunk(connection: connection, now: now, failpoints: failpoints).run(candidates)
        })
      progress(summary.periods)
    }
    return summary
  }
}
