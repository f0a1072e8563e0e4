import Billing
import Invoicing
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("Orders billed ahead of their period's end", .enabled(if: TestDatabase.isAvailable))
struct OrdersAheadTests {
  private static func world(_ mode: StripeMode = .off) throws -> World {
    let world = try World()
    try world.apply(
      World.catalog.replacing(
        "\"metrics\": [",
        with: """
          "metrics": [
          {"name": "radiology_standard", "unit": "order", "source": "internal", "aggregation": "sum"},
          {"name": "radiology_advanced", "unit": "order", "source": "internal", "aggregation": "sum"},
          """
      ).replacing(
        "\"rates\": [",
        with: """
          "rates": [
          {"metric": "radiology_standard", "model": "per_unit", "unitPrice": "2.00", "unitSize": 1, "included": 3,
           "billing": "invoice_item"},
          {"metric": "radiology_advanced", "model": "per_unit", "unitPrice": "7.00", "unitSize": 1, "included": 0,
           "billing": "invoice_item"},
          """))
    try world.register("clinic", mode: mode)
    return world
  }

  private static func bill(_ world: World, _ from: String, _ to: String, now: String) throws -> OrdersAhead.Summary {
    try OrdersAhead(.forLedger(world.database.configuration)).bill(
      company("clinic"), days: #require(BillingPeriod(start: day(from), end: day(to))), now: instant(now))
  }

  private static func order(_ world: World, _ id: String, _ kind: String = "standard", on date: String) throws {
    try world.use("clinic", "radiology_\(kind)", at: "\(date)T08:00:00Z", usage: id)
  }

  @Test("each is billed once, the rest at the period's close, with one quota; what is taken back later comes off")
  func once() throws {
    let world = try Self.world()
    for number in 1...9 { try Self.order(world, "o\(number)", on: "2025-01-0\(number)") }
    try Self.order(world, "a1", "advanced", on: "2025-01-05")
    try Self.order(world, "gone", on: "2025-01-05")
    try world.void("clinic", "gone", at: "2025-01-05T08:00:00Z")
    let first = try Self.bill(world, "2025-01-03", "2025-01-08", now: "2025-01-20T00:00:00Z")
    #expect(first.orders == Quantity(6) && first.total?.description == "11.00")
    for _ in 0..<2 {
      #expect(
        try Self.bill(world, "2025-01-03", "2025-01-08", now: "2025-01-20T00:00:00Z").invoice == nil)
    }
    try world.checkInvoices()
    try Self.order(world, "late", on: "2025-01-04")
    try world.void("clinic", "o4", at: "2025-01-04T08:00:00Z")
    let second = try Self.bill(world, "2025-01-03", "2025-01-10", now: "2025-01-21T00:00:00Z")
    #expect(second.orders == Quantity(3) && second.total?.description == "6.00")
    try world.checkInvoices()
    try world.close("2025-02-01T01:00:00Z")
    #expect(
      try world.lines("clinic") == [
        "usage radiology_standard 5 400", "usage radiology_advanced 1 700", "usage radiology_standard 3 600",
        "base_fee 19900", "usage radiology_standard 1 200",
      ])
    #expect(
      try world.invoices("clinic") == [
        "2025-01-03 orders open n: 1100 usd", "2025-01-03 orders open n: 600 usd",
        "2025-01-01 period open n: 20100 usd",
      ])
    try world.checkInvoices()
    // Closed, there is nothing to bill ahead.
    try Self.order(world, "later", on: "2025-01-04")
    #expect(try Self.bill(world, "2025-01-01", "2025-02-01", now: "2025-02-02T00:00:00Z").invoice == nil)
    try world.close("2025-03-01T01:00:00Z")
    #expect(try world.lines("clinic", "2025-02-01") == ["base_fee 19900", "late radiology_standard 1 200 2025-01-01"])
    try world.checkInvoices()
  }

  @Test("a range over two open periods has a line of each, by their own quotas, told to Stripe as one invoice")
  func twoPeriods() throws {
    let world = try Self.world(.live)
    for number in 1...5 {
      try Self.order(world, "j\(number)", on: "2025-01-2\(number)")
      try Self.order(world, "f\(number)", on: "2025-02-0\(number)")
    }
    let billed = try Self.bill(world, "2025-01-01", "2025-03-01", now: "2025-02-10T00:00:00Z")
    #expect(billed.orders == Quantity(10) && billed.total?.description == "8.00")
    #expect(
      try world.effects("clinic").map(\.effect.kind.rawValue) == [
        "invoice", "invoice_item", "invoice_item", "finalize_invoice",
      ])
    try world.checkInvoices()
  }

  @Test("an unregistered company is refused, and nothing has changed")
  func unregistered() throws {
    let world = try World()
    try world.use("clinic", "scan", at: "2025-01-05T08:00:00Z")
    #expect(throws: OrdersAhead.Refusal.self) {
      try Self.bill(world, "2025-01-01", "2025-02-01", now: "2025-01-20T00:00:00Z")
    }
    #expect(try world.number("SELECT count(*) FROM billing.invoices") == 0)
  }
}
