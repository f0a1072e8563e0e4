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
  /// An entry that a report names.
  struct Sent {
    enum Place { case waiting(state: String), settled(outcome: String) }

    let id: EntryID
    let key: SequenceKey
    let number: Int64
    let isMeterEvent: Bool
    let attempts: Int
    /// Whether a person, or a look-up, had it sent anew: then attempts were made that are not counted here.
    let wasSentAnew: Bool
    let lastAttemptAt: Instant?
    let place: Place
    /// A worker has it at this moment, and may be sending it.
    let isLeased: Bool

    /// Not what a person has discarded, what becomes or became an invoice item, and what was opened again before.
    fileprivate var canBeReopened: Bool {
      guard isMeterEvent else { return false }
      return switch place {
      case .waiting(let state): state != "e"
      case .settled(let outcome): outcome == "d" || outcome == "b"
      }
    }
  }

  /// How far clocks may differ.
  private static let toleranceSeconds: Int64 = 3600

  let connection: Connection
  /// When Stripe looked at the events of the report.
  let window: ClosedRange<Instant>
  let now: Instant

  /// Whether Stripe is owed the entry's quantity again, as far as is known for certain: it was sent once, before the report.
  /// Of what was sent several times, another attempt may have been taken, and be counted: nothing says whether Stripe
  /// refuses the identifier of an event that it has rejected.
  func isCertain(_ sent: Sent) -> Bool {
    guard sent.canBeReopened, sent.attempts == 1, !sent.wasSentAnew, let last = sent.lastAttemptAt else { return false }
    return last <= window.upperBound.adding(seconds: Self.toleranceSeconds)
  }

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
      SELECT e.entry_id, e.company_id, e.ordering_key, e.entry_no, e.kind, e.attempts, e.key_generation > 0,
        e.last_attempt_at, e.state::text, true, e.state = 'q' AND k.lease_until > now()
      FROM billing.outbox_entries e
      CROSS JOIN LATERAL (
        SELECT lease_until FROM billing.outbox_keys
        WHERE company_id = e.company_id AND ordering_key = e.ordering_key LIMIT 1) AS k
      WHERE e.entry_id = ANY (\(ids))
      UNION ALL
      SELECT entry_id, company_id, ordering_key, entry_no, kind, attempts, key_generation > 0,
        last_attempt_at, outcome::text, false, false
      FROM billing.outbox_history WHERE entry_id = ANY (\(ids))
      """
    ).map { row throws(PostgreSQLError) in
      let (state, isWaiting) = (try row.decode(String.self, at: 8), try row.decode(Bool.self, at: 9))
      return Sent(
        id: try row.decode(at: 0), key: SequenceKey(try row.decode(at: 1), try row.decode(at: 2)),
        number: try row.decode(at: 3),
        isMeterEvent: try row.decode(String.self, at: 4) == Effect.Kind.meterEvent.rawValue,
        attempts: try row.decode(at: 5), wasSentAnew: try row.decode(at: 6), lastAttemptAt: try row.decode(at: 7),
        place: isWaiting ? .waiting(state: state) : .settled(outcome: state),
        isLeased: try row.decode(at: 10))
    }
  }

  /// Of an entry that `lock` has answered in this transaction, that is certain, and that nobody is sending. Dead, or expired
  /// if its time is over: then the next meter report makes an invoice item of it.
  func reopen(_ sent: Sent, as successor: EntryID, _ problem: Problem) throws(PostgreSQLError) {
    switch sent.place {
    case .waiting(let state): try depart(sent, successor, problem, isQueued: state == "q")
    case .settled: try withdraw(sent, successor, problem)
    }
    _ = try connection.update(
      """
      INSERT INTO billing.outbox_entries (entry_id, company_id, ordering_key, kind, effect, send_before, problem, state)
      SELECT \(successor), company_id, ordering_key, kind, effect, send_before, \(problem),
        CASE WHEN send_before < \(now) THEN 'e' ELSE 'x' END::"char"
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

  /// Whoever had a lease on a queued one, and is late, settles nothing any more. One that is set aside is in no lease:
  /// others of its sequence may be, and stay there.
  private func depart(
    _ sent: Sent, _ successor: EntryID, _ problem: Problem, isQueued: Bool
  ) throws(PostgreSQLError) {
    let departure = Departure(connection: connection)
    try departure.reject(sent.key, sent.number, successor: successor, problem: problem)
    if isQueued { try departure.endLeases(of: [sent.key]) }
  }
}
