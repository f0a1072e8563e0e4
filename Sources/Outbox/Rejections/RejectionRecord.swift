import Billing
import PostgreSQL
import Storage

/// What is kept of one reason in a report, as people see it.
public struct RejectionRecord: Hashable, Sendable {
  /// Stripe's name of the report.
  public let event: RemoteID
  public let problem: Problem
  public let createdAt: Instant
  /// Stripe's name of the meter.
  public let meter: RemoteID?
  /// How many events.
  public let events: Int64
  /// For how many of them an entry was opened again.
  public let reopened: Int64
  /// For how many of them the entry was left as it is.
  public let notReopened: Int64
  /// Of how many no entry is known.
  public let unnamed: Int64

  /// The latest first.
  public static func list(_ connection: Connection, limit: Int) throws(OutboxError) -> [RejectionRecord] {
    try database { () throws(PostgreSQLError) in
      try connection.query(
        """
        SELECT event_id, code, created_at, meter, events, reopened, not_reopened, unnamed
        FROM billing.stripe_rejections ORDER BY created_at DESC, event_id, code LIMIT \(limit)
        """
      ).map { row throws(PostgreSQLError) in
        RejectionRecord(
          event: try row.decode(at: 0), problem: try row.decode(at: 1), createdAt: try row.decode(at: 2),
          meter: try row.decode(at: 3), events: try row.decode(at: 4), reopened: try row.decode(at: 5),
          notReopened: try row.decode(at: 6), unnamed: try row.decode(at: 7))
      }
    }
  }
}
