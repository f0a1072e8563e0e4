import Billing
import PostgreSQL

/// Compares the records of orders and patients with what is kept of each: by these rows an order is billed once in its
/// life, and a patient once for a period.
///
/// A record that a person has taken back is no difference: the row goes on saying that it was made, so that it is not
/// made again. As far as the scope goes: the months of periods that are compared.
struct OrdersCheck {
  let connection: Connection
  let scope: VerificationScope

  private var companies: [CompanyID] { scope.companies }

  /// Findings of one kind and company beyond this many say nothing new.
  private static let most = 100

  func differences() throws(PostgreSQLError) -> [Difference] {
    var found = try missingOrderRecords()
    found += try missingPatientRecords()
    found += try strayOrderRecords()
    found += try strayPatientRecords()
    return found
  }

  // MARK: - Rows without their records

  private func missingOrderRecords() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      WITH kept AS (
        SELECT company_id, 'order:' || surrogate || CASE WHEN records > 1 THEN ':' || records ELSE '' END AS usage_id,
          date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date AS month, recorded_at,
          CASE recorded_class WHEN 's' THEN \(MetricName.radiologyStandard) ELSE \(MetricName.radiologyAdvanced) END
            AS metric
        FROM billing.orders WHERE company_id = ANY (\(companies)) AND records > 0)
      SELECT k.company_id, k.usage_id, k.month FROM kept k LEFT JOIN billing.usage_records r
        ON r.company_id = k.company_id AND r.usage_id = k.usage_id AND r.month = k.month AND r.kind = 'u'
          AND r.metric = k.metric AND r.occurred_at = k.recorded_at
      WHERE r.company_id IS NULL AND k.month = ANY (\(scope.months)) ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .missingRecord(usageID: $0, month: $1) }
  }

  private func missingPatientRecords() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      WITH kept AS (
        SELECT company_id, charged_at, date_trunc('month', charged_at AT TIME ZONE 'UTC')::date AS month,
          'activation:' || surrogate || to_char(period_start, ':YYYY-MM-DD')
            || CASE WHEN records > 1 THEN ':' || records ELSE '' END AS usage_id
        FROM billing.patient_charges WHERE company_id = ANY (\(companies)))
      SELECT k.company_id, k.usage_id, k.month FROM kept k LEFT JOIN billing.usage_records r
        ON r.company_id = k.company_id AND r.usage_id = k.usage_id AND r.month = k.month AND r.kind = 'u'
          AND r.metric = \(MetricName.patientActivation) AND r.occurred_at = k.charged_at
      WHERE r.company_id IS NULL AND k.month = ANY (\(scope.months)) ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .missingRecord(usageID: $0, month: $1) }
  }

  // MARK: - Records without their rows

  private func strayOrderRecords() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      SELECT r.company_id, r.usage_id, r.month FROM billing.usage_records r LEFT JOIN billing.orders o
        ON o.company_id = r.company_id AND o.surrogate::text = substr(r.usage_id, 7, 36) AND o.records > 0
          AND r.usage_id = 'order:' || o.surrogate || CASE WHEN o.records > 1 THEN ':' || o.records ELSE '' END
          AND o.recorded_at = r.occurred_at
      WHERE r.company_id = ANY (\(companies)) AND r.month = ANY (\(scope.months))
        AND r.usage_id LIKE 'order:%' AND r.kind = 'u' AND NOT r.voided
        AND o.company_id IS NULL
      ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .strayRecord(usageID: $0, month: $1) }
  }

  private func strayPatientRecords() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      SELECT r.company_id, r.usage_id, r.month FROM billing.usage_records r LEFT JOIN billing.patient_charges c
        ON c.company_id = r.company_id AND c.surrogate::text = substr(r.usage_id, 12, 36) AND c.stands
          AND r.usage_id = 'activation:' || c.surrogate || to_char(c.period_start, ':YYYY-MM-DD')
            || CASE WHEN c.records > 1 THEN ':' || c.records ELSE '' END
          AND c.charged_at = r.occurred_at
      WHERE r.company_id = ANY (\(companies)) AND r.month = ANY (\(scope.months))
        AND r.usage_id LIKE 'activation:%' AND r.kind = 'u' AND NOT r.voided
        AND c.company_id IS NULL
      ORDER BY 1, 2, 3 LIMIT \(Self.most)
      """)
    return try records(rows) { .strayRecord(usageID: $0, month: $1) }
  }

  private func records(
    _ rows: Rows, _ finding: (UsageID, CivilDate) -> Difference.Finding
  ) throws(PostgreSQLError) -> [Difference] {
    var found: [Difference] = []
    for row in rows {
      found.append(Difference(try row.decode(at: 0), finding(try row.decode(at: 1), try row.decode(at: 2))))
    }
    return found
  }
}
