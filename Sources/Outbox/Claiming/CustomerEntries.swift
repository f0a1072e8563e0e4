import Billing
import PostgreSQL
import Storage

/// Writes the entries that make customers of companies, once for a company: the sequence of customers is made with the
/// first one, by its key. After that a person decides.
struct CustomerEntries {
  let connection: Connection

  func write(
    for companies: [CompanyID], now: Instant, using generator: inout any RandomNumberGenerator
  ) throws(PostgreSQLError) {
    guard !companies.isEmpty else { return }
    let rows = try connection.query(
      """
      INSERT INTO billing.outbox_keys (company_id, ordering_key)
      SELECT company_id, \(OrderingKey.customer) FROM unnest(\(companies)) AS company_id
      ON CONFLICT DO NOTHING
      RETURNING company_id
      """)
    var entries: [NewEntry] = []
    for row in rows {
      entries.append(
        NewEntry(id: EntryID(now: now, using: &generator), company: try row.decode(at: 0), effect: .customer))
    }
    if !entries.isEmpty { try OutboxWriter.insert(entries, on: connection) }
  }
}
