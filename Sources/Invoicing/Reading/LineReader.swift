import Billing
import PostgreSQL
import Storage

/// Reads the lines of one invoice.
struct LineReader {
  let connection: Connection
  let invoice: InvoiceRecord
  let prices: CompanyPrices

  func lines(withParts: Bool) throws(PostgreSQLError) -> [InvoiceLineRecord] {
    let rows = try connection.query(
      """
      SELECT l.line_no, l.kind, l.period_start, l.period_end, l.metric, l.quantity, l.total_quantity, l.total_line,
        l.charge_number, c.kind, l.days, l.amount, l.route::text, l.entry_id::text
      FROM billing.invoice_lines l
      LEFT JOIN billing.charges c ON c.company_id = l.company_id AND c.charge_number = l.charge_number
      WHERE l.company_id = \(invoice.company) AND l.invoice_no = \(invoice.number.value) ORDER BY l.line_no
      """)
    let parts = withParts ? try parts() : [:]
    return try rows.map { row throws(PostgreSQLError) in
      let number: Int64 = try row.decode(at: 0)
      return InvoiceLineRecord(
        number: number, invoice: invoice.number, period: try row.period(at: 2), content: try content(row),
        amount: Amount(minorUnits: try row.minorUnits(at: 11), currency: invoice.currency),
        route: try row.decode(at: 12), entry: try row.decode(at: 13), parts: parts[number] ?? [])
    }
  }

  private func content(_ row: Row) throws(PostgreSQLError) -> InvoiceLineRecord.Content {
    let start: CivilDate = try row.decode(at: 2)
    switch try row.decode(String.self, at: 1) {
    case "base_fee":
      return .baseFee(days: Int(try row.decode(Int16.self, at: 10)), whole: prices.terms(start)?.baseFee)
    case "charge":
      return .charge(
        number: try row.decode(at: 8), kind: try row.decode(String?.self, at: 9).flatMap { ChargeKind($0) })
    case let kind:
      let metric: MetricName = try row.decode(at: 4)
      return .usage(
        InvoiceLineRecord.Usage(
          metric: metric, unit: prices.metrics[metric]?.unit, quantity: try row.decode(at: 5),
          totalQuantity: try row.decode(at: 6), totalLine: Int(try row.decode(Int16.self, at: 7)),
          isLate: kind == "late", rate: prices.terms(start)?.rate(of: metric)))
    }
  }

  private func parts() throws(PostgreSQLError) -> [Int64: [InvoiceLineRecord.Part]] {
    let rows = try connection.query(
      """
      SELECT s.line_no, s.place, s.events, s.quantity, s.amount
      FROM billing.invoice_lines l JOIN billing.invoice_line_subjects s USING (company_id, line_no)
      WHERE l.company_id = \(invoice.company) AND l.invoice_no = \(invoice.number.value) ORDER BY 1, 2
      """)
    var parts: [Int64: [InvoiceLineRecord.Part]] = [:]
    for row in rows {
      let part = InvoiceLineRecord.Part(
        place: Int(try row.decode(Int32.self, at: 1)), events: try row.decode(at: 2), quantity: try row.decode(at: 3),
        amount: Amount(minorUnits: try row.minorUnits(at: 4), currency: invoice.currency))
      parts[try row.decode(at: 0), default: []].append(part)
    }
    return parts
  }
}
