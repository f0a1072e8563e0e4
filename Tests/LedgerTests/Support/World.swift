import Billing
import Faults
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

/// A database of a test's own with the tests' catalog, any number of replicas on it, and ways to look at it.
struct World {
  /// 20 February 2025, noon: after everything that the tests count.
  static let now = Instant(microseconds: 1_740_052_800_000_000)

  let database: TestDatabase
  /// Looks from the side; no replica.
  let eye: Connection

  init(registering companies: [String] = ["comp"]) throws {
    database = try TestDatabase.create()
    eye = try database.connect()
    try apply(Sample.catalog)
    for company in companies { try register(company) }
  }

  /// Another view of the same world, for another thread.
  init(_ database: TestDatabase) throws {
    self.database = database
    eye = try database.connect()
  }

  func replica(_ failpoints: String = "") throws -> Ledger { try database.replica(failpoints) }

  /// As `catalog apply` does it: alone with the registry's lock.
  func apply(_ catalog: String) throws {
    try change { version in
      try eye.update(
        """
        INSERT INTO billing.catalog_versions (version, document, applied_by) VALUES (\(version), \(catalog), 'tests')
        """)
    }
  }

  /// As `companies set` does it.
  func register(_ company: String, anchor: Int = 1, plan: String = "standard") throws {
    try change { version in
      try eye.update(
        """
        INSERT INTO billing.companies AS c (company_id, registered_at, plan_id, currency, anchor_day, version)
        VALUES (\(company), now(), \(plan), 'usd', \(Int16(anchor)), \(version))
        ON CONFLICT (company_id) DO UPDATE SET registered_at = coalesce(c.registered_at, now()),
          plan_id = excluded.plan_id, currency = 'usd', anchor_day = excluded.anchor_day, version = excluded.version
        """)
    }
  }

  func setThreshold(
    _ threshold: String?, levels: [String]? = nil, of metric: String = "order", company: String = "comp",
    from day: String = "0001-01-01"
  ) throws {
    let threshold = try threshold.map { try quantity($0) }
    let levels = try levels.map { try $0.map { try quantity($0) } }
    try change { version in
      try eye.update(
        """
        INSERT INTO billing.company_rates (company_id, metric, effective_from, threshold, levels)
        VALUES (\(company), \(metric), \(try date(day)), \(threshold), \(levels))
        ON CONFLICT (company_id, metric, effective_from)
          DO UPDATE SET threshold = excluded.threshold, levels = excluded.levels
        """)
      try eye.update("UPDATE billing.companies SET version = \(version) WHERE company_id = \(company)")
    }
  }

  func change(_ body: (_ version: Int64) throws -> Void) throws {
    try eye.execute("BEGIN; SELECT pg_advisory_xact_lock(\(Registry.lockClass), \(Registry.lockKey))")
    let version: Int64 = try eye.query(
      "UPDATE billing.registry_version SET version = version + 1 RETURNING version"
    ).one().decode(at: 0)
    try body(version)
    try eye.commit()
  }

  // MARK: Looking

  func number(_ sql: SQL) throws -> Int { Int(try eye.query(sql).one().decode(Int64.self, at: 0)) }

  /// Of the replicas that have told their numbers with `pg_stat_force_next_flush`.
  func deadlocks() throws -> Int {
    try number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
  }

  func texts(_ sql: SQL) throws -> [String] { try eye.query(sql).map { try $0.decode(String.self, at: 0) } }

  /// The total of the period that begins on a day; nil when there is none.
  func total(_ metric: String = "order", _ start: String = "2025-01-01", company: String = "comp") throws -> Quantity? {
    try eye.query(
      """
      SELECT quantity FROM billing.usage_periods
      WHERE company_id = \(company) AND metric = \(metric) AND period_start = \(try date(start))
      """
    ).first?.decode(at: 0)
  }

  func daily(_ metric: String = "order", _ day: String, company: String = "comp") throws -> Quantity? {
    try eye.query(
      """
      SELECT quantity FROM billing.usage_daily
      WHERE company_id = \(company) AND metric = \(metric) AND day = \(try date(day))
      """
    ).first?.decode(at: 0)
  }

  func periods(_ company: String = "comp") throws -> [String] {
    try texts(
      """
      SELECT period_start::text || '/' || period_end::text FROM billing.billing_periods
      WHERE company_id = \(company) ORDER BY period_start
      """)
  }

  /// `metric threshold level currentUsage` of each owed message, in the outbox's order.
  func owed(_ company: String = "comp") throws -> [String] {
    try texts(
      """
      SELECT concat_ws(' ', a.metric, trim_scale(a.threshold), trim_scale(a.level), trim_scale(a.current_usage))
      FROM billing.event_outbox o JOIN billing.alerts a USING (company_id, message_id)
      WHERE o.company_id = \(company) ORDER BY o.event_id
      """)
  }
}

extension TestDatabase {
  /// What a lane of a replica has: it belongs to the thread that asks for it.
  func replica(_ failpoints: String = "") throws -> Ledger {
    try Ledger(connection: .forLedger(configuration), failpoints: Failpoints(parsing: failpoints))
  }
}

extension Ledger {
  /// Writes with the tests' clock.
  @discardableResult
  func write(
    _ records: [RecordedUsage], voids: [VoidedUsage] = [], now: Instant = World.now
  ) throws(LedgerError) -> Result {
    try write(records: records, voids: voids, now: now)
  }
}
