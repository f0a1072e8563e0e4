import Billing
import PostgreSQL

extension PatientTable {
  /// Writes what has changed of patients that are locked or new, and has the companies known to the renewal.
  func save(_ patients: [(key: SurrogateKey, before: Row, after: Row)]) throws(PostgreSQLError) {
    let changed = patients.filter { $0.before.state != $0.after.state }
    if !changed.isEmpty {
      try saveStates(changed.map { ($0.key, $0.after.state) })
      try saveChanges(
        changed.flatMap { patient in
          let known = Set(patient.before.state.entries)
          return patient.after.state.entries.filter { !known.contains($0) }.map { (patient.key, $0) }
        })
      try makeRenewals(of: Set(changed.map(\.key.company)).sorted())
    }
    try saveCharges(
      patients.flatMap { patient in
        patient.after.charges.filter { patient.before.charges[$0.key] != $0.value }.sorted { $0.key < $1.key }
          .map { (patient.key, $0.key, $0.value) }
      })
  }

  private func saveStates(_ patients: [(key: SurrogateKey, state: PatientState)]) throws(PostgreSQLError) {
    let last = patients.map(\.state.entries.last)
    _ = try connection.update(
      """
      INSERT INTO billing.patients (company_id, surrogate, is_active, last_change_at, first_activation_at)
      SELECT company_id, surrogate, is_active, last_change_at, first_activation_at
      FROM unnest(\(patients.map(\.key.company)), \(patients.map(\.key.surrogate)),
          \(last.map { $0?.change == .activated }), \(last.map(\.?.moment.occurredAt)),
          \(patients.map(\.state.firstActivation)))
        AS p (company_id, surrogate, is_active, last_change_at, first_activation_at)
      ON CONFLICT (company_id, surrogate) DO UPDATE SET is_active = excluded.is_active,
        last_change_at = excluded.last_change_at, first_activation_at = excluded.first_activation_at
      """)
  }

  /// Of those seen first by the start of the same day the last stays.
  private func saveChanges(_ entries: [(key: SurrogateKey, entry: PatientState.Entry)]) throws(PostgreSQLError) {
    guard !entries.isEmpty else { return }
    let changes = entries.map(\.entry)
    _ = try connection.update(
      """
      INSERT INTO billing.patient_changes (company_id, surrogate, seen_by, is_activation, occurred_at, event_id)
      SELECT company_id, surrogate, seen_by, is_activation, occurred_at, event_id
      FROM unnest(\(entries.map(\.key.company)), \(entries.map(\.key.surrogate)), \(changes.map(\.seenBy)),
          \(changes.map { $0.change == .activated }), \(changes.map(\.moment.occurredAt)),
          \(changes.map(\.moment.eventID)))
        AS c (company_id, surrogate, seen_by, is_activation, occurred_at, event_id)
      ON CONFLICT (company_id, surrogate, seen_by) DO UPDATE SET is_activation = excluded.is_activation,
        occurred_at = excluded.occurred_at, event_id = excluded.event_id
      """)
  }

  private func saveCharges(
    _ charges: [(key: SurrogateKey, start: CivilDate, charge: Charge)]
  ) throws(PostgreSQLError) {
    guard !charges.isEmpty else { return }
    _ = try connection.update(
      """
      INSERT INTO billing.patient_charges (company_id, surrogate, period_start, records, stands, charged_at)
      SELECT company_id, surrogate, period_start, records, stands, charged_at
      FROM unnest(\(charges.map(\.key.company)), \(charges.map(\.key.surrogate)), \(charges.map(\.start)),
          \(charges.map { Int32($0.charge.records) }), \(charges.map(\.charge.stands)), \(charges.map(\.charge.at)))
        AS c (company_id, surrogate, period_start, records, stands, charged_at)
      ON CONFLICT (company_id, surrogate, period_start) DO UPDATE SET records = excluded.records,
        stands = excluded.stands, charged_at = excluded.charged_at
      """)
  }

  private func makeRenewals(of companies: [CompanyID]) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      INSERT INTO billing.patient_renewals (company_id)
      SELECT company_id FROM unnest(\(companies)) AS c (company_id)
      WHERE NOT EXISTS (SELECT FROM billing.patient_renewals r WHERE r.company_id = c.company_id)
      ON CONFLICT DO NOTHING
      """)
  }
}
