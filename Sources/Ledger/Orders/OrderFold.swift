import Billing
import PostgreSQL

/// Folds a batch's steps into what is kept of their orders, and says what the ledger has to be told.
struct OrderFold {
  let connection: Connection
  let registry: Registry

  private struct Change {
    let key: SurrogateKey
    var row: OrderTable.Row
  }

  /// - Parameters:
  ///   - steps: of each order, in any order.
  ///   - known: the orders that may have a row.
  func run(
    _ steps: [SurrogateKey: [OrderStep]], known: Set<SurrogateKey>, work: inout LedgerWork, tally: inout OrderTally
  ) throws(LedgerError) {
    guard !steps.isEmpty else { return }
    let table = OrderTable(connection: connection)
    let kept = try database { () throws(PostgreSQLError) in try table.lock(known.sorted()) }
    var changes: [Change] = []
    for (key, steps) in steps.sorted(by: { $0.key < $1.key }) {
      var change = Change(key: key, row: kept[key] ?? OrderTable.Row())
      let before = change.row.state
      for step in steps {
        let former = change.row.state
        change.row.state.add(step)
        if change.row.state == former { tally.duplicates += 1 }
      }
      if change.row.state != before || kept[key] == nil { changes.append(change) }
    }
    let amendable = try amendable(changes)
    for index in changes.indices {
      try settle(&changes[index], amendable, &work, &tally)
    }
    let saved = changes.map { ($0.key, $0.row) }
    try database { () throws(PostgreSQLError) in try table.save(saved) }
  }

  private func settle(
    _ change: inout Change, _ amendable: Amendable, _ work: inout LedgerWork, _ tally: inout OrderTally
  ) throws(LedgerError) {
    guard let billing = change.row.state.billing else { return }
    let key = change.key
    switch billing.action(recorded: change.row.recorded, isClosed: !amendable.contains(key)) {
    case .nothing: return
    case .reportDifference:
      tally.differences += 1
      return
    case .voidAndRecord:
      if let recorded = change.row.recorded {
        work.voids.append(
          VoidedUsage(
            usageID: .order(key.surrogate, record: change.row.records), companyID: key.company,
            timestamp: recorded.sentAt, reason: "an event that came later tells the order's sending or class otherwise")
        )
      }
    case .record: break
    }
    guard let metric = registry.catalog.metrics[billing.metric] else {
      throw .unexpected("the catalog lacks the metric of an order")
    }
    change.row.records += 1
    change.row.recorded = RecordedOrder(billing)
    work.records.append(
      RecordedUsage(
        usageID: .order(key.surrogate, record: change.row.records), companyID: key.company, metric: metric,
        quantity: Quantity(1), timestamp: billing.sentAt))
  }

  private typealias Amendable = Set<SurrogateKey>

  /// The orders whose records are not as they should be and may be taken back: their period is open, and no person has
  /// taken them back before.
  private func amendable(_ changes: [Change]) throws(LedgerError) -> Amendable {
    var wrong: [(key: SurrogateKey, record: OwnRecord, period: ClosedPeriods.Key)] = []
    for change in changes {
      guard let recorded = change.row.recorded, let billing = change.row.state.billing,
        recorded != RecordedOrder(billing)
      else { continue }
      guard let company = registry.known(change.key.company) else { throw .unexpected("an order without its company") }
      let period = try registry.period(of: company, containing: recorded.sentAt)
      let record = OwnRecord(
        company: company.id, id: .order(change.key.surrogate, record: change.row.records), timestamp: recorded.sentAt)
      wrong.append((change.key, record, ClosedPeriods.Key(company: company.id, start: period.bounds.start)))
    }
    let asked = wrong
    let (closed, standing) = try database { () throws(PostgreSQLError) in
      let closed = try ClosedPeriods(Set(asked.map(\.period)), on: connection)
      return (closed, try OwnRecord.standing(asked.map(\.record), on: connection))
    }
    return Set(
      wrong.enumerated().filter { position, each in
        standing.contains(position) && !closed.contains(each.period.company, each.period.start)
      }.map(\.element.key))
  }
}
