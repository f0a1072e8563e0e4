import Billing
import PostgreSQL
import Storage

/// All dead entries at once, after the cause that they share was mended.
public struct DeadEntries {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Sends dead entries as if for the first time, as `OutboxAdministration.retry` does one. Within the caller's transaction.
  ///
  /// - Parameters:
  ///   - company: `nil` for all companies.
  ///   - limit: entries of one transaction; fewer than that in the answer means that none is left.
  /// - Throws: the database's error; `isRetryable` where another transaction stood in the way.
  public func retry(of company: CompanyID?, limit: Int) throws(OutboxError) -> Int {
    try database { () throws(PostgreSQLError) in
      let found = try connection.query(
        """
        SELECT company_id, entry_no, ordering_key FROM billing.outbox_entries
        WHERE state <> 'q' AND state = 'x' AND (\(company) IS NULL OR company_id = \(company))
        ORDER BY company_id, entry_no LIMIT \(limit)
        """
      ).map { row throws(PostgreSQLError) -> (CompanyID, Int64, OrderingKey) in
        (try row.decode(at: 0), try row.decode(at: 1), try row.decode(at: 2))
      }
      let keys = Set(found.map { SequenceKey($0.0, $0.2) }).sorted()
      // In the order in which everybody locks.
      _ = try connection.query(
        """
        SELECT 1 FROM billing.outbox_keys
        WHERE (company_id, ordering_key) IN (
          SELECT * FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey))) AS n (company_id, ordering_key))
        ORDER BY company_id, ordering_key FOR UPDATE
        """)
      let count = try connection.update(
        """
        UPDATE billing.outbox_entries AS e
        SET state = 'q', problem = NULL, first_attempt_at = NULL, key_generation = e.key_generation + 1
        FROM unnest(\(found.map(\.0)), \(found.map(\.1))) AS n (company_id, entry_no)
        WHERE e.company_id = n.company_id AND e.entry_no = n.entry_no AND e.state = 'x'
        """)
      _ = try connection.update(
        """
        UPDATE billing.outbox_keys AS k SET state = 'w', due_at = NULL
        FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey))) AS n (company_id, ordering_key)
        WHERE k.company_id = n.company_id AND k.ordering_key = n.ordering_key AND k.state IN ('d', 'i')
        """)
      return count
    }
  }
}
