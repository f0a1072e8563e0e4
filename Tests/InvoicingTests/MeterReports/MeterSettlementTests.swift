import Billing
import Invoicing
import Ledger
import Outbox
import PostgreSQL
import TestSupport
import Testing

@Suite(
  "Metered usage that no meter counts, as its period is closed", .enabled(if: TestDatabase.isAvailable)
)
struct MeterSettlementTests {
  private func world() throws -> World {
    let world = try World()
    try world.register("acme", subscribed: false)
    return world
  }

  private func invoices(_ world: World) throws -> [Int64?] {
    try world.effects("acme").compactMap { record in
      if case .invoiceItem(let item) = record.effect { item.invoice?.value } else { nil }
    }
  }

  @Test(
    "what was reported and never sent, and what nobody was told of, is one line of the invoice; a second time nothing")
  func whole() throws {
    let world = try world()
    try world.use("acme", "assessment", "30", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.use("acme", "assessment", "25", at: "2025-01-12T08:00:00Z")
    try world.report("2025-01-12T09:00:00Z")
    try world.use("acme", "assessment", "5", at: "2025-01-31T23:59:59Z", now: "2025-02-01T00:29:00Z")
    try world.use("acme", "order", "3", at: "2025-02-01T00:10:00Z")
    try world.report("2025-02-01T00:20:00Z", closed: false)
    let summary = try world.settleMeters("acme")
    #expect(summary.items == 1 && summary.converted == 3 && summary.problems == [])
    #expect(try world.items("acme") == ["assessment 60 2025-01-01: 10000 usd usage"])
    #expect(try invoices(world) == [17])
    // February's event still waits for a subscription.
    #expect(try world.events("acme") == ["order 3 2025-02-01T00:20:00Z"])
    #expect(try world.account("acme", "assessment") == "0/60/10000")
    #expect(try world.settleMeters("acme").isIdle)
    let item = try #require(try world.effects("acme").first { $0.effect.kind == .invoiceItem })
    let history = try world.texts("SELECT concat_ws(' ', outcome, converted_into) FROM billing.outbox_history")
    #expect(history == [String](repeating: "c \(item.id)", count: 3))
  }

  @Test("what is on a meter stays there: the line is the rest of the total's price, so that the quota counts once")
  func partlyDelivered() throws {
    let world = try world()
    try world.use("acme", "assessment", "40", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.eye.execute("DELETE FROM billing.outbox_entries; UPDATE billing.outbox_keys SET state = 'i'")
    try world.use("acme", "assessment", "20", at: "2025-01-12T08:00:00Z")
    try world.report("2025-01-12T09:00:00Z")
    try world.settleMeters("acme")
    #expect(try world.items("acme") == ["assessment 20 2025-01-01: 10000 usd late"])
    #expect(try world.account("acme", "assessment") == "40/20/10000")
  }

  @Test("what is on no line of ours yet waits for the invoice that its line is on")
  func lineToCome() throws {
    let world = try world()
    try world.use("acme", "assessment", "60", at: "2025-01-10T08:00:00Z")
    try world.settleMeters("acme")
    try world.use("acme", "assessment", "5", at: "2025-01-11T08:00:00Z", now: "2025-02-01T00:31:00Z")
    #expect(try world.settleMeters("acme", invoice: 18, areCharged: false).isIdle)
    #expect(try world.account("acme", "assessment") == "0/60/10000")
    try world.settleMeters("acme", invoice: 19)
    #expect(try invoices(world) == [17, 19])
    #expect(try world.account("acme", "assessment") == "0/65/15000")
  }

  @Test("events that may have arrived, and those being sent, are left alone")
  func perhapsSent() throws {
    for change in [
      "UPDATE billing.outbox_entries SET first_attempt_at = now()", "UPDATE billing.outbox_entries SET state = 'u'",
      "UPDATE billing.outbox_keys SET lease_until = now() + interval '1 minute', lease_token = 7",
    ] {
      let world = try world()
      try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
      try world.report("2025-01-10T09:00:00Z")
      try world.eye.execute(change)
      #expect(try world.settleMeters("acme").isIdle, "\(change)")
      #expect(try world.account("acme") == "5/0/0")
    }
  }

  @Test("usage that came late to a closed period waits for the next close, and is a line of that one's invoice")
  func late() throws {
    let world = try world()
    try world.use("acme", "order", "10", at: "2025-01-10T08:00:00Z")
    try world.settleMeters("acme")
    try world.close(at: World.closing)
    try world.use("acme", "order", "7", at: "2025-01-11T08:00:00Z", now: "2025-02-03T00:00:00Z")
    let pass = try world.report("2025-02-03T01:00:00Z")
    #expect(pass.isIdle && pass.waiting == 1)
    try world.use("acme", "order", "2", at: "2025-02-11T08:00:00Z")
    try world.settleMeters("acme", start: "2025-02-01", invoice: 18, at: "2025-03-01T00:30:00Z")
    #expect(
      try world.items("acme") == [
        "order 10 2025-01-01: 100 usd usage", "order 7 2025-01-01: 70 usd late", "order 2 2025-02-01: 20 usd usage",
      ])
    #expect(try invoices(world) == [17, 18, 18])
  }

  @Test("of a subscription's period, closing brings what came after the last report; what is on its way stays so")
  func subscribed() throws {
    let world = try World("acme")
    try world.use("acme", "assessment", "45", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.use("acme", "assessment", "10", at: "2025-01-31T23:00:00Z", now: "2025-02-01T00:29:59Z")
    let summary = try world.settleMeters("acme", isSubscribed: true)
    #expect(summary.items == 1 && summary.converted == 0)
    #expect(try world.items("acme") == ["assessment 10 2025-01-01: 5000 usd late"] && invoices(world) == [17])
    #expect(try world.account("acme", "assessment") == "45/10/5000")
    #expect(try world.events("acme").count == 1)
    // The next close, after that event's time: it is an item, too.
    try world.close(at: World.closing)
    let next = try world.settleMeters(
      "acme", start: "2025-02-01", invoice: 18, at: "2025-03-01T00:30:00Z", isSubscribed: true)
    #expect(next.items == 0 && next.converted == 1)
    #expect(try world.events("acme").isEmpty)
    #expect(try world.account("acme", "assessment") == "0/55/5000")
  }

  @Test("what a subscription's meter was not told in time is on the draft that the close adopts, late usage too")
  func attached() throws {
    let world = try World("acme")
    try world.use("acme", "order", "10", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.settle("kind = 'meter_event'")
    try world.use("acme", "order", "5", at: "2025-01-31T23:00:00Z", now: "2025-02-01T00:29:59Z")
    // A report that comes before the close leaves it alone.
    #expect(try world.report(World.closing, closed: false).isIdle)
    try world.close(World.closing)
    try world.use("acme", "order", "7", at: "2025-01-11T08:00:00Z", now: "2025-02-03T00:00:00Z")
    #expect(try world.report("2025-02-03T01:00:00Z").isIdle)
    try world.close("2025-03-01T00:30:00Z")
    #expect(try world.lines("acme", "2025-01-01") == ["base_fee 19900", "usage order 15 150"])
    #expect(try world.lines("acme", "2025-02-01") == ["base_fee 19900", "late order 7 70 2025-01-01"])
    #expect(
      try world.items("acme") == ["order 5 2025-01-01: 50 usd late", "order 7 2025-01-01: 70 usd late"])
    #expect(try invoices(world) == [1, 2])
    let kinds = try world.effects("acme").map(\.effect.kind)
    #expect(kinds == [.adoptInvoice, .invoiceItem, .adoptInvoice, .invoiceItem])
    #expect(try world.verify() == [])
  }

  @Test("when a company has left, its subscription bills nothing more: what comes is on an invoice of our making")
  func left() throws {
    let world = try World("acme")
    try world.use("acme", "order", "10", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.settle("kind = 'meter_event'")
    try world.set("acme", at: "2025-01-20T00:00:00Z") { $0.left = .day(try day("2025-02-01")) }
    try world.close(World.closing)
    try world.use("acme", "order", "7", at: "2025-01-11T08:00:00Z", now: "2025-02-03T00:00:00Z")
    try world.use("acme", "order", "3", at: "2025-02-03T08:00:00Z")
    #expect(try world.report("2025-02-03T09:00:00Z").isIdle)
    try world.close("2025-03-01T00:30:00Z")
    #expect(try world.lines("acme", "2025-02-01") == ["usage order 3 30", "late order 7 70 2025-01-01"])
    let kinds = try world.effects("acme").map(\.effect.kind)
    #expect(kinds == [.adoptInvoice, .invoiceItem, .invoice, .invoiceItem, .invoiceItem, .finalizeInvoice])
    #expect(try world.verify() == [])
  }

  @Test("while an ended period waits to be closed, and for a company without a subscription, reports convert nothing")
  func waiting() throws {
    let world = try world()
    try world.register("labs")
    for company in ["acme", "labs"] {
      try world.use(company, "order", "5", at: "2025-01-10T08:00:00Z", now: "2025-02-01T00:29:30Z")
      try world.use(company, "call", "5", at: "2025-01-10T08:00:00Z", now: "2025-01-10T08:00:00Z")
    }
    try world.report("2025-01-11T00:00:00Z")
    try world.eye.execute("DELETE FROM billing.outbox_entries WHERE ordering_key = 'meter:order'")
    // Their time is over.
    try world.eye.execute("UPDATE billing.outbox_entries SET send_before = '2025-02-01'")
    for closed in [false, true] {
      let pass = try world.report("2025-02-01T02:00:00Z", closed: closed)
      #expect(pass.items == (closed ? 1 : 0) && pass.converted == (closed ? 1 : 0), "closed: \(closed)")
      #expect(try world.items("acme") == [])
      #expect(try world.items("labs") == (closed ? ["call 1 2025-01-01: 10 usd converted"] : []))
    }
  }

  @Test("without an invoice's number the line is the customer's next invoice's")
  func withoutInvoice() throws {
    let world = try world()
    try world.use("acme", "order", "10", at: "2025-01-10T08:00:00Z")
    try world.settleMeters("acme", invoice: nil)
    #expect(try world.items("acme") == ["order 10 2025-01-01: 100 usd usage"] && invoices(world) == [])
  }

  @Test("reports that run beside it tell nothing twice, and leave nothing untold")
  func races() throws {
    let world = try World()
    let companies = (0..<6).map { "c\($0)" }
    for company in companies {
      try world.register(company, subscribed: false)
      try world.use(company, "order", "10", at: "2025-01-10T08:00:00Z")
      try world.use(company, "call", "1", at: "2025-01-10T08:00:00Z")
    }
    let reporter = MeterRaceTests.Replica(world.database, rounds: 25)
    try withThread(reporter.run) {
      for company in companies {
        try world.use(company, "order", "5", at: "2025-01-12T08:00:00Z")
        try world.settleMeters(company)
      }
    }
    reporter.check()
    let told = try world.texts(
      """
      SELECT concat_ws(' ', r.metric, trim_scale(u.quantity - r.reported - r.itemized), count(*)) FROM billing.meter_reports r
      JOIN billing.usage_periods u USING (company_id, metric, period_start) GROUP BY r.metric, u.quantity, r.reported, r.itemized
      ORDER BY 1
      """)
    #expect(told.allSatisfy { $0.split(separator: " ")[1] == "0" }, "\(told)")
    // Every unit on the meter's side has its event, and every one on the items' side its item.
    let wrong = try world.number(
      """
      SELECT count(*) FROM billing.meter_reports r
      LEFT JOIN (
        SELECT company_id, effect::json ->> 'metric' AS metric,
          coalesce(sum((effect::json ->> 'value')::numeric) FILTER (WHERE kind = 'meter_event'), 0) AS events,
          coalesce(sum((effect::json ->> 'quantity')::numeric) FILTER (WHERE kind = 'invoice_item'), 0) AS items
        FROM billing.outbox_entries GROUP BY 1, 2) e USING (company_id, metric)
      WHERE r.reported <> coalesce(e.events, 0) OR r.itemized <> coalesce(e.items, 0)
      """)
    #expect(wrong == 0)
  }
}
