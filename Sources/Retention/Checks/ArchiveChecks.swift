import Billing
import Ledger
import PostgreSQL

/// Everything that may keep a month in the ledger.
struct ArchiveChecks {
  let connection: Connection
  let month: CivilDate
  /// `MAX_USAGE_AGE`.
  let maximumAgeDays: Int
  let now: Instant

  /// So many are named of each kind.
  static let most = 20

  /// Asked with nothing else: without it the others need not be.
  func young() -> [RetentionRefusal] {
    let until = month.firstOfNextMonth.adding(days: maximumAgeDays)
    return until.start <= now ? [] : [.young(until: until)]
  }

  /// With the month in the ledger. Totals are held against it first, since the others go by totals.
  func all(progress: (Int, Int) -> Void) throws(RetentionError) -> [RetentionRefusal] {
    let report = try ledger { () throws(LedgerError) in
      try Verification(connection, month: month, isFull: true).run(progress: progress)
    }
    let differences = report.differences.prefix(Self.most).map { difference in
      RetentionRefusal.difference(
        difference.company, kind: difference.kind, metric: difference.cells.metric, place: difference.cells.place)
    }
    guard differences.isEmpty else { return differences }
    return try unbilled()
  }

  /// Of the month's table outside of the ledger, where nothing can change it any more.
  ///
  /// - Returns: what is in the way, and how many rows there are.
  func settled(_ table: MonthTable) throws(RetentionError) -> (refusals: [RetentionRefusal], rows: Int64) {
    let (rows, standing, counted) = try database { () throws(PostgreSQLError) in
      let row = try connection.query(
        """
        SELECT count(*), count(*) FILTER (WHERE kind = 'u' AND NOT voided) FROM \(table.records)
        """
      ).one()
      let totals = try connection.query(
        """
        SELECT coalesce(sum(events), 0)::bigint FROM billing.usage_daily
        WHERE day >= \(month) AND day < \(month.firstOfNextMonth)
        """
      ).one()
      return (
        try row.decode(Int64.self, at: 0), try row.decode(Int64.self, at: 1), try totals.decode(Int64.self, at: 0)
      )
    }
    guard standing == counted else { return ([.miscounted(records: standing, totals: counted)], rows) }
    return (try unbilled() + awaited(table), rows)
  }

  private func unbilled() throws(RetentionError) -> [RetentionRefusal] {
    try UnbilledUsage(connection: connection, month: month, today: now.date, most: Self.most).refusals()
  }

  private func awaited(_ table: MonthTable) throws(RetentionError) -> [RetentionRefusal] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT company_id, count(*) FROM \(table.records) WHERE kind = 'a' GROUP BY 1 ORDER BY 1 LIMIT \(Self.most)
        """)
      var refusals: [RetentionRefusal] = []
      for row in rows { refusals.append(.awaitedRecords(try row.decode(at: 0), count: try row.decode(at: 1))) }
      return refusals
    }
  }
}
