import Billing
import PostgreSQL
import Storage

/// A leased row of `outbox_keys`.
struct Lease: Hashable {
  let key: SequenceKey
  let token: Int64
}

/// The statements of a claim that change rows.
///
/// Rows to change are found first, by a look-up that has one plan (`LATERAL … LIMIT 1`, or an index in its order), and
/// changed by their place (`ctid`), which has one plan, too. A join with the table itself would be the planner's choice.
struct Leases {
  let connection: Connection
  let lease: Duration

  /// How many delayed sequences one claim wakes.
  private static let wakeLimit = 2000

  /// Makes work of sequences whose delay is over.
  ///
  /// - Returns: the time; nil when sending is paused for all.
  func wakeDelayed() throws(PostgreSQLError) -> Instant? {
    let row = try connection.query(
      "SELECT now(), EXISTS (SELECT FROM billing.outbox_pauses WHERE company_id = '*')"
    ).one()
    guard try !row.decode(Bool.self, at: 1) else { return nil }
    _ = try connection.update(
      """
      UPDATE billing.outbox_keys SET state = 'w', due_at = NULL
      WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM billing.outbox_keys WHERE state = 'd' AND due_at <= now()
        ORDER BY due_at LIMIT \(Self.wakeLimit) FOR UPDATE SKIP LOCKED))
      """)
    return try row.decode(at: 0)
  }

  /// Leases sequences with work that nobody has: those behind the cursor, then from the front.
  func take(_ count: Int, _ claimClass: ClaimClass, after cursor: inout Int64) throws(PostgreSQLError) -> [Lease] {
    let start = cursor
    var taken = try take(count, claimClass, after: start, upTo: .max, &cursor)
    if taken.count < count {
      var wrapped: Int64 = 0
      let more = try take(count - taken.count, claimClass, after: 0, upTo: start, &wrapped)
      if !more.isEmpty { cursor = wrapped }
      taken += more
    }
    return taken
  }

  private func take(
    _ count: Int, _ claimClass: ClaimClass, after start: Int64, upTo end: Int64, _ last: inout Int64
  ) throws(PostgreSQLError) -> [Lease] {
    guard start < end else { return [] }
    // Both fields stand in no index, nor does a claim change what an index goes by: the row stays in its page.
    let rows = try connection.query(
      """
      UPDATE billing.outbox_keys
      SET lease_token = lease_token + 1, lease_until = now() + \(lease.microseconds) * interval '1 microsecond'
      WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM billing.outbox_keys
        WHERE state = 'w' AND claim_class = \(claimClass.code)::"char" AND key_no > \(start) AND key_no <= \(end)
          AND lease_until < now()
        ORDER BY key_no LIMIT \(count) FOR UPDATE SKIP LOCKED))
      RETURNING company_id, ordering_key, lease_token, key_no
      """)
    var leases: [Lease] = []
    leases.reserveCapacity(rows.count)
    for row in rows {
      leases.append(
        Lease(key: SequenceKey(try row.decode(at: 0), try row.decode(at: 1)), token: try row.decode(at: 2)))
      last = max(last, try row.decode(at: 3))
    }
    return leases
  }

  /// Ends leases: of sequences that are held now, that are given back, and that have nothing queued.
  func settle(held: [HeldHead], returned: [Lease], idle: [Lease]) throws(PostgreSQLError) {
    let keys = held.map(\.lease.key) + returned.map(\.key) + idle.map(\.key)
    let states =
      held.map { _ in "h" } + returned.map { _ in "w" } + idle.map { _ in "i" }
    let holds = held.map { Optional($0.hold) } + returned.map { _ in nil } + idle.map { _ in nil }
    _ = try connection.update(
      """
      UPDATE billing.outbox_keys AS k
      SET state = f.state::"char", hold = f.hold, lease_until = '-infinity'
      FROM (
        SELECT o.ctid AS place, n.state, n.hold
        FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey)), \(states), \(holds))
          AS n (company_id, ordering_key, state, hold)
        CROSS JOIN LATERAL (
          SELECT ctid FROM billing.outbox_keys
          WHERE company_id = n.company_id AND ordering_key = n.ordering_key LIMIT 1) AS o) AS f
      WHERE k.ctid = f.place
      """)
  }

  /// Writes down, before anything is sent, that these entries may arrive from now on.
  func countAttempts(_ heads: [Head]) throws(PostgreSQLError) {
    guard !heads.isEmpty else { return }
    let keys = heads.flatMap { head in head.entries.map { _ in head.lease.key } }
    let numbers = heads.flatMap { $0.entries.map(\.entryNumber) }
    _ = try connection.update(
      """
      UPDATE billing.outbox_entries
      SET attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, now()), last_attempt_at = now()
      WHERE ctid = ANY (ARRAY(
        SELECT e.ctid
        FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey)), \(numbers))
          AS n (company_id, ordering_key, entry_no)
        CROSS JOIN LATERAL (
          SELECT ctid FROM billing.outbox_entries
          WHERE company_id = n.company_id AND ordering_key = n.ordering_key AND entry_no = n.entry_no LIMIT 1) AS e))
      """)
  }
}

extension Duration {
  /// Whole microseconds, as the database counts.
  var microseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}
