import Billing
import PostgreSQL

extension Ledger {
  /// Marks the batch's records of totals that stand on invoice lines: they are on the next line.
  ///
  /// Whoever writes a line raises the total's count under the row's lock, which the batch holds since it added to the
  /// total: so a record that is not marked is on the first line, and no record is on none or on two. Few batches bring
  /// such records, since it takes a period that is closed, or billed ahead.
  func mark(
    _ entries: [Entry], takenBack: [Gains.TakenBack], asAfterLinesOf delta: TotalsDelta, _ totals: [Totals.Standing]
  ) throws(LedgerError) {
    guard totals.contains(where: { $0.lines > 0 }) else { return }
    var lines: [CompanyID: [TotalsDelta.Key: Int16]] = [:]
    for (position, total) in totals.enumerated() where total.lines > 0 {
      lines[delta.companies[position].id, default: [:]][delta.keys[position]] = total.lines
    }
    var marks: [(company: CompanyID, usageID: UsageID, month: CivilDate, lines: Int16)] = []
    for entry in entries {
      let key = TotalsDelta.Key(metric: entry.record.metric.name, start: entry.periodStart)
      guard let after = lines[entry.company.id]?[key] else { continue }
      marks.append((entry.company.id, entry.record.usageID, entry.month, after))
    }
    for record in takenBack {
      guard let after = lines[record.company]?[record.total] else { continue }
      marks.append((record.company, record.usageID.voiding, record.month, after))
    }
    let marked = marks
    let count = try database { () throws(PostgreSQLError) in
      try connection.update(
        """
        UPDATE billing.ledger r SET after_lines = k.lines
        FROM unnest(\(marked.map(\.company)), \(marked.map(\.usageID)), \(marked.map(\.month)), \(marked.map(\.lines)))
          AS k (company_id, usage_id, month, lines)
        WHERE r.company_id = k.company_id AND r.usage_id = k.usage_id AND r.month = k.month
        """)
    }
    guard count == marked.count else { throw .unexpected("a record to be billed later is not in the ledger") }
  }
}
