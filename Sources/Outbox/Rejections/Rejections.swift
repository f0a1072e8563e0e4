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
    /// So many entries were opened again; so many events are not named.
    case taken(reopened: Int, unnamed: Int64)
    /// It was taken before.
    case known
    /// An entry that it names is being sent at this moment: nothing was done, and it is to be read again.
    case deferred
  }

  /// For how long Stripe refuses an identifier as known, at least, an hour short of it: what was sent in that time after
  /// the attempt that was rejected was refused, whatever was read into the answer.
  private static let identifierHours: Int64 = 23
  /// Reports may appear in Stripe's list later than their time says.
  private static let latenessHours: Int64 = 24
  /// Stripe lists reports of so many days.
  private static let listedDays = 30
  /// Of a session, so that it ends with it.
  private static let readersLock = (7361, 7)

  private let connection: Connection
  private let failpoints: Failpoints

  public init(_ connection: Connection, failpoints: Failpoints = .none) {
    self.connection = connection
    self.failpoints = failpoints
  }

  // MARK: Reading

  /// Becomes the reader unless another session is. Ask once: a session can take the lock several times.
  public func takeTurn() throws(OutboxError) -> Bool {
    try database { () throws(PostgreSQLError) in
      try connection.query("SELECT pg_try_advisory_lock(\(Self.readersLock.0)::int, \(Self.readersLock.1)::int)")
        .one().decode(at: 0)
    }
  }

  /// Since when reports are to be listed, so that none is missed that appears late.
  public func listSince(now: Instant) throws(OutboxError) -> Instant {
    max(now.adding(days: -Self.listedDays), min(try readTo(), now).adding(seconds: -Self.latenessHours * 3600))
  }

  /// The time as of which reports were last read to the end.
  public func readTo() throws(OutboxError) -> Instant {
    try database { () throws(PostgreSQLError) in
      try connection.query("SELECT read_to FROM billing.stripe_rejections_reading").one().decode(at: 0)
    }
  }

  /// Those that were not taken yet.
  public func unread(among events: [RemoteID]) throws(OutboxError) -> Set<RemoteID> {
    try database { () throws(PostgreSQLError) in
      var unread = Set(events)
      let rows = try connection.query(
        "SELECT DISTINCT event_id FROM billing.stripe_rejections WHERE event_id = ANY (\(events))")
      for row in rows { unread.remove(try row.decode(at: 0)) }
      return unread
    }
  }

  /// Notes that all reports that were there at a time are taken.
  public func note(readTo instant: Instant) throws(OutboxError) {
    try database { () throws(PostgreSQLError) in
      _ = try connection.update(
        "UPDATE billing.stripe_rejections_reading SET read_to = greatest(read_to, \(instant))")
    }
  }

  // MARK: Taking

  /// Opens the entries again that a report names, and keeps what it says of others.
  public func take(
    _ report: RejectionReport, now: Instant, using generator: inout some RandomNumberGenerator
  ) throws(OutboxError) -> Taking {
    var months = OutboxHistory.Months()
    try months.ensure(on: connection)
    var random = generator
    let taking = try inTransaction(connection, failpoint: commitFailpoint) { () throws(PostgreSQLError) in
      guard try isNew(report) else { return Taking.known }
      let reopening = Reopening(connection: connection)
      let sent = try reopening.lock(report.kinds.flatMap(\.named))
      guard !sent.values.contains(where: \.isLeased) else { return .deferred }
      var figures: [Figures] = []
      var done: Set<EntryID> = []
      for kind in report.kinds {
        var (reopened, foreign) = (Int64(0), kind.foreign)
        for id in kind.named {
          guard let entry = sent[id], entry.isMeterEvent else {
            foreign += 1
            continue
          }
          guard entry.canBeReopened, done.insert(id).inserted else { continue }
          let successor = EntryID(now: now, using: &random)
          try reopening.reopen(entry, as: successor, state(of: entry, in: report), kind.problem)
          reopened += 1
        }
        figures.append(Figures(kind: kind, reopened: reopened, foreign: foreign))
      }
      try insert(report, figures)
      return .taken(reopened: done.count, unnamed: figures.reduce(0) { $0 + $1.kind.unnamed })
    }
    generator = random
    return taking
  }

  /// What a kind of a report came to.
  private struct Figures {
    let kind: RejectionReport.Kind
    let reopened: Int64
    let foreign: Int64
  }

  /// An event that was sent again after Stripe may have forgotten its identifier may be counted by now.
  private func state(of entry: Reopening.Sent, in report: RejectionReport) -> Reopening.State {
    let protected = report.window.lowerBound.adding(seconds: Self.identifierHours * 3600)
    guard let last = entry.lastAttemptAt, last < protected else { return .unknown }
    return .dead
  }

  /// Whoever takes a report at the same time waits here until this transaction has ended.
  private func isNew(_ report: RejectionReport) throws(PostgreSQLError) -> Bool {
    _ = try connection.query("SELECT 1 FROM billing.stripe_rejections_reading FOR UPDATE")
    // In a statement of its own: by what is committed now.
    return try connection.query(
      "SELECT NOT EXISTS (SELECT FROM billing.stripe_rejections WHERE event_id = \(report.event))"
    ).one().decode(at: 0)
  }

  private func insert(_ report: RejectionReport, _ figures: [Figures]) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      INSERT INTO billing.stripe_rejections (event_id, code, created_at, meter, window_start, window_end, events,
        reopened, foreign_events, unnamed)
      SELECT \(report.event), n.code, \(report.createdAt), \(report.meter), \(report.window.lowerBound),
        \(report.window.upperBound), n.events, n.reopened, n.foreign_events, n.unnamed
      FROM unnest(\(figures.map(\.kind.problem)), \(figures.map(\.kind.events)), \(figures.map(\.reopened)),
          \(figures.map(\.foreign)), \(figures.map(\.kind.unnamed)))
        AS n (code, events, reopened, foreign_events, unnamed)
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
