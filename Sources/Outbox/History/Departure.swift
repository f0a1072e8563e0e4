import Billing
import PostgreSQL
import Storage

/// How entries leave without being sent. Their sequences are locked.
struct Departure {
  let connection: Connection

  func discard(
    _ key: SequenceKey, _ number: Int64, reason: String, by person: String
  ) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      WITH gone AS (
        DELETE FROM billing.outbox_entries
        WHERE company_id = \(key.company) AND ordering_key = \(key.orderingKey) AND entry_no = \(number)
        RETURNING *)
      INSERT INTO billing.outbox_history (outcome, reason, settled_by, \(unescaped: Self.columns))
      SELECT 'x', \(reason), \(person), \(unescaped: Self.columns) FROM gone
      """)
  }

  /// Takes entries out that others bill instead.
  func convert(_ conversions: [OverdueMeterEntries.Conversion]) throws(PostgreSQLError) {
    let keys = conversions.map(\.entry.key)
    _ = try connection.update(
      """
      WITH found AS MATERIALIZED (
        SELECT n.successor, e.*
        FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey)), \(conversions.map(\.entry.entryNumber)),
            \(conversions.map(\.successor)))
          AS n (company_id, ordering_key, entry_no, successor)
        CROSS JOIN LATERAL (
          SELECT ctid AS place, * FROM billing.outbox_entries
          WHERE company_id = n.company_id AND ordering_key = n.ordering_key AND entry_no = n.entry_no LIMIT 1) AS e),
      gone AS (
        DELETE FROM billing.outbox_entries WHERE ctid = ANY (ARRAY(SELECT place FROM found)))
      INSERT INTO billing.outbox_history (outcome, converted_into, \(unescaped: Self.columns))
      SELECT 'c', successor, \(unescaped: Self.columns) FROM found
      """)
  }

  /// Takes an entry out that Stripe has rejected.
  func reject(
    _ key: SequenceKey, _ number: Int64, successor: EntryID, problem: Problem
  ) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      UPDATE billing.outbox_entries SET problem = \(problem)
      WHERE company_id = \(key.company) AND ordering_key = \(key.orderingKey) AND entry_no = \(number)
      """)
    _ = try connection.update(
      """
      WITH gone AS (
        DELETE FROM billing.outbox_entries
        WHERE company_id = \(key.company) AND ordering_key = \(key.orderingKey) AND entry_no = \(number)
        RETURNING *)
      INSERT INTO billing.outbox_history (outcome, converted_into, \(unescaped: Self.columns))
      SELECT 'r', \(successor), \(unescaped: Self.columns) FROM gone
      """)
  }

  /// Fences off whoever had a lease on the sequences, and lets those fall idle that have nothing queued any more. What
  /// held or delayed the others was their first entry's matter, which may have left: they are looked at again.
  func endLeases(of keys: [SequenceKey]) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      UPDATE billing.outbox_keys AS k
      SET lease_until = '-infinity', state = CASE WHEN f.is_empty THEN 'i' ELSE 'w' END, hold = NULL, due_at = NULL
      FROM (
        SELECT o.ctid AS place, q.here IS NULL AS is_empty
        FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey))) AS n (company_id, ordering_key)
        CROSS JOIN LATERAL (
          SELECT ctid FROM billing.outbox_keys
          WHERE company_id = n.company_id AND ordering_key = n.ordering_key LIMIT 1) AS o
        LEFT JOIN LATERAL (
          SELECT 1 AS here FROM billing.outbox_entries
          WHERE company_id = n.company_id AND ordering_key = n.ordering_key AND state = 'q'
          ORDER BY entry_no LIMIT 1) AS q ON true) AS f
      WHERE k.ctid = f.place
      """)
  }

  /// What the history takes over from the entry.
  static let columns: StaticString = """
    company_id, ordering_key, entry_no, entry_id, kind, effect, created_at, send_before, attempts, key_generation,
    first_attempt_at, last_attempt_at, problem, answer_status, answer_request
    """
}
