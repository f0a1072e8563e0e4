import Billing
import PostgreSQL

extension Ledger {
  /// Announces the levels that the totals have reached, in the transaction that reached them.
  ///
  /// - Returns: how many messages are owed now.
  func announce(_ delta: TotalsDelta, _ totals: [Quantity], now: Instant) throws(LedgerError) -> Int {
    var due: [DueLevels] = []
    for (index, total) in totals.enumerated() {
      guard let id = CompanyID(delta.companies[index]), let company = registry.known(id), company.isRegistered else {
        continue
      }
      let key = Company.PeriodMetric(metric: delta.metrics[index], periodStart: delta.starts[index])
      switch company.nextDue[key] {
      case .never: continue
      case .at(let quantity) where total < quantity: continue
      case .at, nil: break
      }
      let levels = try DueLevels(company: company, key: key, total: total, catalog: catalog, today: now.date)
      registry.willRemember(company, key, next: levels.next)
      if !levels.levels.isEmpty { due.append(levels) }
    }
    return try Announcement(connection: connection).announce(due, now: now)
  }
}
