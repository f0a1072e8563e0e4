import Billing
import Invoicing
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("A period that cannot be closed yet", .enabled(if: TestDatabase.isAvailable))
struct HeldBackTests {
  @Test("waits until the patients of its start are charged, and is told as waiting; others do not wait with it")
  func renewal() throws {
    let world = try World()
    try world.apply(World.withPatients)
    for id in ["clinic", "other"] { try world.register(id, mode: .off) }
    try world.patient("clinic", 1, .activated, at: "2025-01-10T08:00:00Z")
    try world.renew("2025-01-11T00:00:00Z")
    let january = try world.close("2025-02-01T00:30:00Z")
    #expect(january.periods == 2 && january.waiting == 0)
    // February begins with a patient that nobody has charged for it yet.
    let february = try world.close("2025-03-01T00:30:00Z")
    #expect(february.periods == 1 && february.waiting == 1 && february.problems == [])
    #expect(try world.close("2025-04-01T00:30:00Z").waiting == 2)
    #expect(try world.invoices("clinic").count == 1 && world.invoices("other").count == 3)
    try world.renew("2025-04-01T00:30:00Z")
    let late = try world.close("2025-04-01T00:31:00Z")
    #expect(late.periods == 2 && late.waiting == 0)
    #expect(
      try world.lines("clinic") == [
        "base_fee 19900", "usage patient_activation 1 200", "base_fee 19900", "usage patient_activation 1 200",
        "base_fee 19900", "usage patient_activation 1 200",
      ])
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("an amount that cannot be sent keeps its company's period open, and nobody else's of the same transaction")
  func tooLarge() throws {
    let world = try World()
    for id in ["a", "b", "c"] {
      try world.register(id, subscribed: false)
      try world.use(id, "scan", "3", at: "2025-01-10T08:00:00Z")
    }
    for number in 1...9 {
      try world.use("b", "scan", "99999999999999\(number)", at: "2025-01-10T08:00:00Z", usage: "huge-\(number)")
    }
    try world.set("b", at: "2025-01-01T00:00:00Z") {
      var rate = CompanyChanges.Rate(metric: try metricName("scan"))
      rate.unitPrice = .value(try #require(Price("1000")))
      $0.rates = [rate]
    }
    let pass = try world.close("2025-02-01T01:00:00Z")
    #expect(pass.periods == 2 && pass.invoices == 2)
    #expect(pass.problems.map { "\($0.company) \($0.periodStart) \($0.reason.rawValue)" } == ["b 2025-01-01 too_large"])
    #expect(try world.invoices("b").isEmpty && world.effects("b").isEmpty)
    // Its next period waits behind it; what is taken back makes both possible.
    let later = try world.close("2025-03-01T01:00:00Z")
    #expect(later.periods == 2 && later.problems.count == 1)
    for number in 1...9 { try world.void("b", "huge-\(number)", at: "2025-01-10T08:00:00Z") }
    let mended = try world.close("2025-03-01T01:00:00Z")
    #expect(mended.periods == 2 && mended.problems == [])
    #expect(try world.lines("b") == ["base_fee 19900", "usage scan 3 300000", "base_fee 19900"])
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("a charge in another currency than the period's waits, and is told each time")
  func otherCurrency() throws {
    let world = try World()
    try world.register("acme", subscribed: false)
    try world.charge("acme", "credit", cents: -100, currency: "eur", at: "2025-01-04T08:00:00Z")
    for (now, month) in [("2025-02-01T01:00:00Z", "2025-01-01"), ("2025-03-01T01:00:00Z", "2025-02-01")] {
      let pass = try world.close(now)
      #expect(
        pass.problems.map { "\($0.company) \($0.periodStart) \($0.reason.rawValue)" }
          == ["acme \(month) other_currency"])
    }
    #expect(try world.lines("acme") == ["base_fee 19900", "base_fee 19900"])
    #expect(try world.verify() == [])
  }
}
