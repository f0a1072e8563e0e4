import Billing
import Outbox
import PostgreSQL
import Storage

/// The statements that write invoices.
struct InvoiceTable {
  let connection: Connection

  /// The next numbers. Whoever else wants some waits until the transaction ends.
  func takeNumbers(_ count: Int) throws(PostgreSQLError) -> [InvoiceNumber] {
    let last: Int64 = try connection.query(
      "UPDATE billing.invoice_numbers SET last = last + \(Int64(count)) RETURNING last"
    ).one().decode(at: 0)
    return try (0..<Int64(count)).map { (place) throws(PostgreSQLError) in
      guard let number = InvoiceNumber(last - Int64(count) + 1 + place) else {
        throw PostgreSQLError(.decoding, "the last invoice's number is below 0")
      }
      return number
    }
  }

  /// Says to recorders that what they add to the lines' totals from now on is on other lines.
  func raiseLines(_ drafts: [InvoiceDraft]) throws(PostgreSQLError) {
    let lines = drafts.flatMap { $0.lines.compactMap(\.usage) }
    guard !lines.isEmpty else { return }
    let raised = try connection.update(
      """
      UPDATE billing.usage_periods u SET charged_lines = k.lines
      FROM unnest(\(lines.map(\.key.company)), \(lines.map(\.key.metric)), \(lines.map(\.key.periodStart)),
          \(lines.map(\.number))) AS k (company_id, metric, period_start, lines)
      WHERE u.company_id = k.company_id AND u.metric = k.metric AND u.period_start = k.period_start
        AND u.charged_lines = k.lines - 1
      """)
    guard raised == lines.count else { throw PostgreSQLError(.decoding, "a total stands on more lines than it did") }
  }

  /// How much of the lines' totals stands on lines now.
  func saveCharged(_ drafts: [InvoiceDraft]) throws(PostgreSQLError) {
    let lines = drafts.flatMap { $0.lines.compactMap(\.usage) }
    guard !lines.isEmpty else { return }
    _ = try connection.update(
      """
      INSERT INTO billing.metric_charges
        (company_id, metric, period_start, charged_quantity, charged_amount, lines)
      SELECT k.company_id, k.metric, k.period_start, k.quantity, k.amount, k.lines
      FROM unnest(\(lines.map(\.key.company)), \(lines.map(\.key.metric)), \(lines.map(\.key.periodStart)),
          \(lines.map(\.after.quantity)), \(lines.map(\.after.amount.numeric)), \(lines.map(\.number)))
        AS k (company_id, metric, period_start, quantity, amount, lines)
      ON CONFLICT (company_id, metric, period_start) DO UPDATE SET charged_quantity = excluded.charged_quantity,
        charged_amount = excluded.charged_amount, lines = excluded.lines
      """)
  }

  func insert(_ invoices: [NumberedInvoice], now: Instant) throws(PostgreSQLError) {
    let drafts = invoices.map(\.draft)
    let isOpen = invoices.map { $0.route == .unsent }
    _ = try connection.update(
      """
      INSERT INTO billing.invoices (company_id, invoice_no, type, state, route, period_start, period_end, currency, total,
        finalized_at, finalize_entry)
      SELECT k.company_id, k.invoice_no, k.type, CASE WHEN k.is_open THEN 'open' ELSE 'draft' END, k.route::"char",
        k.period_start, k.period_end, k.currency, k.total, CASE WHEN k.is_open THEN \(now) END, k.finalize_entry
      FROM unnest(\(drafts.map(\.company)), \(invoices.map(\.number.value)), \(drafts.map(\.kind.rawValue)),
          \(isOpen), \(invoices.map(\.route.rawValue)), \(drafts.map(\.period.start)), \(drafts.map(\.period.end)),
          \(drafts.map(\.currency.code)), \(drafts.map(\.total.numeric)), \(invoices.map(\.finalization)))
        AS k (company_id, invoice_no, type, is_open, route, period_start, period_end, currency, total, finalize_entry)
      """)
  }

  /// - Parameter parts: of the usage lines that are itemized.
  func insertLines(
    _ invoices: [NumberedInvoice], parts: [MeterKey: [SubjectPart]]
  ) throws(PostgreSQLError) {
    let rows = invoices.flatMap { invoice in
      zip(invoice.draft.lines, invoice.items).map { (invoice: invoice, line: $0, item: $1) }
    }
    guard !rows.isEmpty else { return }
    let lines = rows.map(\.line)
    let numbers = try connection.query(
      """
      INSERT INTO billing.invoice_lines (company_id, invoice_no, kind, period_start, period_end, metric, quantity,
        total_quantity, total_line, charge_number, days, amount, route, entry_id)
      SELECT k.company_id, k.invoice_no, k.kind, k.period_start, k.period_end, k.metric, k.quantity, k.total_quantity,
        k.total_line, k.charge_number, k.days, k.amount, k.route::"char", k.entry_id
      FROM unnest(\(rows.map(\.invoice.draft.company)), \(rows.map(\.invoice.number.value)), \(lines.map(\.kind)),
          \(lines.map(\.period.start)), \(lines.map(\.period.end)), \(lines.map(\.usage?.key.metric)),
          \(lines.map(\.usage?.quantity)), \(lines.map(\.usage?.after.quantity)), \(lines.map(\.usage?.number)),
          \(lines.map(\.chargeNumber)), \(lines.map(\.days)), \(lines.map(\.amount.numeric)),
          \(lines.map(\.route.rawValue)), \(rows.map(\.item?.id))) WITH ORDINALITY
        AS k (company_id, invoice_no, kind, period_start, period_end, metric, quantity, total_quantity, total_line,
          charge_number, days, amount, route, entry_id, position)
      ORDER BY k.position
      RETURNING line_no
      """)
    // An INSERT of this form handles, and returns, one row after the other in the order of its source.
    guard numbers.count == rows.count else {
      throw PostgreSQLError(.decoding, "\(numbers.count) lines returned for \(rows.count)")
    }
    guard !parts.isEmpty else { return }
    var kept: [(company: CompanyID, line: Int64, place: Int32, part: SubjectPart)] = []
    for (row, line) in zip(numbers, lines) {
      guard let usage = line.usage, let parts = parts[usage.key] else { continue }
      let number: Int64 = try row.decode(at: 0)
      for (place, part) in parts.enumerated() { kept.append((usage.key.company, number, Int32(place + 1), part)) }
    }
    try insert(kept)
  }

  private func insert(
    _ parts: [(company: CompanyID, line: Int64, place: Int32, part: SubjectPart)]
  ) throws(PostgreSQLError) {
    guard !parts.isEmpty else { return }
    _ = try connection.update(
      """
      INSERT INTO billing.invoice_line_subjects
        (company_id, line_no, place, subject_pseudonym, events, quantity, amount)
      SELECT k.company_id, k.line_no, k.place, k.subject, k.events, k.quantity, k.amount
      FROM unnest(\(parts.map(\.company)), \(parts.map(\.line)), \(parts.map(\.place)), \(parts.map(\.part.subject)),
          \(parts.map(\.part.events)), \(parts.map(\.part.quantity)), \(parts.map(\.part.amount.numeric)))
        AS k (company_id, line_no, place, subject, events, quantity, amount)
      """)
  }
}

extension Amount {
  /// As amounts are kept: in the currency's minor unit.
  var numeric: Numeric { Numeric(unscaled: minorUnits) }
}

extension LineDraft {
  fileprivate var days: Int16? {
    if case .baseFee(let days) = content { return Int16(days) }
    return nil
  }
}
