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
    /// Whether a person, or a look-up, had it sent anew: then its first attempt is not known.
    let wasSentAnew: Bool
    let firstAttemptAt: Instant?
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

  /// Stripe refuses an identifier as known for a day from the event that it took, less an hour for clocks.
  private static let identifierHours: Int64 = 23

  let connection: Connection
  /// When Stripe looked at the events of the report.
  let window: ClosedRange<Instant>
  let now: Instant

  /// Whether Stripe is owed the entry's quantity again, as far as is known for certain: there was one attempt, or all the
  /// others were made while Stripe refused the identifier. What was sent later may have been taken anew, and be counted.
  func isCertain(_ sent: Sent) -> Bool {
    guard sent.canBeReopened, sent.attempts > 0, let last = sent.lastAttemptAt else { return false }
    guard sent.attempts == 1 || (sent.firstAttemptAt != nil && !sent.wasSentAnew) else { return false }
    let start = min(window.lowerBound, sent.firstAttemptAt ?? window.lowerBound)
    return last < start.adding(seconds: Self.identifierHours * 3600)
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
        e.first_attempt_at, e.last_attempt_at, e.state::text, true, e.state = 'q' AND k.lease_until > now()
      FROM billing.outbox_entries e
      CROSS JOIN LATERAL (
        SELECT lease_until FROM billing.outbox_keys
        WHERE company_id = e.company_id AND ordering_key = e.ordering_key LIMIT 1) AS k
      WHERE e.entry_id = ANY (\(ids))
      UNION ALL
      SELECT entry_id, company_id, ordering_key, entry_no, kind, attempts, key_generation > 0,
        first_attempt_at, last_attempt_at, outcome::text, false, false
      FROM billing.outbox_history WHERE entry_id = ANY (\(ids))
      """
    ).map { row throws(PostgreSQLError) in
      let (state, isWaiting) = (try row.decode(String.self, at: 9), try row.decode(Bool.self, at: 10))
      return Sent(
        id: try row.decode(at: 0), key: SequenceKey(try row.decode(at: 1), try row.decode(at: 2)),
        number: try row.decode(at: 3),
        isMeterEvent: try row.decode(String.self, at: 4) == Effect.Kind.meterEvent.rawValue,
        attempts: try row.decode(at: 5), wasSentAnew: try row.decode(at: 6), firstAttemptAt: try row.decode(at: 7),
        lastAttemptAt: try row.decode(at: 8), place: isWaiting ? .waiting(state: state) : .settled(outcome: state),
        isLeased: try row.decode(at: 11))
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
