import Billing
import PostgreSQL
import Storage

/// Reads some companies' books.
struct ChainReader {
  let connection: Connection
  let companies: [CompanyID]

  func read() throws(PostgreSQLError) -> [CompanyID: ChainBooks] {
    var books = Dictionary(uniqueKeysWithValues: companies.map { ($0, ChainBooks()) })
    try totals(&books)
    try charged(&books)
    try accounts(&books)
    try invoices(&books)
    try lines(&books)
    try charges(&books)
    return books
  }

  private func totals(_ books: inout [CompanyID: ChainBooks]) throws(PostgreSQLError) {
    for row in try connection.query(
      """
      SELECT company_id, period_start, closed_at IS NOT NULL FROM billing.billing_periods
      WHERE company_id = ANY (\(companies)) ORDER BY 1, 2
      """)
    {
      let period = ChainBooks.Period(start: try row.decode(at: 1), isClosed: try row.decode(at: 2))
      books[try row.decode(at: 0)]?.periods.append(period)
    }
    for row in try connection.query(
      """
      SELECT company_id, metric, period_start, quantity, charged_lines FROM billing.usage_periods
      WHERE company_id = ANY (\(companies))
      """)
    {
      let total = ChainBooks.Total(
        quantity: try row.decode(at: 3), chargedLines: Int(try row.decode(Int16.self, at: 4)))
      books[try row.decode(at: 0)]?.totals[try key(row)] = total
    }
  }

  private func charged(_ books: inout [CompanyID: ChainBooks]) throws(PostgreSQLError) {
    for row in try connection.query(
      """
      SELECT company_id, metric, period_start, charged_quantity, charged_amount, lines FROM billing.metric_charges
      WHERE company_id = ANY (\(companies))
      """)
    {
      let charged = ChainBooks.Charged(
        quantity: try row.decode(at: 3), amount: try row.minorUnits(at: 4),
        lines: Int(try row.decode(Int16.self, at: 5)))
      books[try row.decode(at: 0)]?.charged[try key(row)] = charged
    }
  }

  private func accounts(_ books: inout [CompanyID: ChainBooks]) throws(PostgreSQLError) {
    for row in try connection.query(
      """
      SELECT company_id, metric, period_start, reported, itemized, itemized_amount FROM billing.meter_reports
      WHERE company_id = ANY (\(companies))
      """)
    {
      let account = ChainBooks.Account(
        reported: try row.decode(at: 3), itemized: try row.decode(at: 4), itemizedAmount: try row.minorUnits(at: 5))
      books[try row.decode(at: 0)]?.accounts[try key(row)] = account
    }
  }

  private func invoices(_ books: inout [CompanyID: ChainBooks]) throws(PostgreSQLError) {
    for row in try connection.query(
      """
      SELECT company_id, invoice_no, type, route::text, period_start, period_end, currency, total, created_at,
        finalize_entry
      FROM billing.invoices WHERE company_id = ANY (\(companies))
      """)
    {
      let invoice = ChainBooks.Invoice(
        number: try row.invoiceNumber(at: 1), type: try row.decode(at: 2), route: try row.decode(at: 3),
        period: try row.period(at: 4), currency: try row.decode(at: 6), total: try row.minorUnits(at: 7),
        createdAt: try row.decode(at: 8), finalizeEntry: try row.decode(at: 9))
      books[try row.decode(at: 0)]?.invoices[invoice.number] = invoice
    }
  }

  private func lines(_ books: inout [CompanyID: ChainBooks]) throws(PostgreSQLError) {
    for row in try connection.query(
      """
      SELECT company_id, metric, period_start, period_end, line_no, invoice_no, quantity, total_quantity, total_line,
        charge_number, days, amount, route::text, entry_id
      FROM billing.invoice_lines WHERE company_id = ANY (\(companies)) ORDER BY line_no
      """)
    {
      var usage: ChainBooks.Usage?
      if let metric = try row.decode(MetricName?.self, at: 1) {
        usage = ChainBooks.Usage(
          key: ChainBooks.Key(metric: metric, periodStart: try row.decode(at: 2)), quantity: try row.decode(at: 6),
          totalQuantity: try row.decode(at: 7), totalLine: Int(try row.decode(Int16.self, at: 8)))
      }
      let line = ChainBooks.Line(
        number: try row.decode(at: 4), invoice: try row.invoiceNumber(at: 5), period: try row.period(at: 2),
        usage: usage, chargeNumber: try row.decode(at: 9), days: try row.decode(Int16?.self, at: 10).map { Int($0) },
        amount: try row.minorUnits(at: 11), route: try row.decode(at: 12), entry: try row.decode(at: 13))
      books[try row.decode(at: 0)]?.lines.append(line)
    }
    for row in try connection.query(
      """
      SELECT company_id, line_no, sum(quantity), sum(amount) FROM billing.invoice_line_subjects
      WHERE company_id = ANY (\(companies)) GROUP BY 1, 2
      """)
    {
      let parts = ChainBooks.Parts(quantity: try row.decode(at: 2), amount: try row.minorUnits(at: 3))
      books[try row.decode(at: 0)]?.parts[try row.decode(at: 1)] = parts
    }
  }

  private func charges(_ books: inout [CompanyID: ChainBooks]) throws(PostgreSQLError) {
    for row in try connection.query(
      """
      SELECT company_id, charge_number, currency, minor_units FROM billing.charges WHERE company_id = ANY (\(companies))
      """)
    {
      let charge = ChainBooks.OneOff(
        currency: try row.decode(at: 2), amount: Int128(try row.decode(Int64.self, at: 3)))
      books[try row.decode(at: 0)]?.charges[try row.decode(at: 1)] = charge
    }
  }

  /// Of the second and third column.
  private func key(_ row: Row) throws(PostgreSQLError) -> ChainBooks.Key {
    ChainBooks.Key(metric: try row.decode(at: 1), periodStart: try row.decode(at: 2))
  }
}
