import Billing
import PostgreSQL
import Storage

/// What settling does to entries whose sequences are locked.
struct EntrySettling {
  let connection: Connection

  /// Moves what was delivered to the history.
  func finish(_ settlements: [Settlement]) throws(PostgreSQLError) {
    let finished = settlements.compactMap { settlement in Self.code(settlement.outcome).map { (settlement, $0) } }
    guard !finished.isEmpty else { return }
    let (done, codes) = (finished.map(\.0), finished.map(\.1))
    _ = try connection.update(
      """
      WITH found AS MATERIALIZED (
        SELECT n.outcome, n.reference, n.status, n.request, e.*
        FROM unnest(\(done.map(\.company)), \(done.map(\.orderingKey)), \(done.map(\.entryNumber)), \(codes),
            \(done.map(\.reference)), \(done.map(\.answerStatus)), \(done.map(\.answer?.requestID)))
          AS n (company_id, ordering_key, entry_no, outcome, reference, status, request)
        CROSS JOIN LATERAL (
          SELECT ctid AS place, * FROM billing.outbox_entries
          WHERE company_id = n.company_id AND ordering_key = n.ordering_key AND entry_no = n.entry_no LIMIT 1) AS e),
      gone AS (
        DELETE FROM billing.outbox_entries WHERE ctid = ANY (ARRAY(SELECT place FROM found)))
      INSERT INTO billing.outbox_history (company_id, ordering_key, entry_no, entry_id, kind, effect, created_at,
        send_before, attempts, key_generation, first_attempt_at, last_attempt_at, outcome, reference, answer_status,
        answer_request)
      SELECT company_id, ordering_key, entry_no, entry_id, kind, effect, created_at, send_before, attempts,
        key_generation, first_attempt_at, last_attempt_at, outcome::"char", reference, status, request
      FROM found
      """)
  }

  /// Writes down what became of the others.
  func change(_ settlements: [Settlement]) throws(PostgreSQLError) {
    let changes = settlements.compactMap { settlement in EntryChange(settlement.outcome).map { (settlement, $0) } }
    guard !changes.isEmpty else { return }
    let (changed, how) = (changes.map(\.0), changes.map(\.1))
    _ = try connection.update(
      """
      UPDATE billing.outbox_entries AS e
      SET state = f.state::"char", problem = coalesce(f.problem, e.problem),
        answer_status = coalesce(f.status, e.answer_status), answer_request = coalesce(f.request, e.answer_request),
        attempts = e.attempts - CASE f.attempt WHEN 'undone' THEN 1 ELSE 0 END,
        key_generation = e.key_generation + CASE f.attempt WHEN 'forgotten' THEN 1 ELSE 0 END,
        -- The claim has set both to one moment if this attempt was the first.
        first_attempt_at = CASE
          WHEN f.attempt = 'forgotten' OR (f.attempt = 'undone' AND e.first_attempt_at = e.last_attempt_at) THEN NULL
          ELSE e.first_attempt_at END
      FROM (
        SELECT o.ctid AS place, n.state, n.attempt, n.problem, n.status, n.request
        FROM unnest(\(changed.map(\.company)), \(changed.map(\.orderingKey)), \(changed.map(\.entryNumber)),
            \(how.map(\.state)), \(how.map(\.attempt.rawValue)), \(how.map(\.problem)), \(changed.map(\.answerStatus)),
            \(changed.map(\.answer?.requestID)))
          AS n (company_id, ordering_key, entry_no, state, attempt, problem, status, request)
        CROSS JOIN LATERAL (
          SELECT ctid FROM billing.outbox_entries
          WHERE company_id = n.company_id AND ordering_key = n.ordering_key AND entry_no = n.entry_no LIMIT 1) AS o) AS f
      WHERE e.ctid = f.place
      """)
  }

  private static func code(_ outcome: Outcome) -> String? {
    switch outcome {
    case .delivered: "d"
    case .deliveredBefore: "b"
    case .unsent, .retryLater, .sendAgain, .nextInvoice, .unknown, .dead, .held, .expired: nil
    }
  }
}

/// How an entry changes that is not delivered.
private struct EntryChange {
  enum Attempt: String {
    /// It may have arrived.
    case kept
    /// It did not happen.
    case undone
    /// None of all attempts arrived.
    case forgotten
  }

  let state: String
  var attempt = Attempt.kept
  var problem: Problem?

  init?(_ outcome: Outcome) {
    switch outcome {
    case .delivered, .deliveredBefore: return nil
    case .unsent, .held: (state, attempt) = ("q", .undone)
    case .retryLater(_, let problem): (state, self.problem) = ("q", problem)
    case .sendAgain, .nextInvoice: (state, attempt) = ("q", .forgotten)
    case .unknown(let problem): (state, self.problem) = ("u", problem)
    case .dead(let problem): (state, self.problem) = ("x", problem)
    case .expired: state = "e"
    }
  }
}

extension Settlement {
  fileprivate var answerStatus: Int16? { answer.map { Int16(clamping: $0.status) } }
}
