import Billing
import PostgreSQL

/// The two statements that keep totals equal to the ledger, in the ledger's own transaction.
///
/// An upsert has one possible plan. Updating the totals that are there and inserting the others would cost the server a
/// tenth less, but an update joined with a batch's rows is at the planner's mercy: planned while the table was small, it
/// scans all totals for each batch once they are many.
enum Totals {
  /// One row of a batch's parameters, by column. Only totals of `last` need to know whose quantity it is; without one the
  /// two arrays stay empty, and `unnest` fills in nulls.
  private struct Columns {
    var companies: [String]
    var metrics: [String]
    var starts: [CivilDate]
    var aggregations: [String]
    var quantities: [Quantity]
    var events: [Int64]
    var lastAt: [Instant?] = []
    var lastIDs: [String?] = []

    init(_ delta: TotalsDelta) {
      companies = delta.companies.map(\.id.text)
      metrics = delta.keys.map(\.metric.text)
      starts = delta.keys.map(\.start)
      aggregations = delta.amounts.map(\.aggregation.code)
      quantities = delta.amounts.map(\.quantity)
      events = delta.amounts.map(\.events)
      if delta.amounts.contains(where: { $0.last != nil }) {
        lastAt = delta.amounts.map { $0.last?.at }
        lastIDs = delta.amounts.map { $0.last?.id.text }
      }
    }
  }

  static func addDaily(_ delta: TotalsDelta, on connection: Connection) throws(PostgreSQLError) {
    guard !delta.isEmpty else { return }
    let columns = Columns(delta)
    _ = try connection.update(
      """
      INSERT INTO billing.usage_daily AS t
        (company_id, metric, day, aggregation, quantity, events, last_at, last_usage_id)
      SELECT d.company_id, d.metric, d.day, d.aggregation::"char", d.quantity, d.events, d.last_at, d.last_usage_id
      FROM unnest(\(columns.companies), \(columns.metrics), \(columns.starts), \(columns.aggregations),
          \(columns.quantities), \(columns.events), \(columns.lastAt), \(columns.lastIDs))
        AS d (company_id, metric, day, aggregation, quantity, events, last_at, last_usage_id)
      ON CONFLICT (company_id, metric, day) DO UPDATE SET \(unescaped: merge)
      """)
  }

  /// A period's total after an addition.
  struct Standing {
    var quantity: Quantity
    /// On how many invoice lines it stands. The row is locked: none is added before the transaction ends.
    let lines: Int16
  }

  /// - Returns: the totals after the addition, in the delta's order.
  static func addPeriods(_ delta: TotalsDelta, on connection: Connection) throws(PostgreSQLError) -> [Standing] {
    guard !delta.isEmpty else { return [] }
    let columns = Columns(delta)
    let rows = try connection.query(
      """
      INSERT INTO billing.usage_periods AS t
        (company_id, metric, period_start, aggregation, quantity, events, last_at, last_usage_id)
      SELECT d.company_id, d.metric, d.period_start, d.aggregation::"char", d.quantity, d.events, d.last_at,
        d.last_usage_id
      FROM unnest(\(columns.companies), \(columns.metrics), \(columns.starts), \(columns.aggregations),
          \(columns.quantities), \(columns.events), \(columns.lastAt), \(columns.lastIDs))
        AS d (company_id, metric, period_start, aggregation, quantity, events, last_at, last_usage_id)
      ON CONFLICT (company_id, metric, period_start) DO UPDATE SET \(unescaped: merge)
      RETURNING quantity, charged_lines
      """)
    // An INSERT of this form handles, and returns, one row after the other in the order of its source.
    guard rows.count == delta.count else {
      throw PostgreSQLError(.decoding, "\(rows.count) totals returned for \(delta.count) added to")
    }
    var totals: [Standing] = []
    totals.reserveCapacity(rows.count)
    for row in rows { totals.append(Standing(quantity: try row.decode(at: 0), lines: try row.decode(at: 1))) }
    return totals
  }

  /// How a stored total `t` takes up what was added (`excluded`). A total whose records were all taken back has no last.
  private static let merge: StaticString = """
    events = t.events + excluded.events,
    quantity = CASE t.aggregation
      WHEN 'm' THEN greatest(t.quantity, excluded.quantity)
      WHEN 'l' THEN CASE WHEN excluded.last_at IS NULL
          OR (t.last_at, t.last_usage_id) > (excluded.last_at, excluded.last_usage_id)
        THEN t.quantity ELSE excluded.quantity END
      ELSE t.quantity + excluded.quantity END,
    last_at = CASE WHEN excluded.last_at IS NULL
        OR (t.last_at, t.last_usage_id) > (excluded.last_at, excluded.last_usage_id)
      THEN t.last_at ELSE excluded.last_at END,
    last_usage_id = CASE WHEN excluded.last_at IS NULL
        OR (t.last_at, t.last_usage_id) > (excluded.last_at, excluded.last_usage_id)
      THEN t.last_usage_id ELSE excluded.last_usage_id END
    """
}
