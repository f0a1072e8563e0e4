import Billing
import Faults
import PostgreSQL
import Storage

/// What Stripe said later of events that it took, as far as it was read, and what was done about it.
///
/// One replica reads at a time, so that Stripe is asked once; but nothing rests on that. A report is taken in one
/// transaction, one after the other, and known by its name from then on: read again, by whomever, it changes nothing.
public struct Rejections {
  /// What came of a report.
  public enum Taking: Hashable, Sendable {
    case taken(Counts)
    /// It was taken before.
    case known
    /// An entry that it names is being sent at this moment: nothing was done, and it is to be read again.
    case deferred
  }

  /// What came of events.
  public struct Counts: Hashable, Sendable {
    /// Their entries were opened again.
    public var reopened: Int64
    /// Their entries were left as they are.
    public var notReopened: Int64
    /// No entry of theirs is known.
    public var unnamed: Int64

    public init(reopened: Int64 = 0, notReopened: Int64 = 0, unnamed: Int64 = 0) {
      self.reopened = reopened
      self.notReopened = notReopened
      self.unnamed = unnamed
    }
  }

  /// Where a reading stands.
  public struct Reading: Hashable, Sendable {
    /// When it began.
    public let began: Instant
    /// Since when reports are to be listed, so that none is missed that appears late.
    public let since: Instant
  }

  /// Of a session, so that it ends with it.
  private static let readersLock = (7361, 7)

  let connection: Connection
  private let failpoints: Failpoints

  public init(_ connection: Connection, failpoints: Failpoints = .none) {
    self.connection = connection
    self.failpoints = failpoints
  }

  /// Becomes the reader unless another session is. Ask once: a session can take the lock several times.
  public func takeTurn() throws(OutboxError) -> Bool {
    try database { () throws(PostgreSQLError) in
      try connection.query("SELECT pg_try_advisory_lock(\(Self.readersLock.0)::int, \(Self.readersLock.1)::int)")
        .one().decode(at: 0)
    }
  }

  /// Opens the entries again that a report names for certain, and keeps what it says of others.
  ///
  /// - Parameter now: what is not to be sent any more by then expires at once.
  public func take(
    _ report: RejectionReport, now: Instant, using generator: inout some RandomNumberGenerator
  ) throws(OutboxError) -> Taking {
    var months = OutboxHistory.Months()
    try months.ensure(on: connection)
    var random = generator
    let taking = try inTransaction(connection, failpoint: commitFailpoint) { () throws(PostgreSQLError) in
      guard try isNew(report) else {
        try noteUnreadable(report)
        return Taking.known
      }
      let reopening = Reopening(connection: connection, window: report.window, now: now)
      let sent = try reopening.lock(report.kinds.flatMap(\.named))
      guard !sent.values.contains(where: \.isLeased) else { return .deferred }
      try forgetUnreadable(report)
      var all = Counts()
      var done: Set<EntryID> = []
      for kind in report.kinds {
        var counts = Counts()
        for entry in kind.named.compactMap({ sent[$0] }) {
          guard reopening.isCertain(entry), done.insert(entry.id).inserted else {
            counts.notReopened += 1
            continue
          }
          try reopening.reopen(entry, as: EntryID(now: now, using: &random), kind.problem)
          counts.reopened += 1
        }
        counts.unnamed = max(0, kind.events - counts.reopened - counts.notReopened)
        try insert(report, kind, counts)
        all.reopened += counts.reopened
        all.notReopened += counts.notReopened
        all.unnamed += counts.unnamed
      }
      return .taken(all)
    }
    generator = random
    return taking
  }

  /// Whoever takes a report at the same time waits here until this transaction has ended. One that could not be read is
  /// new once it can be.
  private func isNew(_ report: RejectionReport) throws(PostgreSQLError) -> Bool {
    _ = try connection.query("SELECT 1 FROM billing.stripe_rejections_reading FOR UPDATE")
    // In a statement of its own: by what is committed now.
    return try connection.query(
      """
      SELECT NOT EXISTS (
        SELECT FROM billing.stripe_rejections
        WHERE event_id = \(report.event) AND (\(report.isUnreadable) OR code <> \(Problem.reportUnreadable)))
      """
    ).one().decode(at: 0)
  }

  private func noteUnreadable(_ report: RejectionReport) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      UPDATE billing.stripe_rejections SET read_at = now()
      WHERE event_id = \(report.event) AND code = \(Problem.reportUnreadable)
      """)
  }

  private func forgetUnreadable(_ report: RejectionReport) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      DELETE FROM billing.stripe_rejections
      WHERE event_id = \(report.event) AND code = \(Problem.reportUnreadable)
      """)
  }

  private func insert(
    _ report: RejectionReport, _ kind: RejectionReport.Kind, _ counts: Counts
  ) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      INSERT INTO billing.stripe_rejections (event_id, code, created_at, meter, events, reopened, not_reopened, unnamed)
      VALUES (\(report.event), \(kind.problem), \(report.createdAt), \(report.meter), \(kind.events), \(counts.reopened),
        \(counts.notReopened), \(counts.unnamed))
      """)
  }

  private var commitFailpoint: (TransactionPoint) -> TransactionFault {
    { [failpoints] point in
      guard point == .beforeCommit else { return .none }
      failpoints.pass(OutboxStep.beforeReopenCommit)
      return failpoints.pass(OutboxStep.insideReopenCommit) ? .cutConnection : .none
    }
  }
}
