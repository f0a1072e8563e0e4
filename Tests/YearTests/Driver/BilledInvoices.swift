import PostgreSQL
import TestSupport
import YearReference

/// What the product has billed, in the words of the slow computation.
enum BilledInvoices {
  /// By company, in the order of their numbers.
  static func read(_ connection: Connection) throws -> [String: [ExpectedInvoice]] {
    let rows = try connection.query(
      """
      SELECT i.company_id, i.invoice_no, i.type, i.period_start::text, l.kind, l.period_start::text, l.metric,
        trim_scale(l.quantity)::text, trim_scale(l.total_quantity)::text, l.total_line, l.days,
        trim_scale(l.amount)::text
      FROM billing.invoices i LEFT JOIN billing.invoice_lines l USING (company_id, invoice_no)
      ORDER BY i.company_id, i.invoice_no, l.line_no
      """)
    var invoices: [String: [ExpectedInvoice]] = [:]
    var last: (String, Int64)?
    for row in rows {
      let company: String = try row.decode(at: 0)
      let number: Int64 = try row.decode(at: 1)
      if last.map({ $0 != (company, number) }) ?? true {
        last = (company, number)
        guard let kind = ExpectedInvoice.Kind(rawValue: try row.decode(at: 2)) else { throw TestFailure("no kind") }
        let start = Day(try row.decode(String.self, at: 3))
        invoices[company, default: []].append(
          ExpectedInvoice(kind, periodStart: kind == .period ? start : nil, lines: []))
      }
      guard let line = try line(row), let place = invoices[company]?.indices.last else { continue }
      invoices[company]?[place].lines.append(line)
    }
    return invoices
  }

  private static func line(_ row: Row) throws -> ExpectedInvoice.Line? {
    guard let kind = try row.decode(String?.self, at: 4) else { return nil }
    guard let kind = ExpectedInvoice.Line.Kind(rawValue: kind),
      let amount = Ratio(try row.decode(String.self, at: 11)), amount.denominator == 1
    else { throw TestFailure("a line of another kind, or with a fraction of the minor unit") }
    var line = ExpectedInvoice.Line(kind, amount: amount.numerator)
    if kind != .charge { line.periodStart = Day(try row.decode(String.self, at: 5)) }
    line.metric = try row.decode(at: 6)
    line.quantity = try row.decode(String?.self, at: 7).flatMap { Ratio($0) }
    line.totalQuantity = try row.decode(String?.self, at: 8).flatMap { Ratio($0) }
    line.totalLine = try row.decode(Int16?.self, at: 9).map { Int($0) }
    line.days = try row.decode(Int16?.self, at: 10).map { Int($0) }
    return line
  }
}

/// Where the product's invoices differ from what they have to be.
struct InvoiceComparison {
  private(set) var differences: [String] = []
  /// That the product has billed.
  private(set) var lines = 0

  init(of billed: [String: [ExpectedInvoice]], with expected: [String: [ExpectedInvoice]]) {
    for company in Set(billed.keys).union(expected.keys).sorted() {
      lines += (billed[company] ?? []).reduce(0) { $0 + $1.lines.count }
      compare(company, billed[company] ?? [], expected[company] ?? [])
    }
  }

  private mutating func compare(_ company: String, _ billed: [ExpectedInvoice], _ expected: [ExpectedInvoice]) {
    for place in 0..<max(billed.count, expected.count) {
      guard place < billed.count, place < expected.count else {
        let which = place < billed.count ? "unexpected" : "missing"
        let invoice = place < billed.count ? billed[place] : expected[place]
        differences.append("\(company): \(which) invoice \(Self.name(invoice)): \(invoice.lines)")
        return
      }
      let (left, right) = (billed[place], expected[place])
      guard left.kind == right.kind, left.periodStart == right.periodStart else {
        differences.append("\(company): \(Self.name(left)) in place of \(Self.name(right))")
        return
      }
      let unexpected = Self.rest(left.lines, without: right.lines)
      let missing = Self.rest(right.lines, without: left.lines)
      if !unexpected.isEmpty || !missing.isEmpty {
        differences.append("\(company): invoice \(Self.name(left)): has \(unexpected) in place of \(missing)")
      }
    }
  }

  private static func name(_ invoice: ExpectedInvoice) -> String {
    "\(invoice.kind.rawValue) \(invoice.periodStart.map { "\($0)" } ?? "")"
  }

  private static func rest(
    _ lines: [ExpectedInvoice.Line], without others: [ExpectedInvoice.Line]
  ) -> [ExpectedInvoice.Line] {
    var others = others
    return lines.filter { line in
      guard let place = others.firstIndex(of: line) else { return true }
      others.remove(at: place)
      return false
    }
  }
}
