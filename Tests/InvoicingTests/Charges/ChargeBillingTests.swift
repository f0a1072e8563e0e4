import Billing
import Faults
import Invoicing
import Ledger
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("Charges that do not wait for their period's end", .enabled(if: TestDatabase.isAvailable))
struct ChargeBillingTests {
  private static let kinds =
    #"["credit", {"kind": "setup_fee", "billed": "at_once"}, {"kind": "visit", "billed": "at_once"}, "adjustment"]"#

  private static func world() throws -> World {
    let world = try World()
    try world.apply(World.catalog.replacing(#""chargeKinds": ["credit"]"#, with: #""chargeKinds": \#(kinds)"#))
    return world
  }

  @discardableResult
  private static func bill(
    _ database: TestDatabase, _ now: String, failpoints: String = ""
  ) throws -> ChargeBilling.Summary {
    try ChargeBilling(.forLedger(database.configuration), failpoints: Failpoints(parsing: failpoints))
      .run(now: instant(now))
  }

  @Test("setup fees alone make an invoice of that type, with others a one-off one; both once, however often it runs")
  func types() throws {
    let world = try Self.world()
    for id in ["fee", "mixed", "visited", "later"] { try world.register(id, mode: .off) }
    for id in ["fee", "mixed"] { try world.charge(id, "setup_fee", cents: 5000, at: "2025-01-03T08:00:00Z") }
    try world.charge("fee", "setup_fee", cents: 700, at: "2025-01-02T08:00:00Z")
    for id in ["mixed", "visited"] { try world.charge(id, "visit", cents: 300, at: "2025-01-04T08:00:00Z") }
    try world.charge("later", "adjustment", cents: 100, at: "2025-01-04T08:00:00Z")
    let pass = try Self.bill(world.database, "2025-01-10T00:00:00Z")
    #expect(pass.invoices == 3 && pass.charges == 5 && pass.tooLarge == [])
    #expect(pass.amounts.all.map(\.description) == ["113.00"])
    for now in ["2025-01-10T00:00:00Z", "2025-01-10T00:01:00Z", "2025-02-03T00:00:00Z"] {
      #expect(try Self.bill(world.database, now) == ChargeBilling.Summary())
    }
    #expect(try world.invoices("fee") == ["2025-01-01 setup_fee open n: 5700 usd"])
    #expect(try world.lines("fee") == ["charge setup_fee 700", "charge setup_fee 5000"])
    #expect(try world.invoices("mixed") == ["2025-01-01 one_off open n: 5300 usd"])
    #expect(try world.invoices("visited") == ["2025-01-01 one_off open n: 300 usd"])
    // The close has what was left to it, and nothing else again.
    try world.close("2025-02-01T01:00:00Z")
    #expect(try world.lines("fee") == ["charge setup_fee 700", "charge setup_fee 5000", "base_fee 19900"])
    #expect(try world.lines("later") == ["base_fee 19900", "charge adjustment 100"])
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("a close that comes first leaves them alone; each pass bills what came since")
  func afterClose() throws {
    let world = try Self.world()
    try world.register("acme", mode: .off)
    try world.charge("acme", "visit", cents: 300, at: "2025-01-04T08:00:00Z")
    try world.close("2025-02-01T01:00:00Z")
    #expect(try world.lines("acme") == ["base_fee 19900"])
    try Self.bill(world.database, "2025-02-01T01:01:00Z")
    try world.charge("acme", "visit", cents: 400, at: "2025-01-05T08:00:00Z")
    try Self.bill(world.database, "2025-02-01T01:02:00Z")
    #expect(
      try world.invoices("acme") == [
        "2025-01-01 period open n: 19900 usd", "2025-02-01 one_off open n: 300 usd",
        "2025-02-01 one_off open n: 400 usd",
      ])
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("told to Stripe, it is an invoice that we create, for a subscribed company too: made, its item, made final")
  func told() throws {
    let world = try Self.world()
    try world.register("subscribed")
    try world.register("alone", subscribed: false)
    for id in ["subscribed", "alone"] {
      try world.charge(id, "setup_fee", cents: 5000, at: "2025-01-03T08:00:00Z")
      try world.charge(id, "visit", cents: 0, at: "2025-01-03T09:00:00Z")
    }
    try Self.bill(world.database, "2025-01-03T10:00:00Z")
    for id in ["subscribed", "alone"] {
      #expect(try world.invoices(id) == ["2025-01-01 one_off draft c: 5000 usd"])
      #expect(try world.effects(id).map(\.effect.kind.rawValue) == ["invoice", "invoice_item", "finalize_invoice"])
      let amounts = try world.effects(id).compactMap { record -> Int64? in
        if case .invoiceItem(let item) = record.effect { return item.minorUnits }
        return nil
      }
      #expect(amounts == [5000])
    }
    #expect(try world.verify() == [])
  }

  @Test("a period from before the company's time at Stripe is told nothing; nor is what comes to nothing")
  func untold() throws {
    let world = try Self.world()
    try world.register("quiet", mode: .off)
    try world.register("free", subscribed: false)
    try world.charge("quiet", "setup_fee", cents: 5000, at: "2025-01-03T08:00:00Z")
    try world.charge("free", "setup_fee", cents: 0, at: "2025-01-03T08:00:00Z")
    try Self.bill(world.database, "2025-01-03T10:00:00Z")
    #expect(try world.invoices("quiet") == ["2025-01-01 setup_fee open n: 5000 usd"])
    #expect(try world.invoices("free") == ["2025-01-01 setup_fee open n: 0 usd"])
    #expect(try world.effects("quiet").isEmpty && world.effects("free").isEmpty)
    #expect(try world.verify() == [])
  }

  @Test("a credit is a negative line, on the period's invoice or, billed at once, on one of its own")
  func credits() throws {
    let world = try World()
    let kinds = #"[{"kind": "credit", "billed": "at_once"}, {"kind": "setup_fee", "billed": "at_once"}]"#
    try world.apply(World.catalog.replacing(#""chargeKinds": ["credit"]"#, with: #""chargeKinds": \#(kinds)"#))
    try world.register("acme", subscribed: false)
    try world.charge("acme", "credit", cents: -1250, at: "2025-01-03T08:00:00Z")
    try Self.bill(world.database, "2025-01-03T10:00:00Z")
    #expect(try world.invoices("acme") == ["2025-01-01 one_off draft c: -1250 usd"])
    try world.charge("acme", "setup_fee", cents: 1250, at: "2025-01-04T08:00:00Z")
    try world.charge("acme", "credit", cents: -1250, at: "2025-01-04T08:00:00Z")
    try Self.bill(world.database, "2025-01-04T10:00:00Z")
    #expect(try world.invoices("acme").last == "2025-01-01 one_off draft c: 0 usd")
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("an unregistered company's charges wait until it is registered")
  func unregistered() throws {
    let world = try Self.world()
    try world.use("new", "order", "1", at: "2025-01-02T08:00:00Z")
    try world.charge("new", "setup_fee", cents: 5000, at: "2025-01-03T08:00:00Z")
    #expect(try Self.bill(world.database, "2025-01-10T00:00:00Z") == ChargeBilling.Summary())
    try world.register("new", mode: .off, at: "2025-01-11T00:00:00Z")
    #expect(try Self.bill(world.database, "2025-01-11T00:01:00Z").charges == 1)
    try world.checkInvoices()
  }

  @Test("the greatest amounts that charges can have are added up, neither cut off nor in anybody's way")
  func greatest() throws {
    let world = try Self.world()
    for id in ["a", "b", "c"] { try world.register(id, subscribed: false) }
    try world.charge("a", "visit", cents: 100, at: "2025-01-03T08:00:00Z")
    for _ in 0..<2 { try world.charge("b", "visit", cents: .max, at: "2025-01-03T08:00:00Z") }
    try world.charge("c", "visit", cents: 100, at: "2025-01-03T08:00:00Z")
    let pass = try Self.bill(world.database, "2025-01-10T00:00:00Z")
    #expect(pass.invoices == 3 && pass.tooLarge == [])
    #expect(try world.invoices("b") == ["2025-01-01 one_off draft c: 18446744073709551614 usd"])
    try world.checkInvoices()
  }

  @Test("replicas and closes at once bill each charge once")
  func replicas() throws {
    let world = try Self.world()
    for number in 0..<40 {
      try world.register("c\(number)", mode: .off)
      for cents in 1...3 {
        try world.charge(
          "c\(number)", cents == 3 ? "adjustment" : "visit", cents: Int64(cents), at: "2025-01-03T08:00:00Z")
      }
    }
    let database = world.database
    let now = try instant("2025-02-01T01:00:00Z")
    let charges = Atomic<Int>(0)
    try inParallel(4) { thread in
      if thread == 3 {
        _ = try PeriodClose(.forLedger(database.configuration), grace: World.grace).run(now: now)
      } else {
        charges.add(
          try Self.bill(database, "2025-02-01T01:00:00Z").charges, ordering: .sequentiallyConsistent)
      }
    }
    #expect(charges.load(ordering: .sequentiallyConsistent) == 80)
    #expect(try world.number("SELECT count(*) FROM billing.invoices WHERE type = 'one_off'") == 40)
    #expect(try world.number("SELECT count(*) FROM billing.invoice_lines WHERE kind = 'charge'") == 120)
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("a connection cut inside COMMIT leaves all or nothing, and the next pass finds which")
  func cut() throws {
    let world = try Self.world()
    try world.register("acme", mode: .off)
    try world.charge("acme", "visit", cents: 300, at: "2025-01-04T08:00:00Z")
    #expect(throws: InvoicingError.self) {
      try Self.bill(world.database, "2025-01-10T00:00:00Z", failpoints: "period_close.inside_commit=cut")
    }
    try Self.bill(world.database, "2025-01-10T00:00:00Z")
    #expect(try world.lines("acme") == ["charge visit 300"])
    try world.checkInvoices()
  }
}
