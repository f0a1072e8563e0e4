import Billing
import PostgreSQL

extension UsageTables {
  /// Writes all entries whose keys are not there, in the batch's order. A key that another replica is writing at this
  /// moment is waited for; whoever commits first has it.
  ///
  /// - Returns: the positions of the others, whose ids were counted before.
  static func insert(_ entries: [Entry], to connection: Connection) throws(PostgreSQLError) -> Set<Int> {
    guard !entries.isEmpty else { return [] }
    var repeated = try insertRecords(entries, connection)
    for position in try insertBoundaries(nearBoundaries(entries, without: repeated), connection) {
      // Counted on the boundary's other side, and just written on this one.
      try delete(entries[position], connection)
      repeated.insert(position)
    }
    return repeated
  }

  private static func insertRecords(_ entries: [Entry], _ connection: Connection) throws(PostgreSQLError) -> Set<Int> {
    let records = entries.map(\.record)
    let companies = entries.map(\.company.id.text)
    let ids = records.map(\.usageID.text)
    let inserted = try connection.query(
      """
      INSERT INTO billing.usage_records (occurred_at, month, company_id, usage_id, metric, quantity, counted,
        user_pseudonym, subject_pseudonym, subscription_pseudonym, metadata)
      SELECT occurred_at, month, company_id, usage_id, metric, quantity, counted, user_pseudonym, subject_pseudonym,
        subscription_pseudonym, metadata
      FROM unnest(\(records.map(\.timestamp)), \(entries.map(\.month)), \(companies), \(ids),
          \(records.map(\.metric.name.text)), \(records.map(\.quantity)), \(entries.map(\.counted)),
          \(optional(records.map(\.user?.newest))), \(optional(records.map(\.subject?.newest))),
          \(optional(records.map(\.subscription?.newest))),
          \(optional(records.map { $0.metadata.map { String(decoding: $0, as: UTF8.self) } })))
        AS r (occurred_at, month, company_id, usage_id, metric, quantity, counted, user_pseudonym, subject_pseudonym,
          subscription_pseudonym, metadata)
      ON CONFLICT DO NOTHING
      RETURNING company_id, usage_id, month
      """)
    return try missing(from: inserted, companies: companies, ids: ids, months: entries.map(\.month))
  }

  /// - Returns: the positions of those that were counted on the other side.
  private static func insertBoundaries(
    _ near: [(boundary: CivilDate, position: Int, entry: Entry)], _ connection: Connection
  ) throws(PostgreSQLError) -> [Int] {
    guard !near.isEmpty else { return [] }
    let (boundaries, months) = (near.map(\.boundary), near.map(\.entry.month))
    let companies = near.map(\.entry.company.id.text)
    let ids = near.map(\.entry.record.usageID.text)
    let inserted = try connection.update(
      """
      INSERT INTO billing.usage_boundary_ids (boundary, month, company_id, usage_id)
      SELECT boundary, month, company_id, usage_id
      FROM unnest(\(boundaries), \(months), \(companies), \(ids)) AS b (boundary, month, company_id, usage_id)
      ON CONFLICT DO NOTHING
      """)
    guard inserted < near.count else { return [] }
    let others = try connection.query(
      """
      SELECT k.position
      FROM unnest(\(boundaries), \(months), \(companies), \(ids)) WITH ORDINALITY
        AS k (boundary, month, company_id, usage_id, position)
      CROSS JOIN LATERAL (
        SELECT month FROM billing.usage_boundary_ids
        WHERE company_id = k.company_id AND usage_id = k.usage_id AND boundary = k.boundary LIMIT 1) AS b
      WHERE b.month <> k.month
      """)
    var positions: [Int] = []
    // Ordinality counts from 1.
    for row in others { positions.append(near[Int(try row.decode(Int64.self, at: 0)) - 1].position) }
    return positions
  }

  /// Which rows an insert left out: it handles, and returns, rows in the order of its source.
  private static func missing(
    from inserted: Rows, companies: [String], ids: [String], months: [CivilDate]
  ) throws(PostgreSQLError) -> Set<Int> {
    guard inserted.count < ids.count else { return [] }
    var missing: Set<Int> = []
    var next = inserted.startIndex
    for position in ids.indices {
      if next < inserted.endIndex {
        let row = inserted[next]
        // By bytes: two ids that Swift holds equal may be different ones.
        if UsageID(trusted: try row.decode(String.self, at: 1)) == UsageID(trusted: ids[position]),
          try row.decode(String.self, at: 0) == companies[position],
          try row.decode(CivilDate.self, at: 2) == months[position]
        {
          next += 1
          continue
        }
      }
      missing.insert(position)
    }
    guard next == inserted.endIndex else {
      throw PostgreSQLError(.decoding, "rows were returned in another order than they were inserted in")
    }
    return missing
  }

  private static func delete(_ entry: Entry, _ connection: Connection) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      DELETE FROM billing.usage_records
      WHERE company_id = \(entry.company.id) AND usage_id = \(entry.record.usageID) AND month = \(entry.month)
      """)
  }

  /// A column in which nothing stands needs no nulls written out: `unnest` fills them in.
  private static func optional<Value>(_ column: [Value?]) -> [Value?] {
    column.contains { $0 != nil } ? column : []
  }
}
