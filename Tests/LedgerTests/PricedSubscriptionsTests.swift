import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("Which subscriptions need the prices of a new period", .enabled(if: TestDatabase.isAvailable))
struct PricedSubscriptionsTests {
  private let fixture: Fixture
  private let subscriptions: PricedSubscriptions

  init() throws {
    fixture = try Fixture()
    subscriptions = PricedSubscriptions(fixture.connection)
    for id in ["acme", "labs"] {
      var changes = CompanyChanges()
      changes.stripeMode = .live
      changes.stripeCustomer = "cus_\(id)"
      changes.stripeSubscription = "sub_\(id)"
      _ = try fixture.store.set(Fixture.company(id), changes, by: "tests", now: Fixture.now)
      try subscriptions.note(
        Fixture.company(id), subscription: "sub_\(id)", prices: "a", periodStart: Fixture.date("2025-01-01"))
    }
    _ = try CompanyLoader(connection: fixture.connection).load([Fixture.company("acme"), Fixture.company("labs")])
    try fixture.connection.execute(
      """
      INSERT INTO billing.billing_periods (company_id, period_start, period_end, plan_id, currency)
      SELECT company_id, '2025-02-01', '2025-03-01', 'standard', 'usd' FROM billing.companies ON CONFLICT DO NOTHING
      """)
  }

  private func due(_ now: String, after cursor: String? = nil, limit: Int = 10) throws -> [String] {
    try subscriptions.due(after: cursor.flatMap { CompanyID($0) }, limit: limit, now: Fixture.instant(now))
      .map { "\($0.company) \($0.periodStart)" }
  }

  @Test("not before Stripe is done with the period before, and until it is noted")
  func time() throws {
    #expect(try due("2025-01-31T23:59:59Z") == [] && due("2025-02-01T01:04:59Z") == [])
    #expect(try due("2025-02-01T01:05:00Z") == ["acme 2025-02-01", "labs 2025-02-01"])
    let (acme, february) = (try Fixture.company("acme"), Fixture.date("2025-02-01"))
    #expect(try subscriptions.mustWait(acme, periodStart: february, now: Fixture.instant("2025-02-01T01:04:59Z")))
    #expect(try !subscriptions.mustWait(acme, periodStart: february, now: Fixture.instant("2025-02-01T01:05:00Z")))
    try subscriptions.note(acme, subscription: "sub_acme", prices: "b", periodStart: february)
    #expect(try due("2025-02-01T01:05:00Z") == ["labs 2025-02-01"])
    // Who comes later, with less, takes nothing back.
    try subscriptions.note(acme, subscription: "sub_acme", prices: "a", periodStart: Fixture.date("2025-01-01"))
    #expect(try due("2025-02-01T01:05:00Z") == ["labs 2025-02-01"])
  }

  @Test("portions follow one another; only where something may be sent, and not for subscriptions of others")
  func whose() throws {
    let now = "2025-02-10T00:00:00Z"
    #expect(try due(now, limit: 1) == ["acme 2025-02-01"] && due(now, after: "acme") == ["labs 2025-02-01"])
    for change in [
      "UPDATE billing.companies SET stripe_mode = 'shadow'", "UPDATE billing.companies SET stripe_customer = NULL",
      "UPDATE billing.companies SET stripe_priced_from = NULL, stripe_priced_as = NULL",
      "INSERT INTO billing.outbox_pauses VALUES ('*', now(), 'tests')",
    ] {
      try fixture.connection.begin()
      try fixture.connection.execute(change)
      #expect(try due(now) == [], "\(change)")
      try fixture.connection.rollback()
    }
    var changes = CompanyChanges()
    changes.stripeSubscription = "sub_other"
    _ = try fixture.store.set(Fixture.company("acme"), changes, by: "tests", now: Fixture.now)
    #expect(try due(now) == ["labs 2025-02-01"])
    // What was asked for the former one.
    try subscriptions.note(
      Fixture.company("acme"), subscription: "sub_acme", prices: "b", periodStart: Fixture.date("2025-02-01"))
    #expect(try fixture.connection.query("SELECT 1 FROM billing.companies WHERE stripe_priced_as = 'b'").isEmpty)
  }
}
