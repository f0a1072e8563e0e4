import Billing
import Ledger
import PostgreSQL
import TestSupport
import Testing

/// A database of a test's own with a ledger, and short ways to record.
struct RecordingFixture {
  let database: TestDatabase
  let connection: Connection
  let ledger: Ledger
  let now: Instant

  static func make(
    now: String = "2025-02-10T12:00:00Z", extraMetrics: String? = nil, extraPlans: String? = nil
  ) throws -> RecordingFixture {
    let database = try TestDatabase.create()
    let connection = try database.connect()
    for (list, extra) in [("metrics", extraMetrics), ("plans", extraPlans)] {
      guard let extra else { continue }
      try connection.execute(
        """
        INSERT INTO billing.catalog_versions (version, document, applied_by)
        SELECT version + 1, replace(document, '"\(list)": [', '"\(list)": [\(extra), '), 'test'
        FROM billing.catalog_versions ORDER BY version DESC LIMIT 1;
        UPDATE billing.registry_version SET version = version + 1
        """)
    }
    return RecordingFixture(
      database: database, connection: connection, ledger: try Ledger(connection: database.connect()),
      now: try #require(Instant(now)))
  }

  /// Registers a company on a plan, as the administrator would.
  func register(_ id: String, plan: String = "standard", currency: String = "usd", anchor: Int = 1) throws {
    try connection.execute(
      """
      UPDATE billing.registry_version SET version = version + 1;
      INSERT INTO billing.companies (company_id, registered_at, plan_id, currency, anchor_day, version)
      SELECT '\(id)', now(), '\(plan)', '\(currency)', \(anchor), version FROM billing.registry_version
      """)
  }

  /// Makes rows of periods, as changes of anchor and plan leave them: contiguous, from one start to the next.
  func periods(_ company: String, _ starts: String..., plan: String = "standard", currency: String = "usd") throws {
    for (start, end) in zip(starts, starts.dropFirst()) {
      try connection.execute(
        """
        INSERT INTO billing.billing_periods (company_id, period_start, period_end, plan_id, currency)
        VALUES ('\(company)', '\(start)', '\(end)', '\(plan)', '\(currency)')
        """)
    }
  }

  func usage(
    _ id: String, _ company: String, _ metric: String, _ quantity: String, at time: String, user: Pseudonyms? = nil,
    subject: Pseudonyms? = nil, subscription: Pseudonyms? = nil
  ) throws -> RecordedUsage {
    let metric = try #require(MetricName(metric).flatMap { ledger.catalog.metrics[$0] })
    return RecordedUsage(
      usageID: try #require(UsageID(id)), companyID: try #require(CompanyID(company)), metric: metric,
      quantity: try #require(Quantity(quantity)), timestamp: try #require(Instant(time)), user: user, subject: subject,
      subscription: subscription)
  }

  func void(_ id: String, _ company: String, at time: String) throws -> VoidedUsage {
    VoidedUsage(
      usageID: try #require(UsageID(id)), companyID: try #require(CompanyID(company)),
      timestamp: try #require(Instant(time)), reason: "test")
  }

  func record(_ records: [RecordedUsage], voids: [VoidedUsage] = []) throws {
    _ = try ledger.write(records: records, voids: voids, now: now)
  }
}
