import Billing
import PostgreSQL
import Storage

extension OutboxReader {
  /// What was settled, by what it came to.
  public enum SettledSelection: Sendable {
    case deliveredMeterEvents
    case discardedMeterEvents
    /// Whatever they came to.
    case invoiceItems
  }

  /// A page of what was settled for a company since then, by number.
  public func settled(
    _ selection: SettledSelection, of company: CompanyID, since: Instant, after entryNumber: Int64 = 0,
    limit: Int = 1000
  ) throws(OutboxError) -> [EntryRecord] {
    let condition: StaticString =
      switch selection {
      case .deliveredMeterEvents: "e.kind = 'meter_event' AND e.outcome IN ('d', 'b')"
      case .discardedMeterEvents: "e.kind = 'meter_event' AND e.outcome = 'x'"
      case .invoiceItems: "e.kind = 'invoice_item'"
      }
    return try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT \(unescaped: Self.columns), \(unescaped: Self.settledColumns) FROM billing.outbox_history e
        WHERE e.company_id = \(company) AND e.settled_at >= \(since) AND e.entry_no > \(entryNumber)
          AND \(unescaped: condition)
        ORDER BY e.entry_no LIMIT \(limit)
        """)
      return try rows.map { row throws(PostgreSQLError) in try record(settled: row) }
    }
  }
}
