import Billing
import JSON
import Outbox
import PostgreSQL
import TestSupport
import Testing

@testable import usage_billing

@Suite("Reconciliation of invoices", .enabled(if: TestDatabase.isAvailable && TestWorker.binary != nil))
struct ReconcileInvoicesTests {
  private let world: StripeWorld
  private let invoice: String
  private let attached: EntryID
  private let pending: EntryID

  /// An invoice of ours that is final at Stripe, with one line, and an item that waits for the next one.
  init() throws {
    world = try StripeWorld(meters: "order")
    let customer = try world.add("acme")
    let made = try world.post(
      "/v1/invoices", "customer=\(customer)&currency=usd&auto_advance=false&pending_invoice_items_behavior=exclude")
    invoice = try #require(made.texts("id")[0])
    _ = try world.connection.update(
      """
      INSERT INTO billing.outbox_references (company_id, kind, own_id, reference) VALUES ('acme', 'invoice', 7, \(invoice))
      """)
    attached = try world.item("acme", "radiology_standard", cents: 500, invoice: 7)
    pending = try world.item("acme", "radiology_standard", cents: 30)
    try world.deliver()
    try world.post("/v1/invoices/\(invoice)/finalize", "")
    _ = try world.connection.update(
      """
      INSERT INTO billing.invoices (company_id, invoice_no, type, state, route, period_start, period_end, currency, total,
        finalize_entry)
      VALUES ('acme', 7, 'one_off', 'open', 'c', \(world.period.start), \(world.period.end), 'usd', 500, gen_random_uuid())
      """)
    _ = try world.connection.update(
      """
      INSERT INTO billing.invoice_lines (company_id, invoice_no, kind, period_start, period_end, charge_number, amount,
        route, entry_id)
      VALUES ('acme', 7, 'charge', \(world.period.start), \(world.period.end), 1, 500, 'i', \(attached))
      """)
  }

  private func findings() throws -> [[String?]] {
    try world.reconcile().differences.map { $0.texts("finding", "invoice", "amount", "amountAtStripe") }
  }

  @Test("where both sides agree it is silent, and counts the invoice")
  func silent() throws {
    let (status, document, differences) = try world.reconcile()
    #expect(status == .success && differences.isEmpty)
    #expect(document.texts("invoices") == ["1"])
  }

  @Test("another total at Stripe is shown with both")
  func total() throws {
    try world.connection.execute("UPDATE billing.invoices SET total = 501")
    #expect(try findings() == [["invoice_total", "7", "5.01", "5.00"]])
    #expect(world.run("reconcile").output.contains("invoice 7"))
    #expect(world.run("reconcile").status == .failure)
  }

  @Test("an invoice that Stripe does not have is missing; one that it was not told of yet is not")
  func missing() throws {
    try world.connection.execute("UPDATE billing.outbox_references SET reference = 'in_nobody'")
    #expect(try findings() == [["invoice_missing", "7", "5.00", nil]])
    try world.connection.execute("DELETE FROM billing.outbox_references")
    #expect(try findings() == [])
  }

  @Test("a line that stands on no invoice, or on another, is named")
  func elsewhere() throws {
    _ = try world.connection.update("UPDATE billing.invoice_lines SET entry_id = \(pending)")
    let found = try world.reconcile().differences.map { $0.texts("finding", "entryId") }
    // The total of what stands there has a line too much as well.
    #expect(found == [["line_elsewhere", pending.description], ["invoice_total", nil]])
  }

  @Test("a draft is not compared: its lines still come")
  func draft() throws {
    let customer = try world.add("labs")
    let made = try world.post(
      "/v1/invoices", "customer=\(customer)&currency=usd&auto_advance=false&pending_invoice_items_behavior=exclude")
    let id = try #require(made.texts("id")[0])
    _ = try world.connection.update(
      "INSERT INTO billing.outbox_references (company_id, kind, own_id, reference) VALUES ('labs', 'invoice', 8, \(id))"
    )
    _ = try world.connection.update(
      """
      INSERT INTO billing.invoices (company_id, invoice_no, type, state, route, period_start, period_end, currency, total,
        finalize_entry)
      VALUES ('labs', 8, 'one_off', 'draft', 'c', \(world.period.start), \(world.period.end), 'usd', 500, gen_random_uuid())
      """)
    #expect(try findings() == [])
  }
}
