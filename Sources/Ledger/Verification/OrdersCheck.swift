import Billing
import PostgreSQL

/// Compares the records of orders and patients with what is kept of each: by these rows an order is billed once in its
/// life, and a patient once for a period.
///
/// A record that a person has taken back is no difference: the row goes on saying that it was made, so that it is not made
/// again. As far as the scope goes: the months of periods that are compared.
struct OrdersCheck {
  let connection: Connection
  let scope: VerificationScope

  private var companies: [CompanyID] { scope.companies }

  /// Findings of one kind beyond this many say nothing new.
  private static let most = 100

  func differences() throws(PostgreSQLError) -> [Difference] {
    let rows = try connection.query(
      """
      WITH kept AS MATERIALIZED (
        SELECT company_id, \(unescaped: OrderTable.recordID) AS usage_id, recorded_at AS occurred_at, true AS stands,
          CASE recorded_class WHEN 's' THEN \(MetricName.radiologyStandard) ELSE \(MetricName.radiologyAdvanced) END
            AS metric
        FROM billing.orders WHERE company_id = ANY (\(companies)) AND records > 0
        UNION ALL
        SELECT company_id, \(unescaped: PatientTable.recordID), charged_at, stands, \(MetricName.patientActivation)
        FROM billing.patient_charges WHERE company_id = ANY (\(companies))
      ), own AS MATERIALIZED (
        SELECT company_id, usage_id, occurred_at, month, metric, voided FROM billing.usage_records
        WHERE company_id = ANY (\(companies)) AND month = ANY (\(scope.months)) AND kind = 'u'
          AND (usage_id LIKE 'order:%' OR usage_id LIKE 'activation:%')
      ), missing AS (
        SELECT company_id, usage_id, date_trunc('month', occurred_at AT TIME ZONE 'UTC')::date AS month
        FROM kept LEFT JOIN own USING (company_id, usage_id, occurred_at, metric) WHERE own.voided IS NULL
      )
      (SELECT true, company_id, usage_id, month FROM missing WHERE month = ANY (\(scope.months))
        ORDER BY 2, 3, 4 LIMIT \(Self.most))
      UNION ALL
      (SELECT false, company_id, usage_id, own.month
        FROM own LEFT JOIN (SELECT * FROM kept WHERE stands) AS k USING (company_id, usage_id, occurred_at)
        WHERE NOT own.voided AND k.stands IS NULL ORDER BY 2, 3, 4 LIMIT \(Self.most))
      """)
    var found: [Difference] = []
    for row in rows {
      let (id, month) = (try row.decode(UsageID.self, at: 2), try row.decode(CivilDate.self, at: 3))
      let isMissing = try row.decode(Bool.self, at: 0)
      found.append(
        Difference(
          try row.decode(at: 1),
          isMissing ? .missingRecord(usageID: id, month: month) : .strayRecord(usageID: id, month: month)))
    }
    return found
  }
}
