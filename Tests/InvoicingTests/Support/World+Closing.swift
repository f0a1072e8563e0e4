import Billing
import Faults
import Invoicing
import Ledger
import PostgreSQL
import Storage
import TestSupport
import Testing

extension World {
  /// A new version of the catalog, as `catalog apply` leaves it.
  func apply(_ catalog: String) throws {
    _ = try eye.update(
      """
      INSERT INTO billing.catalog_versions (version, document, applied_by)
      SELECT max(version) + 1, \(catalog), 'tests' FROM billing.catalog_versions
      """)
    try eye.execute("UPDATE billing.registry_version SET version = version + 1")
  }

  /// One pass.
  @discardableResult
  func close(_ now: String, begunBefore: String? = nil, failpoints: String = "") throws -> PeriodCloseSummary {
    try PeriodClose(
      .forLedger(database.configuration), grace: Self.grace, failpoints: Failpoints(parsing: failpoints)
    ).run(now: instant(now), begunBefore: begunBefore.map { try day($0) })
  }

  /// The lines of a company's invoices in the order of their numbers: `base_fee 19900`, `usage order 10 100`,
  /// `late order 5 50 2025-01-01`, `charge setup_fee 5000`; with the start of late ones' period.
  func lines(_ id: String, _ start: String? = nil) throws -> [String] {
    try texts(
      """
      SELECT concat_ws(' ', l.kind, c.kind, l.metric, trim_scale(l.quantity), l.amount,
        CASE WHEN l.kind = 'late' THEN l.period_start END)
      FROM billing.invoice_lines l
      JOIN billing.invoices i ON i.company_id = l.company_id AND i.invoice_no = l.invoice_no
      LEFT JOIN billing.charges c ON c.company_id = l.company_id AND c.charge_number = l.charge_number
      WHERE l.company_id = \(id) AND i.period_start = coalesce(\(try start.map { try day($0) }), i.period_start)
      ORDER BY l.invoice_no, l.line_no
      """)
  }

  /// `2025-01-01 period open n: 19900 usd` for each invoice of a company.
  func invoices(_ id: String) throws -> [String] {
    try texts(
      """
      SELECT concat(period_start, ' ', type, ' ', state, ' ', route, ': ', total, ' ', currency)
      FROM billing.invoices WHERE company_id = \(id) ORDER BY invoice_no
      """)
  }

  /// What has to hold whatever was done: numbers without gaps, sums, each total's lines and records, closed periods.
  func checkInvoices(location: SourceLocation = #_sourceLocation) throws {
    for (rule, sql) in Self.rules {
      let broken = try texts(sql)
      #expect(broken == [], "\(rule)", sourceLocation: location)
    }
  }

  private static var rules: [(String, SQL)] {
    [
      (
        "numbers begin at 1 and have no gaps",
        """
        SELECT 'count ' || count(*) || ' last ' || (SELECT last FROM billing.invoice_numbers) FROM billing.invoices
        HAVING count(*) <> (SELECT last FROM billing.invoice_numbers) OR max(invoice_no) <> count(*)
        """
      ),
      (
        "an invoice is the sum of its lines, and has one",
        """
        SELECT i.company_id || i.invoice_no FROM billing.invoices i LEFT JOIN billing.invoice_lines l USING (company_id, invoice_no)
        GROUP BY i.company_id, i.invoice_no HAVING i.total IS DISTINCT FROM sum(l.amount)
        """
      ),
      (
        "what stands on a total's lines is their sum, and their numbers have no gaps",
        """
        SELECT concat_ws(' ', company_id, metric, period_start)
        FROM (
          SELECT company_id, metric, period_start, sum(quantity) AS quantity, sum(amount) AS amount, count(*) AS lines,
            max(total_line) AS last, (array_agg(total_quantity ORDER BY total_line DESC))[1] AS total
          FROM billing.invoice_lines WHERE metric IS NOT NULL GROUP BY 1, 2, 3) l
        FULL JOIN billing.metric_charges m USING (company_id, metric, period_start)
        FULL JOIN (SELECT * FROM billing.usage_periods WHERE charged_lines > 0) u USING (company_id, metric, period_start)
        WHERE (l.quantity, l.amount, l.lines, l.last, l.total) IS DISTINCT FROM
            (m.charged_quantity, m.charged_amount, m.lines, m.lines, m.charged_quantity)
          OR u.charged_lines IS DISTINCT FROM m.lines
        """
      ),
      (
        "a line of a sum is its records: each is on the line after those that it came after",
        """
        SELECT concat_ws(' ', l.company_id, l.metric, l.period_start, l.total_line, l.quantity, sum(r.counted))
        FROM billing.invoice_lines l
        JOIN billing.usage_periods u USING (company_id, metric, period_start)
        LEFT JOIN billing.usage_records r ON r.company_id = l.company_id AND r.metric = l.metric
          AND r.occurred_at >= l.period_start::timestamp AT TIME ZONE 'UTC'
          AND r.occurred_at < l.period_end::timestamp AT TIME ZONE 'UTC'
          AND coalesce(r.after_lines, 0) = l.total_line - 1
        WHERE u.aggregation IN ('s', 'c')
        GROUP BY l.company_id, l.line_no, l.metric, l.period_start, l.total_line, l.quantity
        HAVING coalesce(sum(r.counted), 0) <> l.quantity
        """
      ),
      (
        "parts add up to their line",
        """
        SELECT concat_ws(' ', l.company_id, l.metric, l.quantity, l.amount)
        FROM billing.invoice_lines l JOIN billing.invoice_line_subjects s USING (company_id, line_no)
        GROUP BY l.company_id, l.line_no, l.metric, l.quantity, l.amount
        HAVING sum(s.quantity) <> l.quantity OR sum(s.amount) <> l.amount
        """
      ),
      (
        "an invoice's period is closed, and no period before it is open",
        """
        SELECT concat_ws(' ', i.company_id, i.period_start) FROM billing.invoices i
        WHERE i.type = 'period' AND EXISTS (SELECT FROM billing.billing_periods p
          WHERE p.company_id = i.company_id AND p.period_start <= i.period_start AND p.closed_at IS NULL)
        """
      ),
    ]
  }
}
