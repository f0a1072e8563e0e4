import Billing
import PostgreSQL

extension Ledger {
  /// Announces the levels that the totals have reached, in the transaction that reached them.
  ///
  /// - Returns: how many messages are owed now.
  func announce(_ delta: TotalsDelta, _ totals: [Quantity], now: Instant) throws(LedgerError) -> Int {
    var due: [DueLevels] = []
    for (index, total) in totals.enumerated() {
      let company = delta.companies[index]
      guard company.isRegistered else { continue }
      let key = Company.PeriodMetric(metric: delta.keys[index].metric, periodStart: delta.keys[index].start)
      switch company.nextDue[key] {
      case .never: continue
      case .at(let quantity) where total < quantity: continue
      case .at, nil: break
      }
      let levels = try DueLevels(company: company, key: key, total: total, catalog: catalog, today: now.date)
      registry.willRemember(company, key, next: levels.next)
      if !levels.levels.isEmpty { due.append(levels) }
    }
    return try Announcement(connection: connection).announce(due)
  }
}
