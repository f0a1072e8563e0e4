import Billing
import PostgreSQL

/// Fills the two keyed tables of the ledger by COPY, the fastest way in. COPY cannot skip a row that is there already:
/// it fails as a whole, by the key. Where repeats are to be expected, rows are inserted instead.
struct UsageTables: ~Copyable {
  private var records = CopyBuffer(capacity: 512 * 1024)
  private var boundaries = CopyBuffer(capacity: 64 * 1024)

  private static let recordColumns = """
    COPY billing.usage_records (occurred_at, month, company_id, usage_id, metric, quantity, counted,
      user_pseudonym, subject_pseudonym, subscription_pseudonym, metadata) FROM STDIN (FORMAT binary)
    """
  private static let boundaryColumns =
    "COPY billing.usage_boundary_ids (boundary, month, company_id, usage_id) FROM STDIN (FORMAT binary)"

  /// Writes all entries, which must be in the batch's order: replicas that meet on a key then wait for each other in one
  /// direction only.
  ///
  /// - Throws: a unique violation when at least one key is there already; the transaction is then of no use any more.
  mutating func copy(_ entries: [Entry], to connection: Connection) throws(PostgreSQLError) {
    records.removeAll()
    boundaries.removeAll()
    for entry in entries { append(entry) }
    for (boundary, _, entry) in Self.nearBoundaries(entries) {
      boundaries.beginRow(fields: 4)
      boundaries.append(boundary.postgreSQLValue)
      boundaries.append(entry.month.postgreSQLValue)
      boundaries.append(text: entry.company.id.text)
      boundaries.append(text: entry.record.usageID.text)
    }
    if !records.isEmpty { _ = try connection.copyIn(Self.recordColumns, records) }
    if !boundaries.isEmpty { _ = try connection.copyIn(Self.boundaryColumns, boundaries) }
  }

  /// In the order of the boundaries' keys: that of the batch goes by month, and both sides of a boundary share its keys.
  ///
  /// - Parameter repeated: positions of entries to be left out.
  static func nearBoundaries(
    _ entries: [Entry], without repeated: Set<Int> = []
  ) -> [(boundary: CivilDate, position: Int, entry: Entry)] {
    let near = entries.indices.compactMap { position in
      entries[position].boundary.flatMap { boundary in
        repeated.contains(position) ? nil : (boundary: boundary, position: position, entry: entries[position])
      }
    }
    guard let first = near.first?.entry,
      near.contains(where: { $0.entry.month != first.month || $0.boundary != first.boundary })
    else { return near }
    return near.sorted {
      ($0.boundary, $0.entry.company.id, $0.entry.record.usageID)
        < ($1.boundary, $1.entry.company.id, $1.entry.record.usageID)
    }
  }

  private mutating func append(_ entry: Entry) {
    let record = entry.record
    records.beginRow(fields: 11)
    records.append(record.timestamp.postgreSQLValue)
    records.append(entry.month.postgreSQLValue)
    records.append(text: entry.company.id.text)
    records.append(text: record.usageID.text)
    records.append(text: record.metric.name.text)
    records.append(record.quantity.postgreSQLValue)
    records.append(entry.counted.postgreSQLValue)
    append(record.user)
    append(record.subject)
    append(record.subscription)
    if let metadata = record.metadata { records.append(utf8: metadata) } else { records.appendNull() }
  }

  private mutating func append(_ name: Pseudonyms?) {
    if let name { records.append(name.newest.bytes) } else { records.appendNull() }
  }
}
