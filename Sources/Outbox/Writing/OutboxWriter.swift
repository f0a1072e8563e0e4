import Billing
import PostgreSQL
import Storage

/// Writes entries within the caller's transaction, that of what causes them.
///
/// It locks the sequences, so whoever locks anything else as well keeps to one order: companies' rows, then sequences, then
/// entries; and gives all entries of a transaction to one call, or goes by company.
public struct OutboxWriter {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Entries of one sequence are sent in the order given.
  ///
  /// - Throws: the database's error; also where a company has no row.
  public func write(_ entries: [NewEntry]) throws(OutboxError) {
    guard !entries.isEmpty else { return }
    try database { () throws(PostgreSQLError) in
      let keys = Set(entries.map { SequenceKey($0.company, $0.orderingKey) }).sorted()
      try Self.shareCompanies(ofNew: keys, on: connection)
      try Self.queue(keys, on: connection)
      try Self.insert(entries, on: connection)
    }
  }

  /// A new sequence's foreign key takes a share of the company's lock. It is taken before any sequence is locked: whoever
  /// changes the company may be waiting for one of those.
  private static func shareCompanies(
    ofNew keys: [SequenceKey], on connection: Connection
  ) throws(PostgreSQLError) {
    _ = try connection.query(
      """
      SELECT 1 FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey))) AS n (company_id, ordering_key)
      CROSS JOIN LATERAL (
        SELECT 1 FROM billing.companies WHERE company_id = n.company_id LIMIT 1 FOR KEY SHARE) AS c
      WHERE NOT EXISTS (
        SELECT FROM billing.outbox_keys k WHERE k.company_id = n.company_id AND k.ordering_key = n.ordering_key)
      """)
  }

  /// Locks the sequences, making those that are new, and wakes the idle. Only then are entries numbered: so numbers within
  /// a sequence are in the order of commits, and whoever settles it meanwhile either sees them or waits.
  private static func queue(_ keys: [SequenceKey], on connection: Connection) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      INSERT INTO billing.outbox_keys AS k (company_id, ordering_key)
      SELECT n.company_id, n.ordering_key
      FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey))) AS n (company_id, ordering_key)
      ON CONFLICT (company_id, ordering_key) DO UPDATE SET state = 'w' WHERE k.state = 'i'
      """)
  }

  /// For sequences that are locked.
  static func insert(_ entries: [NewEntry], on connection: Connection) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      INSERT INTO billing.outbox_entries (entry_id, company_id, ordering_key, kind, effect, send_before)
      SELECT n.entry_id, n.company_id, n.ordering_key, n.kind, n.effect, n.send_before
      FROM unnest(\(entries.map(\.id)), \(entries.map(\.company)), \(entries.map(\.orderingKey)),
          \(entries.map(\.effect.kind.rawValue)), \(entries.map(\.effect.document)), \(entries.map(\.sendBefore)))
        AS n (entry_id, company_id, ordering_key, kind, effect, send_before)
      """)
  }
}
