import Billing
import PostgreSQL

/// Settles patients: what is kept of them against what stands in the ledger.
struct PatientFold {
  let connection: Connection
  let registry: Registry

  /// A patient whose row is locked or new.
  struct Patient {
    let key: SurrogateKey
    let before: PatientTable.Row
    var after: PatientTable.Row
    /// Under which pseudonyms the ledger keeps whom a record was for; `nil` where nobody can tell any more.
    let name: Pseudonyms?
  }

  /// Folds a batch's steps into what is kept of their patients, and settles those that have changed.
  ///
  /// - Parameters:
  ///   - steps: of each patient, in any order.
  ///   - known: the patients that may have a row.
  func run(
    _ steps: [SurrogateKey: [PatientStep]], known: Set<SurrogateKey>, work: inout LedgerWork, tally: inout OrderTally
  ) throws(LedgerError) {
    guard !steps.isEmpty else { return }
    let kept = try database { () throws(PostgreSQLError) in
      try PatientTable(connection: connection).lock(known.sorted())
    }
    var patients: [Patient] = []
    for (key, steps) in steps.sorted(by: { $0.key < $1.key }) {
      let before = kept[key] ?? PatientTable.Row()
      var patient = Patient(key: key, before: before, after: before, name: steps.first?.patient)
      for step in steps {
        let former = patient.after.state
        patient.after.state.add(step)
        if patient.after.state == former { tally.duplicates += 1 }
      }
      if patient.after.state != before.state { patients.append(patient) }
    }
    try settle(&patients, work: &work, tally: &tally)
  }

  /// Says which records the patients need and which have lost their ground, and writes the patients' rows.
  func settle(
    _ patients: inout [Patient], work: inout LedgerWork, tally: inout OrderTally
  ) throws(LedgerError) {
    var settlements: [PatientSettlement] = []
    var doubtful: Set<ClosedPeriods.Key> = []
    for patient in patients {
      guard let company = registry.known(patient.key.company) else {
        throw .unexpected("a patient without its company")
      }
      let settlement = patient.after.state.settlement(
        periods: company.periods.map(\.bounds), renewedThrough: company.renewedThrough, charged: patient.after.charged)
      for period in settlement.takeBack {
        doubtful.insert(ClosedPeriods.Key(company: company.id, start: period.start))
      }
      settlements.append(settlement)
    }
    let asked = doubtful
    let closed = try database { () throws(PostgreSQLError) in try ClosedPeriods(asked, on: connection) }
    for (index, settlement) in settlements.enumerated() {
      for period in settlement.takeBack {
        takeBack(period.start, of: &patients[index], closed, &work, &tally)
      }
      for charge in settlement.charge { try self.charge(charge, to: &patients[index], &work) }
    }
    let settled = patients.map { ($0.key, $0.before, $0.after) }
    try database { () throws(PostgreSQLError) in try PatientTable(connection: connection).save(settled) }
  }

  private func takeBack(
    _ start: CivilDate, of patient: inout Patient, _ closed: ClosedPeriods, _ work: inout LedgerWork,
    _ tally: inout OrderTally
  ) {
    guard let charge = patient.after.charges[start] else { return }
    guard !closed.contains(patient.key.company, start) else {
      tally.differences += 1
      return
    }
    patient.after.charges[start]?.stands = false
    work.voids.append(
      VoidedUsage(
        usageID: .activation(patient.key.surrogate, periodStart: start, record: charge.records),
        companyID: patient.key.company, timestamp: charge.at, reason: "an activation that came later was the first"))
  }

  private func charge(
    _ charge: PatientSettlement.Charge, to patient: inout Patient, _ work: inout LedgerWork
  ) throws(LedgerError) {
    guard let metric = registry.catalog.metrics[.patientActivation] else {
      throw .unexpected("the catalog lacks the metric of patients")
    }
    let start = charge.period.start
    let records = (patient.after.charges[start]?.records ?? 0) + 1
    patient.after.charges[start] = PatientTable.Charge(records: records, stands: true, at: charge.at)
    work.records.append(
      RecordedUsage(
        usageID: .activation(patient.key.surrogate, periodStart: start, record: records),
        companyID: patient.key.company, metric: metric, quantity: Quantity(1), timestamp: charge.at,
        subject: patient.name))
  }
}
