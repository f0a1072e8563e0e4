import Billing
import TestSupport
import Testing

@testable import Ledger

@Suite("Own rates beside tiers and meters", .enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct OwnRateTests {
  private static let tiers = #"[{"upTo": 100, "unitPrice": "0.10"}, {"unitPrice": "0.05"}]"#

  private func set(
    _ fixture: Fixture, plan: String? = nil, now: Instant = Fixture.now,
    _ edit: (inout CompanyChanges.Rate) -> Void = { _ in }
  ) throws {
    var changes = CompanyChanges()
    changes.plan = plan.flatMap { PlanID($0) }
    var rate = CompanyChanges.Rate(metric: try Fixture.require(MetricName("order")))
    edit(&rate)
    changes.rates = plan == nil ? [rate] : []
    _ = try fixture.store.set(try Fixture.company("comp-1"), changes, by: "tests", now: now)
  }

  /// Applies the catalog with another version of the rate of `order` in it.
  private func addVersion(_ fixture: Fixture, _ fields: String, from day: String = "2025-03-01") throws {
    let version = #"{"metric": "order", "effectiveFrom": "\#(day)", \#(fields)}, {"metric": "order","#
    try apply(fixture) { $0.replacing(#"{"metric": "order","#, with: version, maxReplacements: 1) }
  }

  private func apply(_ fixture: Fixture, _ change: (String) -> String) throws {
    let document = try fixture.catalogText(change)
    _ = try CatalogStore.apply(document, by: "test", on: fixture.connection, now: Fixture.now)
  }

  private func refusals(_ body: () throws -> Void) throws -> [String] {
    do {
      try body()
      return []
    } catch AdministrationError.refused(let rules) {
      return rules
    } catch AdministrationError.catalog(let mistakes) {
      return mistakes.mistakes.map(\.description)
    }
  }

  private static let noPrice = "none where the plan has tiers (graduated): one price cannot replace several"

  @Test("a catalog whose tiers would push a company's own price aside is refused until the company gives it up")
  func tiersToCome() throws {
    let fixture = try Fixture()
    try set(fixture) { $0.unitPrice = .value(Price(units: 80_000_000_000)) }
    let tiered = #""model": "graduated", "tiers": \#(Self.tiers), "billing": "stripe_meter""#
    #expect(
      try refusals { try addVersion(fixture, tiered) } == ["companies.comp-1.rates.order.unitPrice: \(Self.noPrice)"])
    try set(fixture) { $0.unitPrice = .plan }
    #expect(try refusals { try addVersion(fixture, tiered) } == [])
    #expect(
      try refusals { try set(fixture) { $0.unitPrice = .value(.zero) } }
        == ["the rate of order.unitPrice: \(Self.noPrice)"])
    try set(fixture) { $0.included = .value(Quantity(50)) }
  }

  @Test("own terms that a meter to come cannot express keep a catalog from being applied")
  func metersToCome() throws {
    let fixture = try Fixture()
    try set(fixture) { $0.included = .value(Quantity(50)) }
    #expect(
      try refusals {
        try addVersion(fixture, #""model": "package", "unitPrice": 1, "unitSize": 10, "billing": "stripe_meter""#)
      } == [
        "companies.comp-1.rates.order.included: for stripe_meter, "
          + "0 with packages: Stripe has no tiers beside transform_quantity"
      ])
    try addVersion(fixture, #""model": "package", "unitPrice": 1, "unitSize": 10, "billing": "invoice_item""#)
    #expect(
      try refusals { try set(fixture) { $0.included = .value(Quantity(units: 500_000_000)) } }
        == ["the rate of order.included: for stripe_meter, a whole number"])
  }

  @Test("a company with a price of its own cannot move to a plan that has tiers there, one with a quota can")
  func otherPlan() throws {
    let fixture = try Fixture()
    try apply(fixture) {
      $0.replacing(
        "\"plans\": [",
        with: """
          "plans": [{"id": "tiered", "baseFee": "1.00", "currency": "usd", "rates":
          [{"metric": "order", "model": "graduated", "tiers": \(Self.tiers), "billing": "invoice_item"}]},
          """)
    }
    try set(fixture) {
      $0.unitPrice = .value(Price(units: 80_000_000_000))
      $0.included = .value(Quantity(5))
    }
    #expect(
      try refusals { try set(fixture, plan: "tiered") } == ["the rate of order.unitPrice: \(Self.noPrice)"])
    try set(fixture) { $0.unitPrice = .plan }
    try set(fixture, plan: "tiered")
    #expect(try fixture.store.show(try Fixture.company("comp-1")).plan?.text == "tiered")
  }

  @Test("usage in tiers is reported at its price, quota and fees included, and from the first tier for a range of days")
  func report() throws {
    let fixture = try Fixture()
    try apply(fixture) {
      $0.replacing(
        #"{"metric": "order", "model": "per_unit", "unitPrice": "0.10", "unitSize": 1, "included": 0,"#,
        with: """
          {"metric": "order", "model": "graduated", "included": 20, "tiers":
          [{"upTo": 100, "unitPrice": "0.10"}, {"unitPrice": "0.05", "flatFee": "2.00"}],
          """)
    }
    try set(fixture)
    try fixture.count("comp-1", "order", 100, at: "2025-01-10T00:00:00Z")
    try fixture.count("comp-1", "order", 60, at: "2025-01-11T00:00:00Z")
    func line(_ span: UsageQuestion.Span) throws -> String {
      let question = UsageQuestion(company: try Fixture.company("comp-1"), span: span, part: .all)
      let report = try UsageReporter(fixture.connection).report(question, today: Fixture.now.date)
      let line = try Fixture.require(report.lines.first)
      return "\(line.quantity) \(line.included) \(line.billable) \(line.cost)"
    }
    #expect(try line(.period(containing: Fixture.date("2025-01-15"))) == "160 20 140 14.00")
    let days = try Fixture.require(
      BillingPeriod(start: Fixture.date("2025-01-11"), end: Fixture.date("2025-01-12")))
    #expect(try line(.days(days)) == "60 0 60 6.00")
  }
}
