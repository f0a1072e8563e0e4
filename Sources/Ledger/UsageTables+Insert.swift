import Billing
import PostgreSQL

extension UsageTables {
  /// Writes all entries whose keys are not there, in the batch's order. A key that another replica is writing at this
  /// moment is waited for; whoever commits first has it.
  ///
  /// - Returns: the positions of the others, whose ids were counted before or are reserved.
  static func insert(_ entries: [Entry], to connection: Connection) throws(PostgreSQLError) -> Set<Int> {
    guard !entries.isEmpty else { return [] }
    let rows = LedgerRow.all(of: entries)
    let left = try insert(rows, connection)
    var repeated = Set(rows.indices.filter { left[$0] && !rows[$0].isReservation }.map { rows[$0].position })
    var blocked: [LedgerRow] = []
    for (row, isLeft) in zip(rows, left) where row.isReservation {
      switch (isLeft, repeated.contains(row.position)) {
      case (true, false): blocked.append(row)
      // Made for a record that was counted before.
      case (false, true): try delete(row, connection)
      case (true, true), (false, false): break
      }
    }
    for row in try metRecords(blocked, connection) {
      // Counted on the boundary's other side, and just written on this one.
      try delete(LedgerRow(entry: row.entry, position: row.position, isReservation: false), connection)
      repeated.insert(row.position)
    }
    return repeated
  }

  /// - Returns: for each row whether it was left out.
  private static func insert(_ rows: [LedgerRow], _ connection: Connection) throws(PostgreSQLError) -> [Bool] {
    let records = rows.map(\.record)
    let companies = rows.map(\.entry.company.id.text)
    let ids = rows.map(\.entry.record.usageID.text)
    let inserted = try connection.query(
      """
      INSERT INTO billing.ledger (occurred_at, month, kind, company_id, usage_id, metric, quantity, counted,
        user_pseudonym, subject_pseudonym, subscription_pseudonym, metadata)
      SELECT occurred_at, month, kind::"char", company_id, usage_id, metric, quantity, counted, user_pseudonym,
        subject_pseudonym, subscription_pseudonym, metadata
      FROM unnest(\(rows.map(\.occurredAt)), \(rows.map(\.month)), \(rows.map { "\($0.kind)" }), \(companies), \(ids),
          \(rows.map(\.metric)), \(rows.map(\.quantity)), \(rows.map(\.counted)),
          \(optional(records.map { $0?.user?.newest })), \(optional(records.map { $0?.subject?.newest })),
          \(optional(records.map { $0?.subscription?.newest })),
          \(optional(records.map { $0?.metadata.map { String(decoding: $0, as: UTF8.self) } })))
        AS r (occurred_at, month, kind, company_id, usage_id, metric, quantity, counted, user_pseudonym,
          subject_pseudonym, subscription_pseudonym, metadata)
      ON CONFLICT DO NOTHING
      RETURNING company_id, usage_id, month, kind = 'r'
      """)
    // An insert handles, and returns, rows in the order of its source.
    var left = Array(repeating: false, count: rows.count)
    var next = inserted.startIndex
    for index in rows.indices {
      if next < inserted.endIndex, try matches(inserted[next], rows[index]) { next += 1 } else { left[index] = true }
    }
    guard next == inserted.endIndex else {
      throw PostgreSQLError(.decoding, "rows were returned in another order than they were inserted in")
    }
    return left
  }

  private static func matches(_ row: Row, _ given: LedgerRow) throws(PostgreSQLError) -> Bool {
    // Ids by bytes: two that Swift holds equal may be different ones.
    guard UsageID(trusted: try row.decode(String.self, at: 1)) == given.entry.record.usageID,
      try row.decode(String.self, at: 0) == given.entry.company.id.text
    else { return false }
    guard try row.decode(CivilDate.self, at: 2) == given.month else { return false }
    return try row.decode(Bool.self, at: 3) == given.isReservation
  }

  /// Of reservations whose keys are taken, those taken by a record of the month's first two days. What stands later in the
  /// month is another record, and keeps the id out of those two days in the reservation's place.
  private static func metRecords(
    _ rows: [LedgerRow], _ connection: Connection
  ) throws(PostgreSQLError) -> [LedgerRow] {
    guard !rows.isEmpty else { return [] }
    let met = try connection.query(
      """
      SELECT k.position
      FROM unnest(\(rows.map(\.month)), \(rows.map(\.entry.company.id.text)), \(rows.map(\.entry.record.usageID.text)),
          \(rows.map { Boundary.neighbourhood($0.month).to })) WITH ORDINALITY
        AS k (month, company_id, usage_id, until, position)
      CROSS JOIN LATERAL (
        SELECT kind, occurred_at FROM billing.ledger
        WHERE company_id = k.company_id AND usage_id = k.usage_id AND month = k.month LIMIT 1) AS r
      WHERE r.kind <> 'r' AND r.occurred_at < k.until
      """)
    var found: [LedgerRow] = []
    // Ordinality counts from 1.
    for row in met { found.append(rows[Int(try row.decode(Int64.self, at: 0)) - 1]) }
    return found
  }

  private static func delete(_ row: LedgerRow, _ connection: Connection) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      DELETE FROM billing.ledger
      WHERE company_id = \(row.entry.company.id) AND usage_id = \(row.entry.record.usageID) AND month = \(row.month)
      """)
  }

  /// A column in which nothing stands needs no nulls written out: `unnest` fills them in.
  private static func optional<Value>(_ column: [Value?]) -> [Value?] {
    column.contains { $0 != nil } ? column : []
  }
}
