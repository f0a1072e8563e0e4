import Billing
import PostgreSQL

/// The statements that keep totals equal to the ledger, in the ledger's own transaction.
///
/// Totals that are there, nearly all of them, are updated; those that are not are inserted, which minds that another
/// replica may insert them at the same moment. An update alone costs a third less than an insert that ends as one.
struct Totals {
  enum Table {
    case daily
    case periods

    fileprivate var name: StaticString { self == .daily ? "billing.usage_daily" : "billing.usage_periods" }
    fileprivate var start: StaticString { self == .daily ? "day" : "period_start" }
  }

  let table: Table
  let connection: Connection

  /// Adds what a batch gained.
  ///
  /// - Returns: the totals after the addition, in the delta's order.
  func add(_ delta: TotalsDelta) throws(PostgreSQLError) -> [Quantity] {
    guard !delta.isEmpty else { return [] }
    var totals = [Quantity?](repeating: nil, count: delta.count)
    let all = Array(0..<delta.count)
    try take(try update(Columns(delta, all)), of: all, into: &totals)
    let missing = all.filter { totals[$0] == nil }
    if !missing.isEmpty { try take(try insert(Columns(delta, missing)), of: missing, into: &totals) }
    return try totals.map { total throws(PostgreSQLError) in
      guard let total else { throw PostgreSQLError(.decoding, "a total was neither updated nor inserted") }
      return total
    }
  }

  /// One row of a batch's parameters, by column. Only totals of `last` need to know whose quantity it is; without one the
  /// two arrays stay empty, and `unnest` fills in nulls.
  private struct Columns {
    var companies: [String] = []
    var metrics: [String] = []
    var starts: [CivilDate] = []
    var aggregations: [String] = []
    var quantities: [Quantity] = []
    var events: [Int64] = []
    var lastAt: [Instant?] = []
    var lastIDs: [String?] = []
    let hasLast: Bool

    init(_ delta: TotalsDelta, _ positions: [Int]) {
      hasLast = delta.amounts.contains { $0.last != nil }
      for position in positions {
        let amount = delta.amounts[position]
        companies.append(delta.companies[position])
        metrics.append(delta.metrics[position].text)
        starts.append(delta.starts[position])
        aggregations.append(amount.aggregation.code)
        quantities.append(amount.quantity)
        events.append(amount.events)
        guard hasLast else { continue }
        lastAt.append(amount.last?.at)
        lastIDs.append(amount.last?.id.text)
      }
    }
  }

  /// Updates those that are there, locked in the order of the rows given.
  private func update(_ columns: Columns) throws(PostgreSQLError) -> Rows {
    try connection.query(
      """
      UPDATE \(unescaped: table.name) AS t SET events = t.events + d.events,
        \(unescaped: columns.hasLast ? Self.mergeWithLast : Self.merge)
      FROM unnest(\(columns.companies), \(columns.metrics), \(columns.starts), \(columns.quantities),
          \(columns.events), \(columns.lastAt), \(columns.lastIDs)) WITH ORDINALITY
        AS d (company_id, metric, start, quantity, events, last_at, last_usage_id, position)
      WHERE t.company_id = d.company_id AND t.metric = d.metric AND t.\(unescaped: table.start) = d.start
      RETURNING d.position, t.quantity
      """)
  }

  private func insert(_ columns: Columns) throws(PostgreSQLError) -> Rows {
    try connection.query(
      """
      WITH d AS (
        SELECT * FROM unnest(\(columns.companies), \(columns.metrics), \(columns.starts), \(columns.aggregations),
            \(columns.quantities), \(columns.events), \(columns.lastAt), \(columns.lastIDs)) WITH ORDINALITY
          AS d (company_id, metric, start, aggregation, quantity, events, last_at, last_usage_id, position)
      ), added AS (
        INSERT INTO \(unescaped: table.name) AS t
          (company_id, metric, \(unescaped: table.start), aggregation, quantity, events, last_at, last_usage_id)
        SELECT company_id, metric, start, aggregation::"char", quantity, events, last_at, last_usage_id
        FROM d ORDER BY position
        ON CONFLICT (company_id, metric, \(unescaped: table.start)) DO UPDATE SET
          events = t.events + excluded.events, \(unescaped: Self.mergeExcluded)
        RETURNING company_id, metric, \(unescaped: table.start) AS start, quantity
      )
      SELECT d.position, added.quantity FROM d JOIN added USING (company_id, metric, start)
      """)
  }

  private func take(_ rows: Rows, of positions: [Int], into totals: inout [Quantity?]) throws(PostgreSQLError) {
    for row in rows {
      // Ordinality counts from 1.
      totals[positions[Int(try row.decode(Int64.self, at: 0)) - 1]] = try row.decode(Quantity.self, at: 1)
    }
  }

  // How a stored total `t` takes up what was added. A total whose records were all taken back has no last.

  private static let merge: StaticString = """
    quantity = CASE t.aggregation WHEN 'm' THEN greatest(t.quantity, d.quantity) ELSE t.quantity + d.quantity END
    """

  private static let mergeWithLast: StaticString = """
    quantity = CASE t.aggregation
      WHEN 'm' THEN greatest(t.quantity, d.quantity)
      WHEN 'l' THEN CASE WHEN d.last_at IS NULL OR (t.last_at, t.last_usage_id) > (d.last_at, d.last_usage_id)
        THEN t.quantity ELSE d.quantity END
      ELSE t.quantity + d.quantity END,
    last_at = CASE WHEN d.last_at IS NULL OR (t.last_at, t.last_usage_id) > (d.last_at, d.last_usage_id)
      THEN t.last_at ELSE d.last_at END,
    last_usage_id = CASE WHEN d.last_at IS NULL OR (t.last_at, t.last_usage_id) > (d.last_at, d.last_usage_id)
      THEN t.last_usage_id ELSE d.last_usage_id END
    """

  private static let mergeExcluded: StaticString = """
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
