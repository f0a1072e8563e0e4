import Billing
import PostgreSQL

/// A record of an order or patient that may have to be taken back.
struct OwnRecord {
  let company: CompanyID
  let id: UsageID
  let timestamp: Instant

  /// Which of the records still count, by position. What a person has taken back stays so, and is not recorded anew: so
  /// the rows are locked, or a person's void could come between this look and what follows from it. They belong to orders
  /// and patients that are locked; whoever else wants one of them waits for nothing of theirs.
  static func standing(_ records: [OwnRecord], on connection: Connection) throws(PostgreSQLError) -> Set<Int> {
    guard !records.isEmpty else { return [] }
    let rows = try connection.query(
      """
      SELECT k.position
      FROM unnest(\(records.map(\.company)), \(records.map(\.id)), \(records.map(\.timestamp.month))) WITH ORDINALITY
        AS k (company_id, usage_id, month, position)
      CROSS JOIN LATERAL (
        SELECT voided FROM billing.usage_records
        WHERE company_id = k.company_id AND usage_id = k.usage_id AND month = k.month LIMIT 1 FOR UPDATE) AS r
      WHERE NOT r.voided
      """)
    var standing: Set<Int> = []
    // Ordinality counts from 1.
    for row in rows { standing.insert(Int(try row.decode(Int64.self, at: 0)) - 1) }
    return standing
  }
}
