import Billing
import PostgreSQL
import Storage

/// One-off charges that are on no line.
struct ChargeRows {
  let connection: Connection

  /// The companies after the last one of whose charges some of these kinds are unbilled.
  func companies(owing kinds: Set<ChargeKind>, after last: String, limit: Int) throws(PostgreSQLError) -> [CompanyID] {
    let rows = try connection.query(
      """
      SELECT DISTINCT c.company_id FROM billing.charges c JOIN billing.companies o ON o.company_id = c.company_id
      WHERE NOT c.billed AND c.company_id > \(last) AND c.kind = ANY (\(kinds.map(\.text)))
        AND o.registered_at IS NOT NULL
      ORDER BY c.company_id LIMIT \(limit)
      """)
    var companies: [CompanyID] = []
    for row in rows { companies.append(try row.decode(at: 0)) }
    return companies
  }

  /// Locks unbilled charges, and reads them in the order in which they occurred. Who else bills them waits, and finds them
  /// billed.
  ///
  /// - Parameters:
  ///   - days: by company, the first day that a charge may not fall on any more.
  ///   - kinds: those alone, or those not.
  func lock(
    _ companies: [CompanyID], before days: [CivilDate], kinds: Set<ChargeKind>, areLeftOut: Bool
  ) throws(PostgreSQLError) -> [CompanyID: [PeriodPlan.Charge]] {
    let rows = try connection.query(
      """
      SELECT c.company_id, c.charge_number, c.kind, c.minor_units, c.currency, c.occurred_at
      FROM unnest(\(companies), \(days.map(\.start))) AS k (company_id, past)
      JOIN billing.charges c ON c.company_id = k.company_id AND c.occurred_at < k.past
      WHERE NOT c.billed AND (c.kind = ANY (\(kinds.map(\.text)))) <> \(areLeftOut)
      ORDER BY c.company_id, c.occurred_at, c.charge_number FOR NO KEY UPDATE OF c
      """)
    var charges: [CompanyID: [PeriodPlan.Charge]] = [:]
    for row in rows { try charges[row.decode(at: 0), default: []].append(Self.charge(row)) }
    return charges
  }

  private static func charge(_ row: Row) throws(PostgreSQLError) -> PeriodPlan.Charge {
    guard let kind = ChargeKind(try row.decode(String.self, at: 2)) else {
      throw PostgreSQLError(.decoding, "a stored value is not a charge's kind")
    }
    let amount = Amount(minorUnits: Int128(try row.decode(Int64.self, at: 3)), currency: try row.currency(at: 4))
    return PeriodPlan.Charge(
      number: try row.decode(at: 1), kind: kind, amount: amount, occurredAt: try row.decode(at: 5))
  }

  /// Notes that locked charges are on lines.
  func markBilled(_ charges: [(company: CompanyID, number: Int64)]) throws(PostgreSQLError) {
    guard !charges.isEmpty else { return }
    _ = try connection.update(
      """
      UPDATE billing.charges c SET billed = true
      FROM unnest(\(charges.map(\.company)), \(charges.map(\.number))) AS k (company_id, charge_number)
      WHERE c.company_id = k.company_id AND NOT c.billed AND c.charge_number = k.charge_number
      """)
  }
}
