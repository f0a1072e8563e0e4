import Billing
import PostgreSQL
import Storage

/// Settled entries, kept by month of settling (UTC).
public struct OutboxHistory {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Drops whole months, those that ended more than so many months ago. Whoever settles meanwhile waits for the moment that
  /// it takes.
  ///
  /// - Returns: the first days of the months dropped.
  /// - Throws: the database's error; `isRetryable` when somebody held the history for longer than a second.
  public func drop(olderThan months: Int) throws(OutboxError) -> [CivilDate] {
    let old = try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT m.month FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        CROSS JOIN LATERAL (SELECT to_date(right(c.relname, 7), 'YYYY_MM') AS month) AS m
        WHERE i.inhparent = 'billing.outbox_history'::regclass
          AND m.month < date_trunc('month', now() AT TIME ZONE 'UTC')::date - \(Int32(months)) * interval '1 month'
        ORDER BY 1
        """)
      return try rows.map { row throws(PostgreSQLError) in try row.decode(CivilDate.self, at: 0) }
    }
    for month in old {
      try inTransaction(connection) { () throws(PostgreSQLError) in
        try connection.execute("SET LOCAL lock_timeout = '1s'")
        let (year, number, _) = month.components
        let digits = String(year * 100 + number)
        let suffix = "\(digits.dropLast(2))_\(digits.suffix(2))"
        // Who looks for an entry must know that it may be gone.
        _ = try connection.update(
          """
          INSERT INTO billing.outbox_history_dropped AS d (settled_before) VALUES (\(month.firstOfNextMonth.start))
          ON CONFLICT (only_row) DO UPDATE SET settled_before = greatest(d.settled_before, excluded.settled_before)
          """)
        try connection.execute("DROP TABLE IF EXISTS billing.\(try Identifier("outbox_history_\(suffix)"))")
      }
    }
    return old
  }

  /// The months whose partitions are known to be there.
  struct Months {
    private var ensuredAt: ContinuousClock.Instant?

    /// Makes this month's and the next one's, at first and every hour: before the month ends, its successor is there.
    mutating func ensure(on connection: Connection) throws(OutboxError) {
      if let ensuredAt, ensuredAt.duration(to: .now) < .seconds(3600) { return }
      try database { () throws(PostgreSQLError) in
        _ = try connection.query(
          """
          SELECT billing.ensure_outbox_month((date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month')::date)
          FROM generate_series(0, 1) AS n
          """)
      }
      ensuredAt = .now
    }
  }
}
