import Billing
import PostgreSQL
import Storage

/// Which reports are to be read. All by the database's clock: replicas' clocks may differ.
extension Rejections {
  /// Reports may appear in Stripe's list later than their time says.
  private static let latenessHours = 24

  public func begin() throws(OutboxError) -> Reading {
    try database { () throws(PostgreSQLError) in
      let row = try connection.query(
        """
        SELECT now(), greatest(now() - make_interval(days => \(RejectionReport.listedDays)::int),
          least(read_to, now()) - make_interval(hours => \(Self.latenessHours)::int))
        FROM billing.stripe_rejections_reading
        """
      ).one()
      return Reading(began: try row.decode(at: 0), since: try row.decode(at: 1))
    }
  }

  /// The time as of which reports were last read to the end.
  public func readTo() throws(OutboxError) -> Instant {
    try database { () throws(PostgreSQLError) in
      try connection.query("SELECT read_to FROM billing.stripe_rejections_reading").one().decode(at: 0)
    }
  }

  /// How long that is ago; not below zero.
  public func readingAge() throws(OutboxError) -> Duration {
    try database { () throws(PostgreSQLError) in
      let row = try connection.query("SELECT now(), read_to FROM billing.stripe_rejections_reading").one()
      let (now, readTo) = (try row.decode(Instant.self, at: 0), try row.decode(Instant.self, at: 1))
      return .microseconds(max(0, now.microseconds - readTo.microseconds))
    }
  }

  /// Events in reports of the last day for which no entry was opened again; those that cannot be read, as long as they are
  /// asked for.
  public func notReopened() throws(OutboxError) -> Int64 {
    try database { () throws(PostgreSQLError) in
      try connection.query(
        """
        SELECT coalesce(sum(not_reopened + unnamed), 0)::bigint FROM billing.stripe_rejections
        WHERE read_at > now() - interval '1 day'
        """
      ).one().decode(at: 0)
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

  /// Those that could not be read an hour ago or earlier, as long as Stripe keeps them.
  public func unreadable() throws(OutboxError) -> [(event: RemoteID, createdAt: Instant)] {
    try database { () throws(PostgreSQLError) in
      try connection.query(
        """
        SELECT event_id, created_at FROM billing.stripe_rejections
        WHERE code = 'report_unreadable' AND read_at <= now() - interval '1 hour'
          AND created_at > now() - make_interval(days => \(RejectionReport.listedDays)::int)
        ORDER BY created_at
        """
      ).map { row throws(PostgreSQLError) in (try row.decode(at: 0), try row.decode(at: 1)) }
    }
  }

  /// Notes that all reports that were there at a time are taken.
  public func note(readTo instant: Instant) throws(OutboxError) {
    try database { () throws(PostgreSQLError) in
      _ = try connection.update(
        "UPDATE billing.stripe_rejections_reading SET read_to = greatest(read_to, \(instant))")
    }
  }
}
