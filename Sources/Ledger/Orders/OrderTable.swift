import Billing
import PostgreSQL

/// What is kept of orders.
struct OrderTable {
  struct Row {
    var state = OrderState()
    /// What the record says that stands; `nil` when there is none.
    var recorded: RecordedOrder?
    /// How many records were made for the order.
    var records = 0
  }

  let connection: Connection

  /// In SQL, the id of an order's last record (`UsageID.order`), of a row with one.
  static let recordID: StaticString = "'order:' || surrogate || CASE WHEN records > 1 THEN ':' || records ELSE '' END"

  /// The rows of orders, locked until the transaction ends.
  ///
  /// - Parameter keys: ascending, each once.
  func lock(_ keys: [SurrogateKey]) throws(PostgreSQLError) -> [SurrogateKey: Row] {
    guard !keys.isEmpty else { return [:] }
    let rows = try connection.query(
      """
      SELECT o.*
      FROM unnest(\(keys.map(\.company)), \(keys.map(\.surrogate))) AS k (company_id, surrogate)
      CROSS JOIN LATERAL (
        SELECT company_id, surrogate, records, recorded_at, recorded_class::text, sent_at, cancelled_at,
          code_at, code_event, code_class::text, modality_at, modality_event, modality_class::text
        FROM billing.orders
        WHERE company_id = k.company_id AND surrogate = k.surrogate LIMIT 1 FOR UPDATE) AS o
      """)
    var orders: [SurrogateKey: Row] = [:]
    for row in rows {
      orders[SurrogateKey(company: try row.decode(at: 0), surrogate: try row.decode(at: 1))] = try Self.decode(row)
    }
    return orders
  }

  private static func decode(_ row: PostgreSQL.Row) throws(PostgreSQLError) -> Row {
    var recorded: RecordedOrder?
    if let at = try row.decode(Instant?.self, at: 3), let imaging = try row.decode(ImagingClass?.self, at: 4) {
      recorded = RecordedOrder(sentAt: at, imaging: imaging)
    }
    return Row(
      state: OrderState(
        sentAt: try row.decode(at: 5), byCode: try fact(row, at: 7), byModality: try fact(row, at: 10),
        cancelledAt: try row.decode(at: 6)),
      recorded: recorded, records: Int(try row.decode(Int32.self, at: 2)))
  }

  private static func fact(_ row: PostgreSQL.Row, at column: Int) throws(PostgreSQLError) -> OrderState.Fact? {
    guard let at = try row.decode(Instant?.self, at: column),
      let event = try row.decode(EventID?.self, at: column + 1),
      let imaging = try row.decode(ImagingClass?.self, at: column + 2)
    else { return nil }
    return OrderState.Fact(moment: EventMoment(occurredAt: at, eventID: event), imaging: imaging)
  }

  /// Writes the rows, whose orders are locked or new.
  func save(_ orders: [(key: SurrogateKey, row: Row)]) throws(PostgreSQLError) {
    guard !orders.isEmpty else { return }
    let (keys, rows) = (orders.map(\.key), orders.map(\.row))
    let (codes, modalities) = (rows.map(\.state.byCode), rows.map(\.state.byModality))
    _ = try connection.update(
      """
      INSERT INTO billing.orders (company_id, surrogate, records, recorded_at, recorded_class, sent_at, cancelled_at,
        code_at, code_event, code_class, modality_at, modality_event, modality_class)
      SELECT company_id, surrogate, records, recorded_at, recorded_class::"char", sent_at, cancelled_at,
        code_at, code_event, code_class::"char", modality_at, modality_event, modality_class::"char"
      FROM unnest(\(keys.map(\.company)), \(keys.map(\.surrogate)), \(rows.map { Int32($0.records) }),
          \(rows.map(\.recorded?.sentAt)), \(rows.map(\.recorded?.imaging)), \(rows.map(\.state.sentAt)),
          \(rows.map(\.state.cancelledAt)), \(codes.map(\.?.moment.occurredAt)), \(codes.map(\.?.moment.eventID)),
          \(codes.map(\.?.imaging)), \(modalities.map(\.?.moment.occurredAt)), \(modalities.map(\.?.moment.eventID)),
          \(modalities.map(\.?.imaging)))
        AS o (company_id, surrogate, records, recorded_at, recorded_class, sent_at, cancelled_at,
          code_at, code_event, code_class, modality_at, modality_event, modality_class)
      ON CONFLICT (company_id, surrogate) DO UPDATE SET records = excluded.records,
        recorded_at = excluded.recorded_at, recorded_class = excluded.recorded_class, sent_at = excluded.sent_at,
        cancelled_at = excluded.cancelled_at, code_at = excluded.code_at, code_event = excluded.code_event,
        code_class = excluded.code_class, modality_at = excluded.modality_at,
        modality_event = excluded.modality_event, modality_class = excluded.modality_class
      """)
  }
}
