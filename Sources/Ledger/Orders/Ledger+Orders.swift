import Billing
import PostgreSQL

extension Ledger {
  /// Commits what order events mean, all of it or nothing: what is kept of orders and patients, their records, charges.
  ///
  /// The rows of orders and patients are locked in one order by all replicas, and folding does not depend on the order of
  /// events: so the same events come to the same, whichever replicas they come through.
  ///
  /// - Parameters:
  ///   - events: in any order, repeated or not.
  ///   - now: only future billing periods depend on it.
  /// - Throws: as `write(records:voids:now:)`.
  public func write(_ events: [OrderEvent], now: Instant) throws(LedgerError) -> OrderTally {
    var foreseen = LedgerWork()
    foreseen.moments = events.map { LedgerWork.Moment(company: $0.companyID, at: $0.moment.occurredAt) }
    var tally = OrderTally()
    let result = try write(foreseen, now: now) { [connection, registry] () throws(LedgerError) in
      tally = OrderTally()
      return try OrderBatch(connection: connection, registry: registry).plan(events, tally: &tally)
    }
    tally.counted += result.records.count { $0 == .counted }
    tally.voided = result.voids.count { $0 == .voided }
    tally.alerts = result.alerts
    return tally
  }
}

/// A batch's events, sorted by what they are about.
private struct OrderBatch {
  let connection: Connection
  let registry: Registry

  func plan(_ events: [OrderEvent], tally: inout OrderTally) throws(LedgerError) -> LedgerWork {
    let found = try resolve(events)
    var orders: [SurrogateKey: [OrderStep]] = [:]
    var patients: [SurrogateKey: [PatientStep]] = [:]
    var charges: [(position: Int, row: ChargeTable.Row)] = []
    var known: Set<SurrogateKey> = []
    for (position, event) in events.enumerated() {
      guard let subject = found[event.subject] else { throw .unexpected("an event without its surrogate") }
      let key = SurrogateKey(company: event.companyID, surrogate: subject.surrogate)
      if !subject.isNew { known.insert(key) }
      switch event {
      case .order(let step): orders[key, default: []].append(step)
      case .patient(let step): patients[key, default: []].append(step)
      case .charge(let charge): charges.append((position, ChargeTable.Row(key: key, charge: charge)))
      }
    }
    var work = LedgerWork()
    try OrderFold(connection: connection, registry: registry)
      .run(orders, known: known.filter { orders[$0] != nil }, work: &work, tally: &tally)
    try PatientFold(connection: connection, registry: registry)
      .run(patients, known: known.filter { patients[$0] != nil }, work: &work, tally: &tally)
    try take(charges, tally: &tally)
    return work
  }

  private func resolve(
    _ events: [OrderEvent]
  ) throws(LedgerError) -> [SubjectTable.Subject: SubjectTable.Found] {
    let subjects = Array(Set(events.map(\.subject)))
    var random = SystemRandomNumberGenerator()
    let found = try database { () throws(PostgreSQLError) in
      try SubjectTable(connection: connection).resolve(subjects, using: &random)
    }
    return Dictionary(uniqueKeysWithValues: zip(subjects, found))
  }

  /// Writes charges under ids that are new; of one that comes twice in the batch, the first.
  private func take(
    _ charges: [(position: Int, row: ChargeTable.Row)], tally: inout OrderTally
  ) throws(LedgerError) {
    var fresh: [SurrogateKey: ChargeTable.Row] = [:]
    var repeated: [ChargeTable.Row] = []
    let table = ChargeTable(connection: connection)
    let rows = charges.map(\.row)
    let held = try database { () throws(PostgreSQLError) in try table.held(rows) }
    for (position, row) in charges {
      guard try isInCompanysCurrency(row.charge) else {
        tally.refused.append(OrderTally.Refusal(position: position, reason: .wrongCurrency, rule: .currency))
        continue
      }
      if let first = fresh[row.key] {
        tally.duplicates += 1
        if first.charge.amount != row.charge.amount || first.charge.kind != row.charge.kind { tally.conflicts += 1 }
      } else if held.contains(row.key) {
        tally.duplicates += 1
        repeated.append(row)
      } else {
        fresh[row.key] = row
      }
    }
    let (new, old) = (fresh.values.sorted { $0.key < $1.key }, repeated)
    tally.conflicts += try database { () throws(PostgreSQLError) in
      try table.insert(new)
      return try table.conflicts(old)
    }
    tally.counted += new.count
  }

  /// A company that nobody has registered has no currency yet.
  private func isInCompanysCurrency(_ charge: OneOffCharge) throws(LedgerError) -> Bool {
    guard let company = registry.known(charge.companyID) else { throw .unexpected("a charge without its company") }
    let period = try registry.period(of: company, containing: charge.moment.occurredAt)
    guard let plan = period.plan.flatMap(registry.catalog.plan) else { return true }
    return plan.currency == charge.amount.currency
  }
}

extension OrderEvent {
  fileprivate var subject: SubjectTable.Subject {
    switch self {
    case .order(let step): SubjectTable.Subject(company: step.companyID, kind: .order, name: step.order)
    case .patient(let step): SubjectTable.Subject(company: step.companyID, kind: .patient, name: step.patient)
    case .charge(let charge): SubjectTable.Subject(company: charge.companyID, kind: .charge, name: charge.charge)
    }
  }
}
