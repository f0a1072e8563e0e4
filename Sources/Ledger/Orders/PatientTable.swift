import Billing
import PostgreSQL

/// What is kept of patients.
struct PatientTable {
  /// A period for which a patient was charged.
  struct Charge: Equatable {
    /// How many records were made for it.
    var records: Int
    /// Whether the last of them stands; otherwise it was taken back.
    var stands: Bool
    /// The last record's timestamp.
    var at: Instant
  }

  struct Row {
    var state = PatientState()
    /// By the period's start.
    var charges: [CivilDate: Charge] = [:]

    /// The starts of the periods for which a record stands.
    var charged: Set<CivilDate> { Set(charges.filter(\.value.stands).map(\.key)) }
  }

  let connection: Connection

  /// In SQL, the id of the last record of a charge (`UsageID.activation`).
  static let recordID: StaticString = """
    'activation:' || surrogate || to_char(period_start, ':YYYY-MM-DD')
      || CASE WHEN records > 1 THEN ':' || records ELSE '' END
    """

  /// The patients' rows, locked until the transaction ends.
  ///
  /// - Parameter keys: ascending, each once.
  func lock(_ keys: [SurrogateKey]) throws(PostgreSQLError) -> [SurrogateKey: Row] {
    guard !keys.isEmpty else { return [:] }
    var first: [SurrogateKey: Instant] = [:]
    let rows = try connection.query(
      """
      SELECT p.*
      FROM unnest(\(keys.map(\.company)), \(keys.map(\.surrogate))) AS k (company_id, surrogate)
      CROSS JOIN LATERAL (
        SELECT company_id, surrogate, first_activation_at FROM billing.patients
        WHERE company_id = k.company_id AND surrogate = k.surrogate LIMIT 1 FOR UPDATE) AS p
      """)
    var patients: [SurrogateKey: Row] = [:]
    for row in rows {
      let key = SurrogateKey(company: try row.decode(at: 0), surrogate: try row.decode(at: 1))
      first[key] = try row.decode(Instant?.self, at: 2)
      patients[key] = Row()
    }
    // Read after the locks: what another replica has changed meanwhile is seen.
    for (key, entries) in try changes(of: keys) {
      patients[key]?.state = PatientState(firstActivation: first[key], entries: entries)
    }
    for (key, charges) in try charges(of: keys) { patients[key]?.charges = charges }
    return patients
  }

  private func changes(of keys: [SurrogateKey]) throws(PostgreSQLError) -> [SurrogateKey: [PatientState.Entry]] {
    var changes: [SurrogateKey: [PatientState.Entry]] = [:]
    let rows = try connection.query(
      """
      SELECT k.company_id, k.surrogate, c.occurred_at, c.event_id, c.is_activation
      FROM unnest(\(keys.map(\.company)), \(keys.map(\.surrogate))) AS k (company_id, surrogate)
      JOIN billing.patient_changes c ON c.company_id = k.company_id AND c.surrogate = k.surrogate
      """)
    for row in rows {
      let key = SurrogateKey(company: try row.decode(at: 0), surrogate: try row.decode(at: 1))
      let moment = EventMoment(occurredAt: try row.decode(at: 2), eventID: try row.decode(at: 3))
      changes[key, default: []].append(
        PatientState.Entry(moment: moment, change: try row.decode(Bool.self, at: 4) ? .activated : .deactivated))
    }
    return changes
  }

  private func charges(of keys: [SurrogateKey]) throws(PostgreSQLError) -> [SurrogateKey: [CivilDate: Charge]] {
    var charges: [SurrogateKey: [CivilDate: Charge]] = [:]
    let rows = try connection.query(
      """
      SELECT k.company_id, k.surrogate, c.period_start, c.records, c.stands, c.charged_at
      FROM unnest(\(keys.map(\.company)), \(keys.map(\.surrogate))) AS k (company_id, surrogate)
      JOIN billing.patient_charges c ON c.company_id = k.company_id AND c.surrogate = k.surrogate
      """)
    for row in rows {
      let key = SurrogateKey(company: try row.decode(at: 0), surrogate: try row.decode(at: 1))
      charges[key, default: [:]][try row.decode(at: 2)] = Charge(
        records: Int(try row.decode(Int32.self, at: 3)), stands: try row.decode(at: 4), at: try row.decode(at: 5))
    }
    return charges
  }
}
