import Audit
import Billing
import PostgreSQL

/// Puts one total right: locks it, recomputes it from the ledger as it then is, writes it, and leaves a trace of what it
/// did. All in one transaction.
///
/// A recorder adds to a total by locking its row, too. One that came first has committed by the time the lock is had, and
/// its records are seen by the statement after that; one that comes later adds to what is written here.
struct TotalRepair {
  let connection: Connection
  let by: Person

  private static let attempts = 5

  /// - Returns: whether the difference is gone; false for those that are no total's.
  func mend(_ difference: Difference, metrics: [MetricName: Metric]) throws(LedgerError) -> Bool {
    guard let company = difference.company else { return false }
    let total: Total
    switch difference.finding {
    case .total(let table, let metric, let start, _, _), .subjects(let table, let metric, let start, _):
      guard let span = try span(table, company, start) else { return false }
      total = Total(
        table: table, company: company, metric: metric, span: span,
        aggregation: metrics[metric]?.aggregation ?? .sum)
    default: return false
    }
    for _ in 1..<Self.attempts {
      do {
        try mendOnce(total)
        return true
      } catch {
        // A deadlock or a lock not had in time: recorders go first.
        guard case .database(let cause) = error, cause.isRetryable, !cause.isConnectionLost else { throw error }
      }
    }
    try mendOnce(total)
    return true
  }

  private func isArchived(_ span: BillingPeriod) throws(PostgreSQLError) -> Bool {
    try connection.query(
      """
      WITH \(unescaped: ArchivedMonths.gone)
      SELECT EXISTS (SELECT FROM gone WHERE first < \(span.end) AND \(span.start) < next)
      """
    ).one().decode(at: 0)
  }

  private struct Total {
    let table: Difference.Table
    let company: CompanyID
    let metric: MetricName
    let span: BillingPeriod
    let aggregation: Aggregation
  }

  private func span(
    _ table: Difference.Table, _ company: CompanyID, _ start: CivilDate
  ) throws(LedgerError) -> BillingPeriod? {
    guard table == .periods else { return BillingPeriod(start: start, end: start.adding(days: 1)) }
    let rows = try database { () throws(PostgreSQLError) in
      try connection.query(
        """
        SELECT period_end FROM billing.billing_periods WHERE company_id = \(company) AND period_start = \(start)
        """)
    }
    guard let row = rows.first else { return nil }
    return try database { () throws(PostgreSQLError) in BillingPeriod(start: start, end: try row.decode(at: 0)) }
  }

  private func mendOnce(_ total: Total) throws(LedgerError) {
    try inTransaction(connection) { () throws(LedgerError) in
      let repaired = try database { () throws(PostgreSQLError) -> AuditAct? in
        try connection.execute("SET LOCAL lock_timeout = '10s'")
        // Recorders lock subjects before totals, so a total's lock would be taken in the wrong order here: no recorder may
        // be under way instead.
        if total.aggregation == .unique {
          _ = try connection.query(
            "SELECT pg_advisory_xact_lock(\(Int32(Registry.lockClass)), \(Int32(Registry.lockKey)))")
        }
        let (before, aggregation) = try lock(total)
        let records = LedgerFigures(
          connection: connection, company: total.company, metric: total.metric, span: total.span)
        let subjects = total.aggregation == .unique ? try records.rewriteSubjects(total.table) : 0
        let after = try records.figures(total.aggregation, total.table)
        // Asked after the records were read: a month cannot leave the ledger from then on until this ends.
        guard try !isArchived(total.span) else {
          throw PostgreSQLError(.misuse, "records of the total were archived meanwhile; it was left as it is")
        }
        let hasChanged = before != after || aggregation != total.aggregation.code
        if hasChanged {
          try write(after, to: total)
          try keepTrace(total, before: before, after: after)
        }
        // Subjects may have been wrong where the total was not.
        guard hasChanged || subjects > 0 else { return nil }
        return .totalRepaired(
          total.company, total.table, total.metric, start: total.span.start, before: before, after: after,
          subjects: subjects)
      }
      if let repaired { try audit(repaired, by: by, on: connection) }
    }
  }

  /// Locks the total's row, making one of nothing if there is none: a recorder that would make it waits then, too.
  ///
  /// - Returns: the total as it stood, with the letter of how it says to aggregate; no figures when there was none.
  private func lock(_ total: Total) throws(PostgreSQLError) -> (Difference.Figures?, aggregation: String) {
    let (company, metric, start) = (total.company, total.metric, total.span.start)
    let code = total.aggregation.code
    let made: Int
    let rows: Rows
    switch total.table {
    case .daily:
      made = try connection.update(
        """
        INSERT INTO billing.usage_daily (company_id, metric, day, aggregation, quantity, events)
        VALUES (\(company), \(metric), \(start), \(code)::"char", 0, 0) ON CONFLICT DO NOTHING
        """)
      rows = try connection.query(
        """
        SELECT quantity, events, last_at, last_usage_id, aggregation::text FROM billing.usage_daily
        WHERE company_id = \(company) AND metric = \(metric) AND day = \(start) FOR UPDATE
        """)
    case .periods:
      made = try connection.update(
        """
        INSERT INTO billing.usage_periods (company_id, metric, period_start, aggregation, quantity, events)
        VALUES (\(company), \(metric), \(start), \(code)::"char", 0, 0) ON CONFLICT DO NOTHING
        """)
      rows = try connection.query(
        """
        SELECT quantity, events, last_at, last_usage_id, aggregation::text FROM billing.usage_periods
        WHERE company_id = \(company) AND metric = \(metric) AND period_start = \(start) FOR UPDATE
        """)
    }
    guard made == 0 else { return (nil, code) }
    let row = try rows.one()
    let figures = Difference.Figures(
      quantity: try row.decode(at: 0), events: try row.decode(at: 1), lastAt: try row.decode(at: 2),
      lastUsageID: try row.decode(at: 3))
    return (figures, try row.decode(at: 4))
  }

  /// A total without records stays, at nothing: deleting it under a recorder that waits for it would gain nothing.
  private func write(_ figures: Difference.Figures, to total: Total) throws(PostgreSQLError) {
    let (company, metric, start) = (total.company, total.metric, total.span.start)
    switch total.table {
    case .daily:
      _ = try connection.update(
        """
        UPDATE billing.usage_daily SET quantity = \(figures.quantity), events = \(figures.events),
          last_at = \(figures.lastAt), last_usage_id = \(figures.lastUsageID),
          aggregation = \(total.aggregation.code)::"char"
        WHERE company_id = \(company) AND metric = \(metric) AND day = \(start)
        """)
    case .periods:
      _ = try connection.update(
        """
        UPDATE billing.usage_periods SET quantity = \(figures.quantity), events = \(figures.events),
          last_at = \(figures.lastAt), last_usage_id = \(figures.lastUsageID),
          aggregation = \(total.aggregation.code)::"char"
        WHERE company_id = \(company) AND metric = \(metric) AND period_start = \(start)
        """)
    }
  }

  private func keepTrace(
    _ total: Total, before: Difference.Figures?, after: Difference.Figures
  ) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      INSERT INTO billing.total_repairs (company_id, total_table, metric, span_start, quantity_before, events_before,
        quantity_after, events_after, repaired_by)
      VALUES (\(total.company), \(total.table.rawValue), \(total.metric), \(total.span.start), \(before?.quantity),
        \(before?.events), \(after.quantity), \(after.events), \(by.text))
      """)
  }
}
