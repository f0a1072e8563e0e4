import Billing
import PostgreSQL

/// Some of a company's patients, settled in one transaction together with the mark of how far the renewal has come.
struct RenewalChunk {
  let connection: Connection
  let registry: Registry
  let company: CompanyID
  let size: Int

  private struct Progress {
    let renewedThrough: CivilDate
    let settledThrough: CivilDate?
    let settledPatient: Surrogate?
  }

  /// - Returns: what the ledger has to be told, and whether these were the last patients.
  func plan() throws(LedgerError) -> (work: LedgerWork, isLast: Bool) {
    guard let progress = try database({ () throws(PostgreSQLError) in try lock() }) else { return (LedgerWork(), true) }
    var patients = try database { () throws(PostgreSQLError) in try self.patients(progress) }
    let isLast = patients.count < size
    let last = patients.last?.key.surrogate
    var work = LedgerWork()
    var tally = OrderTally()
    try PatientFold(connection: connection, registry: registry).settle(&patients, work: &work, tally: &tally)
    try database { () throws(PostgreSQLError) in
      _ = try connection.update(
        """
        UPDATE billing.patient_renewals
        SET settled_patient = \(isLast ? nil : last),
          settled_through = CASE WHEN \(isLast) THEN renewed_through ELSE settled_through END
        WHERE company_id = \(company)
        """)
    }
    return (work, isLast)
  }

  /// - Returns: `nil` when there is nothing left to do: another run may have done it.
  private func lock() throws(PostgreSQLError) -> Progress? {
    let rows = try connection.query(
      """
      SELECT renewed_through, settled_through, settled_patient FROM billing.patient_renewals
      WHERE company_id = \(company) AND renewed_through IS DISTINCT FROM settled_through FOR UPDATE
      """)
    guard let row = rows.first, let renewed = try row.decode(CivilDate?.self, at: 0) else { return nil }
    return Progress(
      renewedThrough: renewed, settledThrough: try row.decode(at: 1), settledPatient: try row.decode(at: 2))
  }

  /// The next patients who may have been active at the start of a period that was not settled before. Whoever was
  /// deactivated by the last one that was is passed over: such patients only become more.
  private func patients(_ progress: Progress) throws(PostgreSQLError) -> [PatientFold.Patient] {
    let settled = progress.settledThrough?.start ?? Instant(microseconds: 0)
    let after = progress.settledPatient ?? Surrogate(high: 0, low: 0)
    let rows = try connection.query(
      """
      SELECT p.surrogate, (
        SELECT s.pseudonym FROM billing.subjects s
        WHERE s.company_id = p.company_id AND s.surrogate = p.surrogate ORDER BY s.pseudonym DESC LIMIT 1)
      FROM billing.patients p
      WHERE p.company_id = \(company) AND p.surrogate > \(after)
        AND (p.is_active OR p.last_change_at > \(settled) OR \(progress.settledThrough == nil))
      ORDER BY p.surrogate LIMIT \(size)
      """)
    var names: [SurrogateKey: Pseudonyms] = [:]
    var keys: [SurrogateKey] = []
    for row in rows {
      let key = SurrogateKey(company: company, surrogate: try row.decode(at: 0))
      keys.append(key)
      names[key] = try row.decode(Pseudonym?.self, at: 1).map { Pseudonyms(newest: $0) }
    }
    let locked = try PatientTable(connection: connection).lock(keys)
    return keys.compactMap { key in
      locked[key].map { PatientFold.Patient(key: key, before: $0, after: $0, name: names[key]) }
    }
  }
}
