import Billing
import PostgreSQL

/// Looks at totals that are there already, when what warns has changed: a new catalog, an override, a company that is
/// registered now. Levels that were announced before are not announced again, so a review can be repeated at will.
public struct ThresholdReview {
  /// Companies in one transaction: few enough that its statements stay short.
  private static let chunk = 200

  let connection: Connection
  let catalog: Catalog

  /// Reviews every registered company, chunk by chunk, each in a transaction of its own.
  ///
  /// - Parameter progress: told how many companies are done so far.
  /// - Returns: how many threshold messages are owed now.
  public static func ofAllCompanies(
    on connection: Connection, now: Instant, progress: (Int) -> Void = { _ in }
  ) throws(LedgerError) -> Int {
    var alerts = 0
    var done = 0
    var last = ""
    while true {
      let (ids, owed) = try inTransaction(connection) { () throws(LedgerError) in
        // Shared with recorders: the catalog must not change between reading it and announcing by it.
        try database { () throws(PostgreSQLError) in
          try connection.execute("SELECT pg_advisory_xact_lock_shared(\(Registry.lockClass), \(Registry.lockKey))")
        }
        let ids = try registered(after: last, on: connection)
        guard !ids.isEmpty else { return (ids, 0) }
        let review = ThresholdReview(connection: connection, catalog: try CatalogStore.current(connection).catalog)
        let companies = try CompanyLoader(connection: connection).load(ids)
        return (ids, try review.announce(companies, now: now))
      }
      guard let final = ids.last else { return alerts }
      last = final.text
      alerts += owed
      done += ids.count
      progress(done)
    }
  }

  /// Announces what is due in the companies' open periods, in the caller's transaction.
  ///
  /// - Returns: how many threshold messages are owed now.
  func announce(_ companies: [Company], now: Instant) throws(LedgerError) -> Int {
    var byID: [CompanyID: Company] = [:]
    for company in companies where company.isRegistered { byID[company.id] = company }
    let ids = byID.keys.sorted()
    guard !ids.isEmpty else { return 0 }
    let rows = try database { () throws(PostgreSQLError) in
      try connection.query(
        """
        SELECT u.company_id, u.metric, u.period_start, u.quantity
        FROM billing.usage_periods u
        JOIN billing.billing_periods p ON p.company_id = u.company_id AND p.period_start = u.period_start
        WHERE u.company_id = ANY (\(ids)) AND p.closed_at IS NULL
        ORDER BY u.company_id, u.metric, u.period_start
        """)
    }
    let announced = try announced(ids)
    var due: [DueLevels] = []
    for row in rows {
      let (id, key, total) = try database { () throws(PostgreSQLError) in
        (
          try row.decode(CompanyID.self, at: 0),
          Company.PeriodMetric(metric: try row.decode(at: 1), periodStart: try row.decode(at: 2)),
          try row.decode(Quantity.self, at: 3)
        )
      }
      guard let company = byID[id] else { continue }
      let levels = try DueLevels(company: company, key: key, total: total, catalog: catalog, today: now.date)
      // Most levels were announced when they were reached; making their messages again would be for nothing.
      let isNew = levels.levels.contains { level in
        !announced.contains(Announced(company: id, key: key, threshold: levels.threshold, level: level))
      }
      if isNew { due.append(levels) }
    }
    return try Announcement(connection: connection).announce(due)
  }

  private struct Announced: Hashable {
    let company: CompanyID
    let key: Company.PeriodMetric
    let threshold: Quantity
    let level: Quantity
  }

  private func announced(_ ids: [CompanyID]) throws(LedgerError) -> Set<Announced> {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT company_id, metric, period_start, threshold, level FROM billing.alerts WHERE company_id = ANY (\(ids))
        """)
      var announced: Set<Announced> = []
      for row in rows {
        announced.insert(
          Announced(
            company: try row.decode(at: 0),
            key: Company.PeriodMetric(metric: try row.decode(at: 1), periodStart: try row.decode(at: 2)),
            threshold: try row.decode(at: 3), level: try row.decode(at: 4)))
      }
      return announced
    }
  }

  private static func registered(after last: String, on connection: Connection) throws(LedgerError) -> [CompanyID] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT company_id FROM billing.companies
        WHERE company_id > \(last) AND registered_at IS NOT NULL ORDER BY company_id LIMIT \(chunk)
        """)
      var ids: [CompanyID] = []
      for row in rows { ids.append(try row.decode(at: 0)) }
      return ids
    }
  }
}
