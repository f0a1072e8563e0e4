import Billing
import PostgreSQL
import Storage

/// Settles claims: entries leave the queue or change, and their sequences go on, wait, or fall idle.
///
/// In a transaction the sequences are locked in order, those whose lease is still ours; only then, in new statements, are
/// entries moved and what is queued looked at. A writer either has committed before, and is seen, or waits for the lock
/// and wakes the sequence afterwards.
struct Settler {
  let connection: Connection
  let failpoint: (TransactionPoint) -> TransactionFault

  func settle(_ settlements: [Settlement]) throws(OutboxError) -> SettleReport {
    var lost: [Settlement] = []
    let apart = Dictionary(grouping: settlements.filter(\.needsCompany)) { $0.key }
    let together = settlements.filter { apart[$0.key] == nil }
    if !together.isEmpty {
      lost += try inTransaction(connection, failpoint: failpoint) { () throws(PostgreSQLError) in
        try settleLocked(together)
      }
    }
    // What depends on a company's row, or changes it, locks that before any sequence, as everybody does, and so each in a
    // transaction of its own.
    for (key, _) in apart.sorted(by: { $0.key < $1.key }) {
      let ofKey = settlements.filter { $0.key == key }
      lost += try inTransaction(connection, failpoint: failpoint) { () throws(PostgreSQLError) in
        try settle(ofKey, company: key.company)
      }
    }
    return SettleReport(settled: settlements.count - lost.count, lost: lost)
  }

  private func settleLocked(_ settlements: [Settlement]) throws(PostgreSQLError) -> [Settlement] {
    let (ours, lost) = try lock(settlements)
    guard !ours.isEmpty else { return lost }
    let entries = EntrySettling(connection: connection)
    try entries.finish(ours)
    try entries.change(ours)
    try OutboxReferences.insert(ours.compactMap(\.invoiceReference), on: connection)
    try goOn(ours)
    return lost
  }

  private func settle(_ settlements: [Settlement], company: CompanyID) throws(PostgreSQLError) -> [Settlement] {
    let row = try connection.query(
      """
      SELECT stripe_customer, stripe_subscription FROM billing.companies
      WHERE company_id = \(company) FOR NO KEY UPDATE
      """
    ).one()
    let (customer, subscription) = (try row.decode(String?.self, at: 0), try row.decode(String?.self, at: 1))
    // A hold that was decided by what is no longer so would wait for a change that has happened.
    let current = settlements.map { settlement in
      let isCurrent =
        settlement.stripeCustomer?.text == customer && settlement.stripeSubscription?.text == subscription
      return isCurrent || !settlement.isHold ? settlement : settlement.with(.unsent)
    }
    guard customer == nil, let made = current.compactMap(\.customerReference).first else {
      return try settleLocked(current)
    }
    let owners = try connection.query("SELECT 1 FROM billing.companies WHERE stripe_customer = \(made) LIMIT 1")
    let isTaken = !owners.isEmpty
    // Two companies on one customer would be billed together: a person has to see it.
    let lost = try settleLocked(isTaken ? current.map { $0.with(.dead(Problem("customer_taken"))) } : current)
    if !isTaken, lost.isEmpty { try keep(made, of: company) }
    return lost
  }

  /// The company is a customer now: what waited for that goes on.
  private func keep(_ customer: RemoteID, of company: CompanyID) throws(PostgreSQLError) {
    _ = try connection.update(
      "UPDATE billing.companies SET stripe_customer = \(customer) WHERE company_id = \(company)")
    try OutboxHolds.wake(company, on: connection)
  }

  /// Locks the sequences whose last lease is the settlement's and was not settled yet, in the order of their keys.
  private func lock(
    _ settlements: [Settlement]
  ) throws(PostgreSQLError) -> (ours: [Settlement], lost: [Settlement]) {
    let leases = Set(settlements.map(\.lease)).sorted { $0.key < $1.key }
    let rows = try connection.query(
      """
      SELECT n.place
      FROM unnest(\(leases.map(\.key.company)), \(leases.map(\.key.orderingKey)), \(leases.map(\.token)))
        WITH ORDINALITY AS n (company_id, ordering_key, token, place)
      CROSS JOIN LATERAL (
        SELECT 1 FROM billing.outbox_keys
        WHERE company_id = n.company_id AND ordering_key = n.ordering_key
          AND lease_token = n.token AND lease_until > '-infinity'
        LIMIT 1 FOR UPDATE) AS k
      """)
    var held: Set<Lease> = []
    for row in rows { held.insert(leases[Int(try row.decode(Int64.self, at: 0)) - 1]) }
    return (settlements.filter { held.contains($0.lease) }, settlements.filter { !held.contains($0.lease) })
  }

  /// Ends the leases. A sequence with something queued waits as long as the longest of its settlements asks for.
  private func goOn(_ settlements: [Settlement]) throws(PostgreSQLError) {
    var waits: [SequenceKey: Wait] = [:]
    for settlement in settlements { waits[settlement.key, default: Wait()].add(settlement.outcome) }
    let keys = waits.keys.sorted()
    let ordered = keys.map { waits[$0] ?? Wait() }
    _ = try connection.update(
      """
      UPDATE billing.outbox_keys AS k
      SET lease_until = '-infinity', state = f.state,
        hold = CASE f.state WHEN 'h' THEN f.hold END,
        due_at = CASE f.state WHEN 'd' THEN now() + f.delay * interval '1 microsecond' END
      FROM (
        SELECT o.ctid AS place, n.hold, n.delay,
          CASE WHEN q.here IS NULL THEN 'i' WHEN n.hold IS NOT NULL THEN 'h' WHEN n.delay > 0 THEN 'd' ELSE 'w' END::"char"
            AS state
        FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey)), \(ordered.map(\.hold)),
            \(ordered.map(\.delay.microseconds)))
          AS n (company_id, ordering_key, hold, delay)
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

  /// What the settlements of one sequence ask of it.
  private struct Wait {
    var hold: Hold?
    var delay: Duration = .zero

    mutating func add(_ outcome: Outcome) {
      switch outcome {
      case .held(let hold): self.hold = hold
      case .retryLater(let after, _): delay = max(delay, after)
      case .delivered, .deliveredBefore, .unsent, .sendAgain, .nextInvoice, .unknown, .dead, .expired: break
      }
    }
  }
}
