import Billing
import Ledger
import PostgreSQL
import Storage

/// Which closed periods' entries need no second look.
///
/// Entries go to the outbox's history and are dropped from there in time. So once all entries of a period were found
/// settled, with their amounts, a digest of what they were written for is kept; while that is the same, they are not
/// looked for again.
struct ToldPeriods {
  struct Candidate {
    let company: CompanyID
    let periodStart: CivilDate
    let digest: [UInt8]
    let isProven: Bool
  }

  let connection: Connection

  func candidates(_ companies: [CompanyID]) throws(PostgreSQLError) -> [Candidate] {
    let rows = try connection.query(
      """
      WITH told AS (
        SELECT company_id, period_start, 0 AS kind, metric, 0::bigint AS number,
          ROW(metric, trim_scale(reported), trim_scale(itemized), trim_scale(itemized_amount))::text AS figures
        FROM billing.meter_reports WHERE company_id = ANY (\(companies))
        UNION ALL
        SELECT company_id, period_start, 1, '', invoice_no, ROW(invoice_no, currency, finalize_entry)::text
        FROM billing.invoices WHERE company_id = ANY (\(companies))
        UNION ALL
        SELECT l.company_id, i.period_start, 2, '', l.line_no,
          ROW(l.line_no, trim_scale(l.amount), l.route, l.entry_id)::text
        FROM billing.invoice_lines l JOIN billing.invoices i USING (company_id, invoice_no)
        WHERE l.company_id = ANY (\(companies))
      ), digests AS (
        SELECT company_id, period_start, string_agg(figures, '' ORDER BY kind, metric, number) AS text
        FROM told GROUP BY 1, 2
      ), current AS (
        SELECT p.company_id, p.period_start, sha256(convert_to(coalesce(d.text, ''), 'UTF8')) AS digest
        FROM billing.billing_periods p LEFT JOIN digests d USING (company_id, period_start)
        WHERE p.company_id = ANY (\(companies)) AND p.closed_at IS NOT NULL
      )
      SELECT c.company_id, c.period_start, c.digest, coalesce(v.told = c.digest, false)
      FROM current c LEFT JOIN billing.verified_periods v USING (company_id, period_start)
      """)
    return try rows.map { row throws(PostgreSQLError) in
      Candidate(
        company: try row.decode(at: 0), periodStart: try row.decode(at: 1), digest: try row.decode(at: 2),
        isProven: try row.decode(at: 3))
    }
  }

  func keep(_ told: [Candidate]) throws(PostgreSQLError) {
    guard !told.isEmpty else { return }
    _ = try connection.update(
      """
      UPDATE billing.verified_periods v SET told = k.digest
      FROM unnest(\(told.map(\.company)), \(told.map(\.periodStart)), \(told.map(\.digest)))
        AS k (company_id, period_start, digest)
      WHERE v.company_id = k.company_id AND v.period_start = k.period_start
      """)
  }
}
