import Billing
import PostgreSQL

/// One-off charges, each once for its company's life.
struct ChargeTable {
  struct Row {
    let key: SurrogateKey
    let charge: OneOffCharge
  }

  let connection: Connection

  /// Writes charges that nobody has written.
  func insert(_ charges: [Row]) throws(PostgreSQLError) {
    guard !charges.isEmpty else { return }
    _ = try connection.update(
      """
      INSERT INTO billing.charges (company_id, surrogate, kind, currency, minor_units, occurred_at)
      SELECT company_id, surrogate, kind, currency, minor_units, occurred_at
      FROM unnest(\(charges.map(\.key.company)), \(charges.map(\.key.surrogate)), \(charges.map(\.charge.kind.text)),
          \(charges.map(\.charge.amount.currency.code)), \(charges.map { Int64(clamping: $0.charge.amount.minorUnits) }),
          \(charges.map(\.charge.moment.occurredAt))) WITH ORDINALITY
        AS c (company_id, surrogate, kind, currency, minor_units, occurred_at, position)
      ORDER BY position
      """)
  }

  /// Those of the charges whose ids were used before. Their subjects' rows are no proof: a charge may have been refused,
  /// and comes again.
  func held(_ charges: [Row]) throws(PostgreSQLError) -> Set<SurrogateKey> {
    guard !charges.isEmpty else { return [] }
    let rows = try connection.query(
      """
      SELECT c.company_id, c.surrogate
      FROM unnest(\(charges.map(\.key.company)), \(charges.map(\.key.surrogate))) AS k (company_id, surrogate)
      JOIN billing.charges c ON c.company_id = k.company_id AND c.surrogate = k.surrogate
      """)
    var held: Set<SurrogateKey> = []
    for row in rows { held.insert(SurrogateKey(company: try row.decode(at: 0), surrogate: try row.decode(at: 1))) }
    return held
  }

  /// Of charges that were written before: those that say something else now.
  func conflicts(_ charges: [Row]) throws(PostgreSQLError) -> Int {
    guard !charges.isEmpty else { return 0 }
    let rows = try connection.query(
      """
      SELECT count(*)
      FROM unnest(\(charges.map(\.key.company)), \(charges.map(\.key.surrogate)), \(charges.map(\.charge.kind.text)),
          \(charges.map(\.charge.amount.currency.code)), \(charges.map { Int64(clamping: $0.charge.amount.minorUnits) }))
        AS k (company_id, surrogate, kind, currency, minor_units)
      JOIN billing.charges c ON c.company_id = k.company_id AND c.surrogate = k.surrogate
      WHERE (c.kind, c.currency, c.minor_units) <> (k.kind, k.currency, k.minor_units)
      """)
    return Int(try rows.one().decode(Int64.self, at: 0))
  }
}
