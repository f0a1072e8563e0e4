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

    /// The last record of a period that the patient was charged for.
    func record(of start: CivilDate) -> OwnRecord? {
      after.charges[start].map { charge in
        OwnRecord(
          company: key.company, id: .activation(key.surrogate, periodStart: start, record: charge.records),
          timestamp: charge.at)
      }
    }
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
    var doubtful: [(period: ClosedPeriods.Key, record: OwnRecord)] = []
    for patient in patients {
      guard let company = registry.known(patient.key.company) else {
        throw .unexpected("a patient without its company")
      }
      let settlement = patient.after.state.settlement(
        periods: company.periods.map(\.bounds), renewedThrough: company.renewedThrough, charged: patient.after.charged)
      for period in settlement.takeBack {
        guard let record = patient.record(of: period.start) else { continue }
        doubtful.append((ClosedPeriods.Key(company: company.id, start: period.start), record))
      }
      settlements.append(settlement)
    }
    let asked = doubtful
    let (closed, standing) = try database { () throws(PostgreSQLError) in
      let closed = try ClosedPeriods(Set(asked.map(\.period)), on: connection)
      return (closed, try OwnRecord.standing(asked.map(\.record), on: connection))
    }
    let amendable = Set(asked.indices.filter(standing.contains).map { asked[$0].record.id })
    for (index, settlement) in settlements.enumerated() {
      for period in settlement.takeBack {
        takeBack(period.start, of: &patients[index], closed, amendable, &work, &tally)
      }
      for charge in settlement.charge { try self.charge(charge, to: &patients[index], &work) }
    }
    let settled = patients.map { ($0.key, $0.before, $0.after) }
    try database { () throws(PostgreSQLError) in try PatientTable(connection: connection).save(settled) }
  }

  /// A charge that a person has taken back stays as it is: the period counts as charged for ever.
  private func takeBack(
    _ start: CivilDate, of patient: inout Patient, _ closed: ClosedPeriods, _ amendable: Set<UsageID>,
    _ work: inout LedgerWork, _ tally: inout OrderTally
  ) {
    guard let record = patient.record(of: start), amendable.contains(record.id) else { return }
    guard !closed.contains(patient.key.company, start) else {
      tally.differences += 1
      return
    }
    patient.after.charges[start]?.stands = false
    work.voids.append(
      VoidedUsage(
        usageID: record.id, companyID: record.company, timestamp: record.timestamp,
        reason: "an activation that came later was the first"))
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
