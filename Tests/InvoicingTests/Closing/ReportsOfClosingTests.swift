import Billing
import Invoicing
import Ledger
import TestSupport
import Testing

@Suite("Reports before and after a close", .enabled(if: TestDatabase.isAvailable))
struct ReportsOfClosingTests {
  private func unbilled(_ world: World, today: String) throws -> [String] {
    let (id, day) = try (#require(CompanyID("acme")), #require(CivilDate(today)))
    return try UnbilledReporter(world.database.connect()).report(id, today: day).lines.map {
      "\($0.state) \($0.metric) \($0.quantity) \($0.amount)"
    }
  }

  private func revenue(_ world: World, today: String) throws -> [String] {
    let report = try RevenueReporter(world.database.connect()).report(
      nil, days: nil, today: #require(CivilDate(today)))
    return report.sections.flatMap { section in
      RevenueReport.State.allCases.compactMap { state in section.totals[state].map { "\(state) \($0)" } }
    }
  }

  @Test("what is shown as unbilled is what the close then writes, late usage and what was taken back too")
  func agree() throws {
    let world = try World()
    try world.register("acme", mode: .off)
    try world.use("acme", "order", "1250", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "assessment", "60", at: "2025-01-10T08:00:00Z", usage: "sixty")
    #expect(try unbilled(world, today: "2025-02-01") == ["ended assessment 60 100.00", "ended order 1250 125.00"])
    #expect(try revenue(world, today: "2025-01-31") == ["unbilled 424.00"])
    try world.close("2025-02-01T01:00:00Z")
    #expect(try unbilled(world, today: "2025-02-01").isEmpty)
    let open = try revenue(world, today: "2025-01-31")
    #expect(open == ["open 424.00"])

    try world.void("acme", "sixty", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "order", "3", at: "2025-01-11T08:00:00Z", usage: "late")
    #expect(try unbilled(world, today: "2025-02-02") == ["late assessment -60 -100.00", "late order 3 0.30"])
    try world.close("2025-03-01T01:00:00Z")
    #expect(try unbilled(world, today: "2025-03-01").isEmpty)
    #expect(
      try world.lines("acme", "2025-02-01") == [
        "base_fee 19900", "late order 3 30 2025-01-01", "late assessment -60 -10000 2025-01-01",
      ])
    #expect(try revenue(world, today: "2025-02-28") == ["open 523.30"])
  }
}
