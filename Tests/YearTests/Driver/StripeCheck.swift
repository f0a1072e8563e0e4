import JSON
import PostgreSQL
import StripeSimulator
import TestSupport
import YearReference

/// Holds what Stripe has against what it was to be told.
struct StripeCheck {
  private(set) var problems: [String] = []
  private(set) var effects = 0
  /// Invoices that we made there.
  private(set) var invoices = 0
  /// Customers with a subscription.
  private(set) var subscribed = 0
  /// Drafts of subscriptions that are ours line for line.
  private(set) var drafts = 0

  init(_ simulator: Simulator, _ eye: Connection) throws {
    try compareEffects(simulator, eye)
    try compareWaiting(eye)
    try compareCreatedInvoices(simulator, eye)
    let lines = try StripeLines(simulator, eye)
    let drafts = try StripeInvoices(simulator, eye)
    problems += lines.differences + drafts.differences
    (subscribed, self.drafts) = (lines.subscribed, drafts.compared)
    if simulator.effects.violations > 0 { problems.append("two calls at a time for a customer and meter") }
  }

  /// Each entry that was delivered has one effect, and nothing else has any.
  private mutating func compareEffects(_ simulator: Simulator, _ eye: Connection) throws {
    var counts: [String: Int] = [:]
    for event in simulator.effects.meterEvents {
      counts[event.identifier, default: 0] += 1
      if let error = event.error { problems.append("meter event \(event.identifier) does not count: \(error)") }
    }
    let metadata = simulator.effects.invoiceItems.map(\.metadata) + simulator.effects.invoices.map(\.metadata)
    for metadata in metadata {
      if let id = metadata["entry_id"] { counts[id, default: 0] += 1 }
    }
    let rows = try eye.query(
      """
      SELECT entry_id::text, kind FROM billing.outbox_history
      WHERE outcome IN ('d', 'b') AND kind IN ('meter_event', 'invoice_item', 'invoice')
      """)
    effects = counts.count
    for row in rows {
      let id: String = try row.decode(at: 0)
      let count = counts.removeValue(forKey: id) ?? 0
      if count != 1 { problems.append("\(try row.decode(String.self, at: 1)) \(id) has \(count) effects") }
    }
    for id in counts.keys { problems.append("Stripe has \(id), which is not delivered") }
  }

  /// Nothing is left over but what waits for a mode or a subscription.
  private mutating func compareWaiting(_ eye: Connection) throws {
    let rows = try eye.query(
      """
      SELECT concat_ws(' ', e.company_id, e.kind, e.state, k.state, k.hold, e.problem) FROM billing.outbox_entries e
      JOIN billing.outbox_keys k USING (company_id, ordering_key)
      WHERE e.state <> 'q' OR k.state <> 'h' OR k.hold NOT IN ('shadow', 'no_subscription')
      ORDER BY 1
      """)
    for row in rows { problems.append("waits: \(try row.decode(String.self, at: 0))") }
  }

  /// An invoice that we create at Stripe comes to what ours does.
  private mutating func compareCreatedInvoices(_ simulator: Simulator, _ eye: Connection) throws {
    var totals: [String: (Int, String)] = [:]
    for invoice in simulator.effects.invoices {
      if let number = invoice.metadata["invoice_number"] { totals[number] = (invoice.total, invoice.status) }
    }
    let rows = try eye.query(
      """
      SELECT i.invoice_no::text, trim_scale(i.total)::text, concat_ws(' ', i.company_id, i.type, i.period_start),
        i.route::text
      FROM billing.invoices i JOIN billing.companies c USING (company_id)
      WHERE c.stripe_mode = 'live' AND i.route = 'c'
      """)
    invoices = rows.count
    for row in rows {
      let (number, total): (String, String) = (try row.decode(at: 0), try row.decode(at: 1))
      let there = totals[number]
      if there.map({ "\($0.0)" }) != total || there?.1 == "draft" {
        let name: String = try row.decode(at: 2)
        problems.append("invoice \(number) of \(name) is \(total), at Stripe \(there.map { "\($0)" } ?? "missing")")
      }
    }
  }
}
