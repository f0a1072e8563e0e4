import Billing
import PostgreSQL
import Storage

/// Puts a new entry in the place of one whose meter event Stripe does not count, for a person to decide: within a
/// transaction.
///
/// The new one has an id of its own, since Stripe may refuse the former one as known for a day or more, which reads as
/// delivered. It stands for the same quantity, of the same minute: what was reported of the total stays as it is, and
/// exactly one entry brings it to the meter, or to an invoice once its time is over.
struct Reopening {
  /// An entry that was sent under an identifier.
  struct Sent {
    enum Place { case waiting(state: String), settled(outcome: String) }

    let id: EntryID
    let key: SequenceKey
    let number: Int64
    let isMeterEvent: Bool
    let lastAttemptAt: Instant?
    let place: Place
    /// A worker has it at this moment, and may be sending it.
    let isLeased: Bool

    /// Whether Stripe is owed its quantity again. Not what a person has discarded, what becomes or became an invoice item,
    /// and what was opened again before.
    var canBeReopened: Bool {
      guard isMeterEvent, lastAttemptAt != nil else { return false }
      return switch place {
      case .waiting(let state): state != "e"
      case .settled(let outcome): outcome == "d" || outcome == "b"
      }
    }
  }

  enum State: String {
    /// It is not counted: a person mends the cause, and sends it.
    case dead = "x"
    /// A person has to look whether it is counted all the same.
    case unknown = "u"
  }

  let connection: Connection

  /// Entries by their identifiers, with their sequences locked. Those that are nowhere are left out.
  func lock(_ ids: [EntryID]) throws(PostgreSQLError) -> [EntryID: Sent] {
    let seen = try find(ids)
    let keys = Set(seen.map(\.key)).sorted()
    guard !keys.isEmpty else { return [:] }
    _ = try connection.query(
      """
      SELECT 1 FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey))) AS n (company_id, ordering_key)
      CROSS JOIN LATERAL (
        SELECT 1 FROM billing.outbox_keys
        WHERE company_id = n.company_id AND ordering_key = n.ordering_key LIMIT 1 FOR UPDATE) AS k
      """)
    // As they are now that nobody can settle them.
    return Dictionary(try find(ids).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private func find(_ ids: [EntryID]) throws(PostgreSQLError) -> [Sent] {
    try connection.query(
      """
      SELECT e.entry_id, e.company_id, e.ordering_key, e.entry_no, e.kind, e.last_attempt_at, e.state::text, true,
        k.lease_until > now()
      FROM billing.outbox_entries e
      CROSS JOIN LATERAL (
        SELECT lease_until FROM billing.outbox_keys
        WHERE company_id = e.company_id AND ordering_key = e.ordering_key LIMIT 1) AS k
      WHERE e.entry_id = ANY (\(ids))
      UNION ALL
      SELECT entry_id, company_id, ordering_key, entry_no, kind, last_attempt_at, outcome::text, false, false
      FROM billing.outbox_history WHERE entry_id = ANY (\(ids))
      """
    ).map { row throws(PostgreSQLError) in
      let (state, isWaiting) = (try row.decode(String.self, at: 6), try row.decode(Bool.self, at: 7))
      return Sent(
        id: try row.decode(at: 0), key: SequenceKey(try row.decode(at: 1), try row.decode(at: 2)),
        number: try row.decode(at: 3),
        isMeterEvent: try row.decode(String.self, at: 4) == Effect.Kind.meterEvent.rawValue,
        lastAttemptAt: try row.decode(at: 5), place: isWaiting ? .waiting(state: state) : .settled(outcome: state),
        isLeased: isWaiting && state == "q" ? try row.decode(at: 8) : false)
    }
  }

  /// Of an entry that `lock` has answered in this transaction, that can be reopened, and that nobody is sending.
  func reopen(_ sent: Sent, as successor: EntryID, _ state: State, _ problem: Problem) throws(PostgreSQLError) {
    switch sent.place {
    case .waiting: try depart(sent, successor, problem)
    case .settled: try withdraw(sent, successor, problem)
    }
    _ = try connection.update(
      """
      INSERT INTO billing.outbox_entries (entry_id, company_id, ordering_key, kind, effect, send_before, state, problem)
      SELECT \(successor), company_id, ordering_key, kind, effect, send_before, \(state.rawValue)::"char", \(problem)
      FROM billing.outbox_history
      WHERE company_id = \(sent.key.company) AND entry_no = \(sent.number) AND converted_into = \(successor)
      """)
  }

  private func withdraw(_ sent: Sent, _ successor: EntryID, _ problem: Problem) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      UPDATE billing.outbox_history SET outcome = 'r', converted_into = \(successor), problem = \(problem)
      WHERE company_id = \(sent.key.company) AND entry_no = \(sent.number) AND entry_id = \(sent.id)
      """)
  }

  /// Whoever had a lease, and is late, settles nothing any more.
  private func depart(_ sent: Sent, _ successor: EntryID, _ problem: Problem) throws(PostgreSQLError) {
    let departure = Departure(connection: connection)
    try departure.reject(sent.key, sent.number, successor: successor, problem: problem)
    try departure.endLeases(of: [sent.key])
  }
}
