import Billing
import PostgreSQL
import Storage

/// What of a line one subject is: a patient, or whom a call was for.
struct SubjectPart {
  /// `nil`: nobody's, or somebody's of whom only a surrogate is known.
  let subject: Pseudonym?
  /// Records less those taken back.
  let events: Int64
  let quantity: Quantity
  let amount: Amount
}

/// Divides lines of itemized metrics among the subjects of their records.
struct ItemizedParts {
  let connection: Connection

  private struct Sum {
    let subject: Pseudonym?
    let events: Int64
    let quantity: Quantity
  }

  /// - Parameter lines: whose totals are locked, and whose records are all there.
  func read(_ lines: [UsageLine]) throws(InvoicingError) -> [MeterKey: [SubjectPart]] {
    let itemized = lines.filter(\.rate.itemize)
    guard !itemized.isEmpty else { return [:] }
    let sums = try database { () throws(PostgreSQLError) in try self.sums(itemized) }
    var parts: [MeterKey: [SubjectPart]] = [:]
    for (line, sums) in zip(itemized, sums) {
      var sums = sums
      // A total that was repaired has changed by more than its records.
      let rest = sums.reduce(line.quantity) { $0 - $1.quantity }
      if rest != .zero { sums.append(Sum(subject: nil, events: 0, quantity: rest)) }
      // Each is the price of a total between two that were priced, or beyond what any line was: then the line stands
      // without its parts.
      guard let amounts = try? line.before.parts(sums.map(\.quantity), at: line.rate) else { continue }
      parts[line.key] = zip(sums, amounts).map {
        SubjectPart(subject: $0.subject, events: $0.events, quantity: $0.quantity, amount: $1)
      }
    }
    return parts
  }

  /// By line, in the order of the subjects' first records. What takes a record back is its subject's as well; patients are
  /// told apart by the surrogates in their usage ids, since a pseudonym may be of any key.
  private func sums(_ lines: [UsageLine]) throws(PostgreSQLError) -> [[Sum]] {
    var sums = [[Sum]](repeating: [], count: lines.count)
    let rows = try connection.query(
      """
      SELECT position, subject, sum(events)::bigint, sum(counted)
      FROM (
        SELECT k.position, CASE r.kind WHEN 'v' THEN -1 ELSE 1 END AS events, r.counted, r.occurred_at, r.usage_id,
          CASE WHEN k.metric = \(MetricName.patientActivation) THEN NULL
            ELSE coalesce(r.subject_pseudonym, o.subject_pseudonym) END AS subject,
          CASE WHEN k.metric = \(MetricName.patientActivation)
            THEN substring(r.usage_id FROM 'activation:([0-9a-f-]{36})') END AS surrogate
        FROM unnest(\(lines.map(\.key.company)), \(lines.map(\.key.metric)), \(lines.map(\.period.start.firstOfMonth)),
            \(lines.map(\.period.lastDay.firstOfMonth)), \(lines.map(\.period.start.start)),
            \(lines.map(\.period.end.start)), \(lines.map { $0.number - 1 })) WITH ORDINALITY
          AS k (company_id, metric, first_month, last_month, first, past, after_lines, position)
        JOIN billing.usage_records r ON r.company_id = k.company_id AND r.metric = k.metric
          AND r.month >= k.first_month AND r.month <= k.last_month
          AND r.occurred_at >= k.first AND r.occurred_at < k.past
          AND r.kind IN ('u', 'v') AND coalesce(r.after_lines, 0) = k.after_lines
        LEFT JOIN billing.usage_records o ON r.kind = 'v' AND o.company_id = r.company_id AND o.month = r.month
          AND o.usage_id = substring(r.usage_id FROM 6)
      ) AS record
      GROUP BY position, subject, surrogate HAVING sum(events) <> 0 OR sum(counted) <> 0
      ORDER BY position, min(occurred_at), min(usage_id)
      """)
    for row in rows {
      // Ordinality counts from 1.
      sums[Int(try row.decode(Int64.self, at: 0)) - 1].append(
        Sum(subject: try row.decode(at: 1), events: try row.decode(at: 2), quantity: try row.decode(at: 3)))
    }
    return sums
  }
}
