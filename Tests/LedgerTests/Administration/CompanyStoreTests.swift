import Billing
import TestSupport
import Testing

@testable import Ledger

@Suite(.enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct CompanyStoreTests {
  private func set(
    _ fixture: Fixture, _ company: String, now: Instant = Fixture.now, _ edit: (inout CompanyChanges) -> Void = { _ in }
  ) throws -> CompanyStore.Change {
    var changes = CompanyChanges()
    edit(&changes)
    return try fixture.store.set(try Fixture.company(company), changes, by: "tests", now: now)
  }

  private func rate(_ metric: String, _ edit: (inout CompanyChanges.Rate) -> Void) throws -> CompanyChanges.Rate {
    var rate = CompanyChanges.Rate(metric: try Fixture.require(MetricName(metric)))
    edit(&rate)
    return rate
  }

  @Test("registering an unregistered company releases its alerts, all levels, lowest first")
  func release() throws {
    let fixture = try Fixture()
    try fixture.count("comp-1", "order", 10_500)
    #expect(try fixture.announced("comp-1") == [])
    #expect(try fixture.store.list(unregistered: true).map(\.id.text) == ["comp-1"])
    let change = try set(fixture, "comp-1")
    #expect(change.isRegistration)
    #expect(change.alerts == 2)
    #expect(try fixture.announced("comp-1") == ["order 10000 0.8", "order 10000 1"])
    #expect(try fixture.store.list(unregistered: true).isEmpty)
    let again = try set(fixture, "comp-1")
    #expect(again.alerts == 0)
    #expect(!again.isRegistration)
  }

  @Test("registering fills plan and currency of the periods counted before")
  func fill() throws {
    let fixture = try Fixture()
    try fixture.count("comp-1", "order", 1, at: "2024-12-20T00:00:00Z")
    #expect(try fixture.periods("comp-1") == ["2024-12-01/2025-01-01 none", "2025-01-01/2025-02-01 none"])
    let change = try set(fixture, "comp-1") { $0.plan = PlanID("business") }
    #expect(change.company.periods.map(\.plan?.text) == ["business", "business"])
    #expect(change.company.periods.map(\.currency) == ["usd", "usd"])
  }

  @Test("a company that nobody has seen gets its current period by its own anchor")
  func unseen() throws {
    let fixture = try Fixture()
    _ = try set(fixture, "comp-1") { $0.anchorDay = AnchorDay(20) }
    #expect(try fixture.periods("comp-1") == ["2024-12-20/2025-01-20 standard"])
  }

  @Test("a changed anchor makes one short period, then whole ones")
  func anchorChange() throws {
    let fixture = try Fixture()
    _ = try set(fixture, "comp-1")
    try fixture.count("comp-1", "order", 1, at: "2025-01-15T12:00:00Z")
    _ = try set(fixture, "comp-1") { $0.anchorDay = AnchorDay(15) }
    try fixture.count("comp-1", "order", 1, at: "2025-02-03T00:00:00Z", now: Fixture.instant("2025-02-20T00:00:00Z"))
    #expect(
      try fixture.periods("comp-1") == [
        "2025-01-01/2025-02-01 standard", "2025-02-01/2025-02-15 standard", "2025-02-15/2025-03-15 standard",
      ])
  }

  @Test("Periods that have begun without anybody's notice have begun under the former plan and anchor")
  func idleCompany() throws {
    let fixture = try Fixture()
    _ = try set(fixture, "comp-1")
    _ = try set(fixture, "comp-1", now: Fixture.instant("2025-03-20T00:00:00Z")) {
      $0.plan = PlanID("business")
      $0.anchorDay = AnchorDay(15)
    }
    let begun = ["2025-01-01/2025-02-01 standard", "2025-02-01/2025-03-01 standard", "2025-03-01/2025-04-01 standard"]
    #expect(try fixture.periods("comp-1") == begun)
    let ahead = Fixture.instant("2025-04-02T00:00:00Z")
    try fixture.count("comp-1", "order", 1, at: "2025-04-02T00:00:00Z", now: ahead)
    #expect(try fixture.periods("comp-1") == begun + ["2025-04-01/2025-04-15 business"])
  }

  @Test("periods that have not begun are made anew with another plan, those that have stay")
  func planChange() throws {
    let fixture = try Fixture()
    _ = try set(fixture, "comp-1")
    // A lane whose clock is ahead makes February together with December.
    let ahead = Fixture.instant("2025-02-01T00:00:00Z")
    try fixture.count("comp-1", "order", 1, at: "2024-12-20T00:00:00Z", now: ahead)
    let begun = ["2024-12-01/2025-01-01 standard", "2025-01-01/2025-02-01 standard"]
    #expect(try fixture.periods("comp-1") == begun + ["2025-02-01/2025-03-01 standard"])
    _ = try set(fixture, "comp-1") { $0.plan = PlanID("business") }
    #expect(try fixture.periods("comp-1") == begun)
    try fixture.count("comp-1", "order", 1, at: "2025-02-01T00:00:00Z", now: ahead)
    #expect(try fixture.periods("comp-1") == begun + ["2025-02-01/2025-03-01 business"])
  }

  @Test("a period that begins within ten minutes, or holds usage, is not made anew")
  func begun() throws {
    let fixture = try Fixture()
    let soon = Fixture.instant("2025-01-31T23:55:00Z")
    _ = try set(fixture, "comp-1", now: soon)
    try fixture.count("comp-1", "order", 1, at: "2024-12-20T00:00:00Z", now: Fixture.instant("2025-02-01T00:00:00Z"))
    _ = try set(fixture, "comp-1", now: soon) { $0.plan = PlanID("business") }
    #expect(try fixture.periods("comp-1").last == "2025-02-01/2025-03-01 standard")

    _ = try set(fixture, "comp-2")
    try fixture.count("comp-2", "order", 1, at: "2025-02-02T00:00:00Z", now: Fixture.instant("2025-03-01T00:00:00Z"))
    _ = try set(fixture, "comp-2") { $0.anchorDay = AnchorDay(9) }
    #expect(try fixture.periods("comp-2") == ["2025-01-01/2025-02-01 standard", "2025-02-01/2025-03-01 standard"])
  }

  @Test("an own threshold is announced at once, and recorders go by it")
  func ownThreshold() throws {
    let fixture = try Fixture()
    _ = try set(fixture, "comp-1")
    try fixture.count("comp-1", "order", 450)
    let rate = try rate("order") {
      $0.threshold = .value(Quantity(500))
      $0.levels = .value([Quantity("0.5"), Quantity("0.8"), Quantity("1")].compactMap(\.self))
    }
    #expect(try set(fixture, "comp-1") { $0.rates = [rate] }.alerts == 2)
    try fixture.count("comp-1", "order", 50)
    #expect(try fixture.announced("comp-1") == ["order 500 0.5", "order 500 0.8", "order 500 1"])
  }

  @Test("an own rate holds since ever at registration, from today later, and keeps fields not named")
  func rateVersions() throws {
    let fixture = try Fixture()
    let first = try rate("order") {
      $0.unitPrice = .value(Price("0.08") ?? .zero)
      $0.included = .value(Quantity(100))
    }
    _ = try set(fixture, "comp-1") { $0.rates = [first] }
    let second = try rate("order") {
      $0.included = .plan
      $0.threshold = .value(Quantity(500))
    }
    let record = try set(fixture, "comp-1") { $0.rates = [second] }.company
    #expect(record.rates.map(\.effectiveFrom) == [Fixture.date("0001-01-01"), Fixture.date("2025-01-15")])
    #expect(record.rates.last?.unitPrice == Price("0.08"))
    #expect(record.rates.last?.included == nil)
    #expect(record.rates.last?.threshold == Quantity(500))
  }

  @Test("what breaks a rule is refused, every rule at once, and nothing changes")
  func refusals() throws {
    let fixture = try Fixture()
    let bad = try [
      rate("order") { $0.threshold = .value(.zero) }, rate("assessment") { $0.included = .value(Quantity(1)) },
    ]
    #expect {
      _ = try set(fixture, "comp-1") {
        $0.rates = bad
        $0.currency = Currency("eur")
      }
    } throws: { error in
      guard case AdministrationError.refused(let rules) = error else { return false }
      return rules.count == 3
    }
    #expect(throws: AdministrationError.self) { _ = try set(fixture, "comp-1") { $0.plan = PlanID("none") } }
    #expect(throws: AdministrationError.self) { _ = try set(fixture, "comp-1") { $0.stripeCustomer = "x" } }
    #expect(throws: AdministrationError.self) { _ = try set(fixture, "2025-01-02") }
    #expect(throws: AdministrationError.self) { try fixture.store.show(try Fixture.company("comp-1")) }
    #expect(fixture.connection.transactionStatus == .idle)
  }

  @Test("a price agreed in one currency does not silently become one in another")
  func currencies() throws {
    let fixture = try Fixture()
    let euro = try fixture.catalogText {
      $0.replacing(
        "\"plans\": [",
        with: """
          "plans": [{"id": "euro", "baseFee": "1.00", "currency": "eur", "default": false, "rates":
          [{"metric": "order", "model": "per_unit", "unitPrice": "0.10", "billing": "stripe_meter"}]},
          """)
    }
    _ = try CatalogStore.apply(euro, by: "test", on: fixture.connection, now: Fixture.now)
    let own = try rate("order") { $0.unitPrice = .value(Price("0.08") ?? .zero) }
    _ = try set(fixture, "comp-1") { $0.rates = [own] }
    #expect(throws: AdministrationError.self) { _ = try set(fixture, "comp-1") { $0.plan = PlanID("euro") } }
    let back = try rate("order") { $0.unitPrice = .plan }
    let change = try set(fixture, "comp-1") {
      $0.plan = PlanID("euro")
      $0.rates = [back]
    }
    #expect(change.company.currency == "eur")
    #expect(change.company.periods.map(\.currency) == ["usd"])
  }

  @Test("pages of a list join without a gap")
  func pages() throws {
    let fixture = try Fixture()
    for name in ["a", "b", "c"] { _ = try set(fixture, name) }
    let first = try fixture.store.list(unregistered: false, limit: 2)
    let second = try fixture.store.list(unregistered: false, after: first.last?.id, limit: 2)
    #expect((first + second).map(\.id.text) == ["a", "b", "c"])
  }
}
