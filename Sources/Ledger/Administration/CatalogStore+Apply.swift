import Audit
import Billing
import JSON
import Messages
import PostgreSQL

extension CatalogStore {
  /// What applying a document did.
  public struct Applied: Sendable, Equatable {
    /// The catalog's version in force now.
    public let version: Int
    /// Whether the document said anything new.
    public let isNew: Bool
  }

  /// Puts a catalog in force: checked as a document, and against what has been counted and priced by the one before.
  ///
  /// Recorders pick it up at their next batch. The thresholds of totals that are there already are not looked at: that is
  /// `ThresholdReview`, which belongs after this, also when nothing was new, since whoever applied the document before
  /// may have died in between.
  ///
  /// - Parameters:
  ///   - document: the JSON text, kept as it is.
  ///   - by: who applies it, for the record and the audit log.
  ///   - onlyWhenEmpty: leaves whatever catalog is in force alone.
  /// - Throws: `catalog` with every mistake, `busy`, or the database's error.
  public static func apply(
    _ document: [UInt8], by: Person, on connection: Connection, now: Instant, onlyWhenEmpty: Bool = false
  ) throws(AdministrationError) -> Applied {
    // Mistakes of the document itself are told without a lock.
    _ = try decode(document, version: 1)
    return try RegistryChange.run(on: connection) { change throws(AdministrationError) in
      let old = try inForce(connection)
      if let old, onlyWhenEmpty { return Applied(version: old.version, isNew: false) }
      let new = try decode(document, version: (old?.version ?? 0) + 1)
      if let old {
        guard CatalogDocument.encode(new) != CatalogDocument.encode(old) else {
          return Applied(version: old.version, isNew: false)
        }
        try check(new, against: old, connection, today: now.date)
        try checkOverrides(beside: new, connection, today: now.date)
      }
      _ = try change.nextVersion()
      try insert(document, new, by: by, connection, now: now)
      try administration { () throws(LedgerError) in
        try audit(.catalogApplied(new, over: old), by: by, on: connection)
      }
      return Applied(version: new.version, isNew: true)
    }
  }

  private static func decode(_ document: [UInt8], version: Int) throws(AdministrationError) -> Catalog {
    do { return try CatalogDocument.decode(document, version: version) } catch { throw .catalog(error) }
  }

  private static func inForce(_ connection: Connection) throws(AdministrationError) -> Catalog? {
    do throws(LedgerError) {
      return try catalog(connection)
    } catch {
      if case .noCatalog = error { return nil }
      throw .ledger(error)
    }
  }

  private static func check(
    _ new: Catalog, against old: Catalog, _ connection: Connection, today: CivilDate
  ) throws(AdministrationError) {
    func problems(_ metrics: Set<MetricName>, _ plans: Set<PlanID>) -> [CatalogMistake] {
      new.changeProblems(from: old, usedMetrics: metrics, usedPlans: plans, today: today)
    }
    // Finding an unused metric reads all totals: only a change that would be refused if everything were used asks.
    let metrics = Set(old.metrics.keys)
    let plans = Set(old.plans.map(\.id))
    guard !problems(metrics, plans).isEmpty else { return }
    let used = try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in
        (try usedMetrics(metrics.sorted(), connection), try usedPlans(plans.sorted(), connection))
      }
    }
    let found = problems(used.0, used.1)
    guard found.isEmpty else { throw .catalog(CatalogMistakes(found)) }
  }

  private static func usedMetrics(
    _ metrics: [MetricName], _ connection: Connection
  ) throws(PostgreSQLError) -> Set<MetricName> {
    let rows = try connection.query(
      """
      SELECT m FROM unnest(\(metrics)) AS m
      WHERE EXISTS (SELECT FROM billing.usage_periods u WHERE u.metric = m)
      """)
    var used: Set<MetricName> = []
    for row in rows { used.insert(try row.decode(at: 0)) }
    return used
  }

  private static func usedPlans(_ plans: [PlanID], _ connection: Connection) throws(PostgreSQLError) -> Set<PlanID> {
    let rows = try connection.query(
      """
      SELECT p FROM unnest(\(plans)) AS p
      WHERE EXISTS (SELECT FROM billing.companies c WHERE c.plan_id = p)
        OR EXISTS (SELECT FROM billing.billing_periods b WHERE b.plan_id = p)
      """)
    var used: Set<PlanID> = []
    for row in rows { used.insert(try row.decode(at: 0)) }
    return used
  }

  private static func insert(
    _ document: [UInt8], _ catalog: Catalog, by: Person, _ connection: Connection, now: Instant
  ) throws(AdministrationError) {
    _ = try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in
        try connection.update(
          """
          INSERT INTO billing.catalog_versions (version, document, applied_at, applied_by)
          VALUES (\(catalog.version), \(String(decoding: document, as: UTF8.self)), \(now), \(by.text))
          """)
      }
    }
  }
}
