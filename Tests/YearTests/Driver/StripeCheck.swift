import JSON
import PostgreSQL
import StripeSimulator
import TestSupport
import YearReference

/// Holds what Stripe has against what it was to be told.
struct StripeCheck {
  private(set) var problems: [String] = []
  /// Customers with a subscription whose invoices at Stripe come to something else than ours: told, not judged.
  private(set) var subscribed: [String] = []
  private(set) var effects = 0
  private(set) var invoices = 0

  init(_ simulator: Simulator, _ eye: Connection) throws {
    try compareEffects(simulator, eye)
    try compareWaiting(eye)
    try compareCreatedInvoices(simulator, eye)
    try compareCustomers(simulator, eye)
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

  /// What a customer is asked for in all, items that wait for the next invoice included, is what our invoices come to.
  private mutating func compareCustomers(_ simulator: Simulator, _ eye: Connection) throws {
    var totals: [String: Int] = [:]
    for invoice in simulator.effects.invoices { totals[invoice.customer, default: 0] += invoice.total }
    for item in simulator.effects.invoiceItems where item.invoice == nil {
      totals[item.customer, default: 0] += item.amount
    }
    let rows = try eye.query(
      """
      SELECT c.company_id, c.stripe_customer, trim_scale(coalesce(sum(i.total), 0))::text, c.stripe_subscription IS NOT NULL
      FROM billing.companies c LEFT JOIN billing.invoices i ON i.company_id = c.company_id AND i.period_end > c.stripe_since
      WHERE c.stripe_mode = 'live' AND c.stripe_customer IS NOT NULL
      GROUP BY c.company_id ORDER BY 1
      """)
    for row in rows {
      let (company, customer, ours): (String, String, String) = (
        try row.decode(at: 0), try row.decode(at: 1), try row.decode(at: 2)
      )
      let theirs = "\(totals[customer] ?? 0)"
      guard theirs != ours else { continue }
      if try row.decode(Bool.self, at: 3) {
        subscribed.append("\(company) owes \(ours), at Stripe \(theirs)")
      } else {
        problems.append("\(company) owes \(ours), at Stripe \(theirs)")
      }
    }
  }
}
