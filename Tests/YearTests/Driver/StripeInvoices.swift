import PostgreSQL
import StripeSimulator

/// Invoices of subscriptions whose draft was found while it was one: each comes to what ours does, line for line on the
/// same document.
///
/// Left out are those with usage that was on its way to a meter and did not get there in time: it is on our invoice, and
/// on Stripe's next one. So is what belongs to an invoice whose draft was final before its lines came; it is taken off
/// the one that it went to.
struct StripeInvoices {
  private(set) var differences: [String] = []
  private(set) var compared = 0

  init(_ simulator: Simulator, _ eye: Connection) throws {
    var numbers: [String: String] = [:]
    for row in try eye.query(
      """
      SELECT entry_id::text, effect::json ->> 'invoice' FROM billing.outbox_history
      WHERE kind = 'invoice_item' AND effect::json ->> 'invoice' IS NOT NULL
      """)
    {
      numbers[try row.decode(at: 0)] = try row.decode(String.self, at: 1)
    }
    let items = Dictionary(uniqueKeysWithValues: simulator.effects.invoiceItems.map { ($0.id, $0) })
    let invoices = Dictionary(uniqueKeysWithValues: simulator.effects.invoices.map { ($0.id, $0) })
    for row in try eye.query(Self.adopted) {
      let (name, number, reference): (String, String, String) = (
        try row.decode(at: 0), try row.decode(at: 1), try row.decode(at: 2)
      )
      let ours = Int(try row.decode(Int64.self, at: 3))
      guard let invoice = invoices[reference] else {
        differences.append("invoice \(number) of \(name): Stripe has no \(reference)")
        continue
      }
      compared += 1
      let foreign = invoice.lines.filter { line in
        guard let item = line.invoiceItem.flatMap({ items[$0] }) else { return false }
        return item.metadata["entry_id"].flatMap { numbers[$0] } != number
      }
      let theirs = invoice.total - foreign.reduce(0) { $0 + $1.amount }
      if theirs != ours { differences.append("invoice \(number) of \(name) is \(ours), its draft at Stripe \(theirs)") }
    }
  }

  private static var adopted: SQL {
    """
    WITH converted AS (
      SELECT company_id, effect::json ->> 'metric' AS metric, (effect::json ->> 'periodStart')::date AS period_start,
        converted_into
      FROM billing.outbox_history WHERE outcome = 'c')
    SELECT concat_ws(' ', i.company_id, i.period_start), i.invoice_no::text, r.reference, i.total::bigint
    FROM billing.invoices i
    JOIN billing.companies c ON c.company_id = i.company_id AND c.stripe_mode = 'live'
    JOIN billing.outbox_references r ON r.company_id = i.company_id AND r.own_id = i.invoice_no AND r.reference <> 'none'
    WHERE i.route = 's'
      AND NOT EXISTS (
        SELECT FROM billing.invoice_lines l JOIN converted x USING (company_id, metric, period_start)
        WHERE l.company_id = i.company_id AND l.invoice_no = i.invoice_no)
      AND NOT EXISTS (
        SELECT FROM converted x JOIN billing.outbox_history h ON h.company_id = x.company_id
          AND h.entry_id = x.converted_into AND h.effect::json ->> 'invoice' = i.invoice_no::text
        WHERE x.company_id = i.company_id)
    ORDER BY 1
    """
  }
}
