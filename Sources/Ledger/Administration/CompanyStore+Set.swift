import Audit
import Billing
import PostgreSQL

extension CompanyStore {
  /// What a change did.
  public struct Change: Sendable {
    public let company: CompanyRecord
    /// Whether this change registered the company.
    public let isRegistration: Bool
    /// How many threshold messages are owed now: those held while it was unregistered, or due by a new threshold.
    public let alerts: Int
  }

  /// Registers a company, or changes one.
  ///
  /// Registering decides plan and currency of all its periods so far. Later, another plan, anchor or currency holds from
  /// the next period on: rows of periods that have not begun are made anew when they are needed. A new version of an own
  /// rate begins today; its price and quota then hold for periods that begin from today on.
  ///
  /// - Parameter by: who does it, for the audit log.
  /// - Throws: `refused` with every rule that is broken, `busy`, or the database's error.
  @discardableResult
  public func set(
    _ id: CompanyID, _ changes: CompanyChanges, by person: Person, now: Instant
  ) throws(AdministrationError) -> Change {
    var mistakes = changes.mistakes
    if let problem = PersonalDataRule.problem(in: id.text) { mistakes.append(problem) }
    guard mistakes.isEmpty else { throw .refused(mistakes) }
    return try refusingSharedCustomer { () throws(AdministrationError) in
      try RegistryChange.run(on: connection) { change throws(AdministrationError) in
        try set(id, changes, by: person, in: change, now: now)
      }
    }
  }

  private func set(
    _ id: CompanyID, _ changes: CompanyChanges, by person: Person, in registry: RegistryChange, now: Instant
  ) throws(AdministrationError) -> Change {
    let catalog = try administration { () throws(LedgerError) in try CatalogStore.catalog(connection) }
    let version = try registry.nextVersion()
    let before = try lock(id, version: version)
    let terms = try CompanyTerms(changes, before: before, catalog: catalog, today: now.date)
    let membership = try membership(id, changes, before: before.statedMembership, today: now.date)
    let alerts = try administration { () throws(LedgerError) in
      // Of a company that nobody used lately the present period may have begun without a row: it has begun under the
      // former terms all the same.
      if !before.periods.isEmpty { try CompanyLoader(connection: connection).extend([before]) { _ in [now] } }
      try database { () throws(PostgreSQLError) in
        try write(changes, terms, membership, id, version: version, now: now)
        if terms.replacesPeriods { try forgetPeriodsToCome(id, now: now) }
        try insert(terms.rates, id)
      }
      return try settle(id, catalog, now: now)
    }
    try settleStripe(id, changes, now: now)
    let change = Change(company: try show(id), isRegistration: !before.isRegistered, alerts: alerts)
    try administration { () throws(LedgerError) in
      let act = AuditAct.companySet(id, changes, terms, isRegistration: change.isRegistration)
      try audit(act, by: person, on: connection)
    }
    return change
  }

  /// Makes the company if nobody has seen it, and locks its row: lanes make billing periods under the same lock.
  private func lock(_ id: CompanyID, version: Int64) throws(AdministrationError) -> Company {
    let company = try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in
        _ = try connection.update(
          "INSERT INTO billing.companies (company_id, version) VALUES (\(id), \(version)) ON CONFLICT DO NOTHING")
        _ = try connection.query("SELECT 1 FROM billing.companies WHERE company_id = \(id) FOR UPDATE")
      }
      return try CompanyLoader(connection: connection).load([id]).first
    }
    guard let company else { throw .unknownCompany(id) }
    return company
  }

  private func write(
    _ changes: CompanyChanges, _ terms: CompanyTerms, _ membership: Membership, _ id: CompanyID, version: Int64,
    now: Instant
  ) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      UPDATE billing.companies SET
        display_name = coalesce(\(changes.displayName), display_name),
        registered_at = coalesce(registered_at, \(now)),
        plan_id = \(terms.plan.id), currency = \(terms.plan.currency.code),
        anchor_day = \(Int16(terms.anchor.day)),
        status = coalesce(\(changes.status?.rawValue), status),
        joined_on = \(membership.joined), left_on = \(membership.left),
        version = \(version)
      WHERE company_id = \(id)
      """)
    // Periods from before the registration had no plan yet.
    _ = try connection.update(
      """
      UPDATE billing.billing_periods SET plan_id = \(terms.plan.id), currency = \(terms.plan.currency.code)
      WHERE company_id = \(id) AND plan_id IS NULL
      """)
  }

  private func membership(
    _ id: CompanyID, _ changes: CompanyChanges, before: Membership, today: CivilDate
  ) throws(AdministrationError) -> Membership {
    let wasCancelled = try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in
        try connection.query("SELECT status = 'cancelled' FROM billing.companies WHERE company_id = \(id)")
          .one().decode(Bool.self, at: 0)
      }
    }
    let joined = changes.joined.map(\.date) ?? before.joined
    var left = before.left
    if let given = changes.left {
      left = given.date
    } else if changes.status == .cancelled {
      left = left ?? today
    } else if changes.status != nil, wasCancelled {
      left = nil
    }
    if let joined, let left, left <= joined {
      throw .refused(["a company leaves after the day on which it joins, \(joined)"])
    }
    return Membership(joined: joined, left: left)
  }

  /// Removes the rows of periods that have not begun. From the first one on that holds usage (the clock of whoever sent
  /// it is ahead) they stay: rows are contiguous, and what is counted keeps its period.
  private func forgetPeriodsToCome(_ id: CompanyID, now: Instant) throws(PostgreSQLError) {
    // Usage may lie five minutes ahead: a period that begins sooner than ten has begun, for a change.
    let horizon = now.adding(seconds: 600).date
    _ = try connection.update(
      """
      DELETE FROM billing.billing_periods p
      WHERE p.company_id = \(id) AND p.period_start > \(horizon) AND NOT EXISTS (
        SELECT FROM billing.usage_periods u WHERE u.company_id = p.company_id AND u.period_start >= p.period_start)
      """)
  }

  private func insert(_ rates: [RateOverride], _ id: CompanyID) throws(PostgreSQLError) {
    for rate in rates {
      _ = try connection.update(
        """
        INSERT INTO billing.company_rates
          (company_id, metric, effective_from, unit_price, included, threshold, levels)
        VALUES (\(id), \(rate.metric), \(rate.effectiveFrom), \(rate.unitPrice), \(rate.included), \(rate.threshold),
          \(rate.levels))
        ON CONFLICT (company_id, metric, effective_from) DO UPDATE SET
          unit_price = excluded.unit_price, included = excluded.included, threshold = excluded.threshold,
          levels = excluded.levels
        """)
    }
  }

  /// Makes the current period if it is missing, and announces what is due by the company's new terms.
  private func settle(
    _ id: CompanyID, _ catalog: Catalog, now: Instant
  ) throws(LedgerError) -> Int {
    let loader = CompanyLoader(connection: connection)
    let companies = try loader.load([id])
    try loader.extend(companies) { _ in [now] }
    let review = ThresholdReview(connection: connection, catalog: catalog)
    return try review.announce(companies, now: now)
  }
}
