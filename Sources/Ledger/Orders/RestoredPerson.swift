import Billing
import PostgreSQL

/// A person in records that were archived when the person was erased, and have been put back since: totals know the person
/// by a stand-in already, the records by name.
struct RestoredPerson {
  let connection: Connection
  let company: CompanyID
  let names: [Pseudonym]

  /// Has the records of metrics that count different subjects name the stand-ins.
  func standIn() throws(PostgreSQLError) {
    let spans = try connection.query(
      """
      SELECT DISTINCT r.metric, p.period_start, p.period_end FROM billing.usage_records r
      JOIN billing.billing_periods p ON p.company_id = r.company_id
        AND p.period_start <= (r.occurred_at AT TIME ZONE 'UTC')::date
        AND (r.occurred_at AT TIME ZONE 'UTC')::date < p.period_end
      JOIN billing.usage_periods t
        ON t.company_id = r.company_id AND t.metric = r.metric AND t.period_start = p.period_start
      WHERE r.company_id = \(company) AND r.subject_pseudonym = ANY (\(names)) AND t.aggregation = 'u'
      """)
    for row in spans {
      let (metric, start, end) = (
        try row.decode(MetricName.self, at: 0), try row.decode(CivilDate.self, at: 1),
        try row.decode(CivilDate.self, at: 2)
      )
      // The one for as many records as there are; of several that are, one is as good as another: nobody knows whom any
      // stands for.
      let known = try connection.query(
        """
        SELECT s.subject_pseudonym FROM billing.usage_subjects s
        WHERE s.company_id = \(company) AND s.metric = \(metric) AND s.span = 'p' AND s.span_start = \(start)
          AND get_byte(s.subject_pseudonym, 0) = 0
          AND s.events = (SELECT count(*) FROM billing.usage_records r
            WHERE r.company_id = \(company) AND r.metric = \(metric) AND r.kind = 'u' AND NOT r.voided
              AND (r.subject_pseudonym = s.subject_pseudonym OR r.subject_pseudonym = ANY (\(names)))
              AND r.occurred_at >= \(start.start) AND r.occurred_at < \(end.start))
        ORDER BY 1 LIMIT 1
        """)
      let standIn = try known.first?.decode(Pseudonym.self, at: 0) ?? .standIn()
      _ = try connection.update(
        """
        UPDATE billing.usage_records SET subject_pseudonym = \(standIn)
        WHERE company_id = \(company) AND metric = \(metric) AND subject_pseudonym = ANY (\(names))
          AND month BETWEEN \(start.firstOfMonth) AND \(end.firstOfMonth)
          AND occurred_at >= \(start.start) AND occurred_at < \(end.start)
        """)
    }
  }
}

extension Pseudonym {
  /// A number made up for the occasion. No operator's key has the number 0.
  static func standIn() -> Pseudonym {
    var random = SystemRandomNumberGenerator()
    return Pseudonym(keyID: 0, hash: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) })
  }
}
