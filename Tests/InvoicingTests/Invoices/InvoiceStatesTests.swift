import Billing
import Invoicing
import Outbox
import PostgreSQL
import TestSupport
import Testing

@Suite("States of invoices", .enabled(if: TestDatabase.isAvailable))
struct InvoiceStatesTests {
  private let world: World

  init() throws { world = try World("acme") }

  /// A draft for January.
  private func draft(_ number: Int, _ route: String, finalizedBy entry: EntryID? = nil) throws {
    _ = try world.eye.update(
      """
      INSERT INTO billing.invoices (company_id, invoice_no, type, state, route, period_start, period_end, currency, total,
        created_at, finalize_entry)
      VALUES ('acme', \(number), 'one_off', 'draft', \(route)::"char", '2025-01-01', '2025-02-01', 'usd', 100,
        now() - interval '1 minute', \(entry))
      """)
  }

  private func write(_ effect: Effect) throws -> EntryID {
    var random = SystemRandomNumberGenerator()
    let id = EntryID(now: try instant("2025-02-01T00:30:00Z"), using: &random)
    try world.eye.begin()
    try OutboxWriter(world.eye).write([NewEntry(id: id, company: company("acme"), effect: effect)])
    try world.eye.commit()
    return id
  }

  /// As the outbox worker settles the first of what waits.
  private func settle(_ outcome: Outcome) throws {
    var claims = try OutboxClaims(.forLedger(world.database.configuration), lease: .seconds(60))
    for claim in try claims.claim(.others, keys: 1, entriesPerMeter: 1) {
      _ = try claims.settle(claim.entries.map { Settlement(claim, $0, outcome) })
    }
  }

  private func pass(_ now: String) throws -> Int {
    try InvoiceStates(world.eye, grace: World.grace).run(now: instant(now))
  }

  private func states() throws -> [String] {
    try world.texts("SELECT state FROM billing.invoices ORDER BY invoice_no")
  }

  @Test("ours is open when Stripe has taken its finalization, and a draft as long as it has not")
  func finalized() throws {
    let number = try #require(InvoiceNumber(1))
    let period = try #require(BillingPeriod(start: day("2025-01-01"), end: day("2025-02-01")))
    _ = try write(.invoice(InvoiceCreation(number: number, period: period, currency: #require(Currency("usd")))))
    try draft(1, "c", finalizedBy: write(.finalizeInvoice(InvoiceFinalization(number: number))))
    #expect(try pass("2026-02-01T00:00:00Z") == 0)
    try settle(.delivered(reference: RemoteID("in_1")))
    #expect(try pass("2026-02-01T00:00:00Z") == 0)
    try settle(.retryLater(after: .zero, problem: Problem("test")))
    #expect(try pass("2026-02-01T00:00:00Z") == 0 && states() == ["draft"])
    try settle(.deliveredBefore(reference: RemoteID("in_1")))
    #expect(try pass("2025-02-01T00:40:00Z") == 1 && states() == ["open"])
    #expect(try pass("2025-02-01T00:40:00Z") == 0)
    let times = try world.number(
      "SELECT count(*) FROM billing.invoices i JOIN billing.outbox_history h ON h.settled_at = i.finalized_at")
    #expect(times == 1)
  }

  @Test("a finalization that a person discarded leaves a draft")
  func discarded() throws {
    let entry = try write(.finalizeInvoice(InvoiceFinalization(number: #require(InvoiceNumber(1)))))
    try draft(1, "c", finalizedBy: entry)
    _ = try OutboxAdministration(world.eye).discard(entry, reason: "by hand", by: "tests")
    #expect(try pass("2026-02-01T00:00:00Z") == 0 && states() == ["draft"])
  }

  @Test("a subscription's is open an hour and the grace after the period's end, unless its draft is looked for still")
  func ofSubscription() throws {
    let period = try #require(BillingPeriod(start: day("2025-01-01"), end: day("2025-02-01")))
    try draft(11, "s")
    try draft(1, "s")
    _ = try write(.adoptInvoice(InvoiceAdoption(number: #require(InvoiceNumber(1)), period: period)))
    #expect(try pass("2025-02-01T01:29:59Z") == 0)
    #expect(try pass("2025-02-01T01:30:00Z") == 1 && states() == ["draft", "open"])
    try settle(.deliveredBefore(reference: nil))
    #expect(try pass("2025-02-01T01:31:00Z") == 1 && states() == ["open", "open"])
  }

  @Test("nothing that Stripe is not told of is open")
  func notLive() throws {
    try world.set("acme", at: "2025-01-15T00:00:00Z") { $0.stripeMode = .shadow }
    try draft(1, "s")
    #expect(try pass("2026-02-01T00:00:00Z") == 0 && states() == ["draft"])
  }

  @Test("any number of them in one pass")
  func many() throws {
    try world.eye.execute(
      """
      INSERT INTO billing.invoices (company_id, invoice_no, type, state, route, period_start, period_end, currency, total)
      SELECT 'acme', n, 'one_off', 'draft', 's', '2025-01-01', '2025-02-01', 'usd', 100 FROM generate_series(1, 2500) n
      """)
    #expect(try pass("2025-03-01T00:00:00Z") == 2500)
  }
}
