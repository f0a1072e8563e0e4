import Billing
import Invoicing
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("A period that is over is closed once", .enabled(if: TestDatabase.isAvailable))
struct PeriodCloseTests {
  private static func world(_ companies: String...) throws -> World {
    let world = try World()
    for company in companies { try world.register(company, mode: .off) }
    return world
  }

  @Test("not before its grace is over; then with base fee and usage, and by no later pass again")
  func once() throws {
    let world = try Self.world("acme")
    try world.use("acme", "order", "1250", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "assessment", "60", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "scan", "3", at: "2025-01-31T23:59:59.999999Z")
    #expect(try world.close("2025-02-01T00:29:59Z") == PeriodCloseSummary())
    let pass = try world.close("2025-02-01T00:30:00Z")
    #expect(pass.periods == 1 && pass.invoices == 1 && pass.lines == 4)
    #expect(pass.amounts.all.map(\.description) == ["430.00"])
    for now in ["2025-02-01T00:30:00Z", "2025-02-01T01:00:00Z", "2025-02-28T23:00:00Z"] {
      #expect(try world.close(now) == PeriodCloseSummary())
    }
    #expect(try world.invoices("acme") == ["2025-01-01 period open n: 43000 usd"])
    #expect(
      try world.lines("acme") == [
        "base_fee 19900", "usage order 1250 12500", "usage assessment 60 10000", "usage scan 3 600",
      ])
    try world.checkInvoices()
  }

  @Test("--as-of leaves later periods alone, and never hurries one whose grace is not over")
  func asOf() throws {
    let world = try Self.world("acme")
    #expect(try world.close("2025-04-15T00:00:00Z", begunBefore: "2025-02-27").periods == 1)
    #expect(try world.close("2025-04-15T00:00:00Z", begunBefore: "2025-03-01").periods == 1)
    #expect(try world.close("2025-04-01T00:29:00Z", begunBefore: "2025-04-01").periods == 0)
    #expect(try world.close("2025-04-01T00:30:00Z", begunBefore: "2025-04-01").periods == 1)
    try world.checkInvoices()
  }

  @Test("a company without any usage owes its base fee for each period, those included that nothing had made")
  func withoutUsage() throws {
    let world = try Self.world("acme")
    let pass = try world.close("2025-06-01T01:00:00Z")
    #expect(pass.periods == 5 && pass.invoices == 5)
    #expect(try world.lines("acme") == [String](repeating: "base_fee 19900", count: 5))
    try world.checkInvoices()
  }

  @Test("an unregistered company is not closed; registered, all its periods are, from the oldest on")
  func unregistered() throws {
    let world = try World()
    try world.use("new", "order", "10", at: "2025-01-10T08:00:00Z")
    try world.use("new", "order", "20", at: "2025-03-10T08:00:00Z")
    #expect(try world.close("2025-05-02T01:00:00Z") == PeriodCloseSummary())
    try world.register("new", mode: .off, at: "2025-05-03T00:00:00Z")
    #expect(try world.close("2025-05-03T01:00:00Z").periods == 4)
    #expect(
      try world.lines("new") == [
        "base_fee 19900", "usage order 10 100", "base_fee 19900", "base_fee 19900", "usage order 20 200",
        "base_fee 19900",
      ])
    try world.checkInvoices()
  }

  @Test(
    "late usage is a line of the next invoice, up and down, with the quota of its own period; of several periods too")
  func late() throws {
    let world = try Self.world("acme")
    try world.use("acme", "assessment", "45", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "assessment", "50", at: "2025-02-10T08:00:00Z", usage: "feb")
    try world.close("2025-02-01T01:00:00Z")
    try world.use("acme", "assessment", "15", at: "2025-01-11T08:00:00Z", usage: "late")
    // A total that had no row when its period was closed.
    try world.use("acme", "scan", "2", at: "2025-01-31T08:00:00Z", usage: "first")
    try world.close("2025-03-01T01:00:00Z")
    #expect(
      try world.lines("acme", "2025-02-01") == [
        "base_fee 19900", "usage assessment 50 0", "late assessment 15 10000 2025-01-01", "late scan 2 400 2025-01-01",
      ])
    // Two former periods at once; of January's total it is the third line.
    try world.void("acme", "late", at: "2025-01-11T08:00:00Z")
    try world.use("acme", "assessment", "1", at: "2025-02-27T08:00:00Z", usage: "later")
    try world.void("acme", "first", at: "2025-01-31T08:00:00Z")
    try world.close("2025-04-01T01:00:00Z")
    #expect(
      try world.lines("acme", "2025-03-01") == [
        "base_fee 19900", "late assessment -15 -10000 2025-01-01", "late scan -2 -400 2025-01-01",
        "late assessment 1 1000 2025-02-01",
      ])
    try world.close("2025-05-01T01:00:00Z")
    #expect(try world.lines("acme", "2025-04-01") == ["base_fee 19900"])
    try world.checkInvoices()
  }

  @Test("what came and was taken back before anybody looked is on no line; nor is a total that fell to nothing")
  func comeAndGone() throws {
    let world = try Self.world("acme")
    try world.use("acme", "scan", "2", at: "2025-01-10T08:00:00Z", usage: "gone")
    try world.void("acme", "gone", at: "2025-01-10T08:00:00Z")
    try world.close("2025-02-01T01:00:00Z")
    try world.use("acme", "scan", "3", at: "2025-01-11T08:00:00Z", usage: "late")
    try world.void("acme", "late", at: "2025-01-11T08:00:00Z")
    try world.close("2025-03-01T01:00:00Z")
    #expect(try world.lines("acme") == ["base_fee 19900", "base_fee 19900"])
    try world.use("acme", "scan", "4", at: "2025-01-12T08:00:00Z")
    try world.close("2025-04-01T01:00:00Z")
    #expect(try world.lines("acme", "2025-03-01") == ["base_fee 19900", "late scan 4 800 2025-01-01"])
    try world.checkInvoices()
  }

  @Test("totals of every aggregation become lines, and their changes late ones")
  func aggregations() throws {
    let world = try Self.world("acme")
    for (metric, person) in [("call", nil), ("peak", nil), ("level", nil), ("people", 1)] as [(String, UInt8?)] {
      try world.use("acme", metric, "5", at: "2025-01-10T08:00:00Z", person: person)
    }
    try world.close("2025-02-01T01:00:00Z")
    try world.use("acme", "call", "9", at: "2025-01-11T08:00:00Z")
    try world.use("acme", "peak", "4", at: "2025-01-11T08:00:00Z")
    try world.use("acme", "level", "2", at: "2025-01-11T08:00:00Z")
    try world.use("acme", "people", "1", at: "2025-01-11T08:00:00Z", person: 2)
    try world.use("acme", "people", "1", at: "2025-01-12T08:00:00Z", person: 1)
    try world.close("2025-03-01T01:00:00Z")
    #expect(
      try world.lines("acme") == [
        "base_fee 19900", "usage call 1 10", "usage peak 5 500", "usage level 5 500", "usage people 1 100",
        "base_fee 19900", "late call 1 10 2025-01-01", "late level -3 -300 2025-01-01", "late people 1 100 2025-01-01",
      ])
    try world.checkInvoices()
  }

  @Test(
    "50 assessments are free once a period, however often a run is repeated", arguments: ["once", "daily", "hourly"])
  func quota(_ pace: String) throws {
    let world = try World("acme")
    let world2 = world
    try world2.set("acme", at: "2025-01-01T00:00:00Z") { $0.stripeMode = .off }
    for (start, amount) in [("2025-01", "50"), ("2025-02", "51"), ("2025-03", "60"), ("2025-04", "40")] {
      try world.use("acme", "assessment", amount, at: "\(start)-10T08:00:00Z")
    }
    // With another 20 that come when the run was there.
    func run(_ day: CivilDate, _ hours: [Int]) throws {
      for hour in hours { try world.close("\(day)T\(hour < 10 ? "0" : "")\(hour):30:00Z") }
    }
    let first = try day("2025-04-01")
    for offset in 0...31 {
      switch pace {
      case "once": if offset == 30 { try run(first.adding(days: offset), [1]) }
      case "daily": try run(first.adding(days: offset), [1])
      default: try run(first.adding(days: offset), Array(0..<24))
      }
      if offset == 15 { try world.use("acme", "assessment", "20", at: "2025-04-16T08:00:00Z") }
    }
    let lines = try world.lines("acme").filter { !$0.hasPrefix("base_fee") }
    #expect(
      lines == [
        "usage assessment 50 0", "usage assessment 51 1000", "usage assessment 60 10000", "usage assessment 60 10000",
      ])
    try world.checkInvoices()
  }
}
