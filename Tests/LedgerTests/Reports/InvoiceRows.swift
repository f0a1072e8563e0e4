import Billing
import PostgreSQL

/// Rows of invoices as a close leaves them, written by hand: reports are tested against the tables, not the close.
struct InvoiceRows {
  let connection: Connection

  func close(_ company: String, _ start: String) throws {
    try connection.execute(
      """
      UPDATE billing.billing_periods SET closed_at = now() WHERE company_id = '\(company)' AND period_start = '\(start)'
      """)
  }

  func charge(_ company: String, _ metric: String, _ start: String, quantity: String, amount: Int) throws {
    try connection.execute(
      """
      INSERT INTO billing.metric_charges
        (company_id, metric, period_start, charged_quantity, charged_amount, lines)
      VALUES ('\(company)', '\(metric)', '\(start)', \(quantity), \(amount), 1)
      """)
  }

  func invoice(
    _ company: String, _ number: Int, state: String, _ start: String, _ end: String, currency: String = "usd",
    lines: [(kind: String, metric: String?, amount: Int)]
  ) throws {
    try connection.execute(
      """
      INSERT INTO billing.invoices
        (company_id, invoice_no, type, state, route, period_start, period_end, currency, total)
      VALUES ('\(company)', \(number), 'period', '\(state)', 'n', '\(start)', '\(end)', '\(currency)',
        \(lines.reduce(0) { $0 + $1.amount }))
      """)
    for (index, line) in lines.enumerated() {
      let metric = line.metric.map { "'\($0)', 1, 1, \(number * 100 + index)" } ?? "NULL, NULL, NULL, NULL"
      let charge = line.kind == "charge" ? "\(number * 100 + index)" : "NULL"
      let days = line.kind == "base_fee" ? "30" : "NULL"
      try connection.execute(
        """
        INSERT INTO billing.invoice_lines (company_id, invoice_no, kind, period_start, period_end, metric, quantity,
          total_quantity, total_line, charge_number, days, amount, route)
        VALUES ('\(company)', \(number), '\(line.kind)', '\(start)', '\(end)', \(metric), \(charge), \(days),
          \(line.amount), 'n')
        """)
    }
  }
}
