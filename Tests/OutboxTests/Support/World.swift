import Billing
import Faults
import Glibc
import PostgreSQL
import Storage
import TestSupport
import Testing

@testable import Outbox

/// A database of a test's own with companies in it, and ways to write, claim and look.
struct World {
  static let now = Instant(microseconds: 1_736_942_400_000_000)

  let database: TestDatabase
  /// Looks from the side.
  let eye: Connection

  init(_ companies: String...) throws {
    database = try TestDatabase.create()
    eye = try database.session()
    for company in companies { try add(company) }
  }

  /// Another view of the same world, for another thread.
  init(_ database: TestDatabase) throws {
    self.database = database
    eye = try database.session()
  }

  /// A registered company that lacks nothing.
  func add(_ company: String, mode: String = "live", customer: String? = nil) throws {
    let customer = customer ?? "cus_\(company.replacing("-", with: "_"))"
    try eye.update(
      """
      INSERT INTO billing.companies (company_id, registered_at, plan_id, currency, stripe_mode, stripe_customer,
        stripe_subscription, version)
      VALUES (\(company), now(), 'standard', 'usd', \(mode), nullif(\(customer), ''), 'sub_1', 1)
      """)
    try check(company, "sub_1", ["order", "invoice", "storage"])
  }

  /// As if somebody had looked at the company's subscription.
  func check(_ company: String, _ subscription: String, _ metrics: [String]) throws {
    try eye.begin()
    let unchecked = SubscriptionMeters.Unchecked(
      company: try Self.company(company), subscription: try #require(RemoteID(subscription)))
    let price = try #require(RemoteID("price_1"))
    try SubscriptionMeters(eye).store(
      unchecked, prices: try metrics.map { .init(metric: try #require(MetricName($0)), price: price) })
    try eye.commit()
  }

  func session() throws -> Connection { try database.session() }

  func claims(
    lease: Duration = .seconds(60), _ requirements: SendRequirements = SendRequirements(), failpoints: String = ""
  ) throws -> OutboxClaims {
    try OutboxClaims(
      try session(), lease: lease, requirements: requirements, failpoints: try Failpoints(parsing: failpoints))
  }

  @discardableResult
  func write(_ company: String, _ effects: Effect..., sendBefore: Instant? = nil) throws -> [EntryID] {
    try eye.begin()
    let ids = try Self.write(company, effects, sendBefore: sendBefore, on: eye)
    try eye.commit()
    return ids
  }

  /// Within a transaction.
  static func write(
    _ company: String, _ effects: [Effect], sendBefore: Instant? = nil, on connection: Connection
  ) throws -> [EntryID] {
    var generator = SystemRandomNumberGenerator()
    let company = try Self.company(company)
    let entries = effects.map {
      NewEntry(id: EntryID(now: now, using: &generator), company: company, effect: $0, sendBefore: sendBefore)
    }
    try OutboxWriter(connection).write(entries)
    return entries.map(\.id)
  }

  static func company(_ text: String) throws -> CompanyID { try #require(CompanyID(text)) }

  // MARK: Looking

  func number(_ sql: SQL) throws -> Int { Int(try eye.query(sql).one().decode(Int64.self, at: 0)) }

  func texts(_ sql: SQL) throws -> [String] { try eye.query(sql).map { try $0.decode(String.self, at: 0) } }

  /// `state hold` of a sequence: `w`, `h no_customer`.
  func state(_ company: String, _ key: String = "meter:order") throws -> String {
    try texts(
      """
      SELECT concat_ws(' ', state, hold) FROM billing.outbox_keys WHERE company_id = \(company) AND ordering_key = \(key)
      """
    ).first ?? "none"
  }

  /// `state attempts generation problem` of an entry that waits.
  func entry(_ id: EntryID) throws -> String {
    try texts(
      """
      SELECT concat_ws(' ', state, attempts, key_generation, problem,
        CASE WHEN first_attempt_at IS NULL THEN 'never' ELSE 'perhaps' END)
      FROM billing.outbox_entries WHERE entry_id = \(id)
      """
    ).first ?? "none"
  }

  /// Polls until the session waits for a lock.
  func untilBlocked(_ pid: Int32) throws {
    try eventually("session \(pid) waits for a lock") {
      try number("SELECT count(*) FROM pg_stat_activity WHERE pid = \(pid) AND wait_event_type = 'Lock'") == 1
    }
  }
}

extension OutboxClaims {
  /// Settles every entry of the claims in the same way.
  @discardableResult
  mutating func settle(_ claims: [Claim], _ outcome: Outcome) throws -> SettleReport {
    try settle(claims.flatMap { claim in claim.entries.map { Settlement(claim, $0, outcome) } })
  }
}
