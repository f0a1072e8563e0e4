import Billing
import Messages
import PostgreSQL
import TestSupport

@testable import Ledger

/// A ledger with a clock that stands still, and short ways to write and look.
struct Fixture {
  /// 15 January 2025, noon.
  static let now = instant("2025-01-15T12:00:00Z")

  let database: TestDatabase
  let connection: Connection
  let ledger: Ledger

  init() throws {
    database = try TestDatabase.create()
    connection = try database.connect()
    ledger = try Ledger(connection: try .forLedger(database.configuration))
  }

  var store: CompanyStore { CompanyStore(connection) }

  static func instant(_ text: String) -> Instant { Instant(text) ?? Instant(microseconds: 0) }

  static func date(_ text: String) -> CivilDate { CivilDate(text) ?? CivilDate(daysSinceEpoch: 0) }

  static func company(_ text: String) throws -> CompanyID { try require(CompanyID(text)) }

  static func require<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
  }

  struct Missing: Error {}

  /// Counts one record.
  func count(
    _ company: String, _ metric: String, _ quantity: Int, at time: String = "2025-01-10T00:00:00Z",
    now: Instant = Fixture.now
  ) throws {
    try ledger.refresh()
    let name = try Self.require(MetricName(metric))
    let record = RecordedUsage(
      usageID: UsageID(trusted: "id-\(TestIDs.next())"), companyID: try Self.company(company),
      metric: try Self.require(ledger.catalog.metrics[name]), quantity: Quantity(quantity),
      timestamp: Self.instant(time))
    _ = try ledger.write(records: [record], now: now)
  }

  /// `metric level` of every announced alert, in the outbox's order.
  func announced(_ company: String) throws -> [String] {
    let rows = try connection.query(
      """
      SELECT a.metric || ' ' || trim_scale(a.threshold)::text || ' ' || trim_scale(a.level)::text
      FROM billing.event_outbox o JOIN billing.alerts a USING (company_id, message_id)
      WHERE o.company_id = \(company) ORDER BY o.event_id
      """)
    return try rows.map { try $0.decode(String.self, at: 0) }
  }

  func periods(_ company: String) throws -> [String] {
    try store.show(try Self.company(company)).periods.map { "\($0.bounds) \($0.plan?.text ?? "none")" }
  }

  func catalogText(_ change: (String) -> String = { $0 }) throws -> [UInt8] {
    let rows = try connection.query("SELECT document FROM billing.catalog_versions ORDER BY version DESC LIMIT 1")
    return Array(change(try rows.one().decode(at: 0)).utf8)
  }
}
