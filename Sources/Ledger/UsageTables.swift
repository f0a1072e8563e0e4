import Billing
import PostgreSQL

/// Fills the ledger by COPY, the fastest way in. COPY cannot skip a row that is there already: it fails as a whole, by the
/// key. Where repeats are to be expected, rows are inserted instead.
struct UsageTables: ~Copyable {
  private var buffer = CopyBuffer(capacity: 512 * 1024)

  private static let columns = """
    COPY billing.ledger (occurred_at, month, kind, company_id, usage_id, metric, quantity, counted,
      user_pseudonym, subject_pseudonym, subscription_pseudonym, metadata) FROM STDIN (FORMAT binary)
    """

  /// Writes all entries, which must be in the batch's order: replicas that meet on a key then wait for each other in one
  /// direction only.
  ///
  /// - Throws: a unique violation when at least one key is there already; the transaction is then of no use any more.
  mutating func copy(_ entries: [Entry], to connection: Connection) throws(PostgreSQLError) {
    buffer.removeAll()
    var last: LedgerRow?
    LedgerRow.forEach(of: entries) { row in
      // A record with the key of a reservation keeps the id out just as well.
      if row.isReservation, let last, row.hasSameKey(as: last) { return }
      append(row)
      last = row
    }
    if !buffer.isEmpty { _ = try connection.copyIn(Self.columns, buffer) }
  }

  private mutating func append(_ row: LedgerRow) {
    let record = row.record
    buffer.beginRow(fields: 12)
    buffer.append(row.occurredAt.postgreSQLValue)
    buffer.append(row.month.postgreSQLValue)
    buffer.append(character: row.kind)
    buffer.append(text: row.entry.company.id.text)
    buffer.append(text: row.entry.record.usageID.text)
    buffer.append(text: row.metric)
    buffer.append(row.quantity.postgreSQLValue)
    buffer.append(row.counted.postgreSQLValue)
    append(record?.user)
    append(record?.subject)
    append(record?.subscription)
    if let metadata = record?.metadata { buffer.append(utf8: metadata) } else { buffer.appendNull() }
  }

  private mutating func append(_ name: Pseudonyms?) {
    if let name { buffer.append(name.newest.bytes) } else { buffer.appendNull() }
  }
}
