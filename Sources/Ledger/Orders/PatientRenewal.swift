import Billing
import Faults
import PostgreSQL

/// Charges patients who are still active for the billing periods that have begun since. It belongs to one thread, with a
/// connection of its own.
///
/// First a company's renewal is told to every recorder, under the lock that recorders share: from then on each patient
/// event charges by itself what it has to. Then the patients that are there already are settled, in chunks that remember
/// how far they came. A charge has the patient's row for its key, so it does not matter how often, from where, or over how
/// many boundaries at once this runs.
public final class PatientRenewal {
  /// What a run did.
  public struct Report: Sendable, Equatable {
    /// Companies for which a period was renewed, or a renewal brought to its end.
    public internal(set) var companies = 0
    /// Records made.
    public internal(set) var charged = 0
    /// Threshold messages owed since.
    public internal(set) var alerts = 0

    public init() {}
  }

  private let ledger: Ledger
  private let grace: Duration
  private let failpoints: Failpoints

  private static let companiesAtOnce = 500
  private static let patientsAtOnce = 500

  /// - Parameters:
  ///   - connection: one of `Connection.forLedger`.
  ///   - grace: how long after a period's end what still belongs to it is awaited, before the next is renewed.
  public init(
    connection: Connection, grace: Duration, failpoints: Failpoints = .none
  ) throws(LedgerError) {
    ledger = try Ledger(connection: connection, failpoints: failpoints)
    self.grace = grace
    self.failpoints = failpoints
  }

  /// Renews every period that has begun, and whose predecessor's grace is over, by `asOf`.
  ///
  /// - Parameters:
  ///   - asOf: the present or an earlier time; never ahead of the present, since patients may yet be deactivated before a
  ///     period begins.
  ///   - shouldStop: asked between companies; what is left is the next run's.
  ///   - progress: told how many companies are done.
  /// - Throws: `contended` when recorders did not make room for the mark in time: try again.
  public func run(
    asOf: Instant, shouldStop: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
  ) throws(LedgerError) -> Report {
    var report = Report()
    var last: CompanyID?
    while true {
      let due = try due(after: last, asOf: asOf)
      guard let next = due.last else { return report }
      last = next
      do throws(AdministrationError) {
        try begin(due, asOf: asOf)
      } catch {
        guard case .ledger(let cause) = error else { throw .contended }
        throw cause
      }
      failpoints.pass(LedgerStep.afterRenewalBegun)
      for company in due {
        guard !shouldStop() else { return report }
        try settle(company, now: asOf, &report)
        report.companies += 1
        progress(report.companies)
      }
    }
  }

  /// The last day whose start lies the grace back.
  private func latestStart(_ asOf: Instant) -> CivilDate {
    asOf.adding(seconds: -grace.components.seconds).date
  }

  /// Companies with patients of which a period may have to be renewed, or whose renewal is not at its end.
  private func due(after last: CompanyID?, asOf: Instant) throws(LedgerError) -> [CompanyID] {
    let rows = try database { () throws(PostgreSQLError) in
      try ledger.connection.query(
        """
        SELECT r.company_id FROM billing.patient_renewals r
        LEFT JOIN billing.billing_periods p ON p.company_id = r.company_id AND p.period_start = r.renewed_through
        WHERE r.company_id > \(last?.text ?? "")
          AND (p.period_end IS NULL OR p.period_end <= \(latestStart(asOf))
            OR r.settled_through IS DISTINCT FROM r.renewed_through)
        ORDER BY r.company_id LIMIT \(Self.companiesAtOnce)
        """)
    }
    var due: [CompanyID] = []
    for row in rows { due.append(try database { () throws(PostgreSQLError) in try row.decode(at: 0) }) }
    return due
  }

  /// Tells recorders of the companies' latest periods to renew.
  private func begin(_ ids: [CompanyID], asOf: Instant) throws(AdministrationError) {
    let latest = latestStart(asOf)
    let companies = try administration { () throws(LedgerError) in
      // Whose last event was long ago lacks the periods since.
      try CompanyLoader(connection: ledger.connection).make(
        Dictionary(uniqueKeysWithValues: ids.map { ($0, []) }), now: asOf)
    }
    let renewed = companies.compactMap { company -> (id: CompanyID, start: CivilDate)? in
      guard let period = company.periods.last(where: { $0.bounds.start <= latest }),
        company.renewedThrough.map({ $0 < period.bounds.start }) ?? true
      else { return nil }
      return (company.id, period.bounds.start)
    }
    guard !renewed.isEmpty else { return }
    try RegistryChange.run(on: ledger.connection) { change throws(AdministrationError) in
      let version = try change.nextVersion()
      try administration { () throws(LedgerError) in
        try database { () throws(PostgreSQLError) in
          _ = try change.connection.update(
            """
            WITH renewed AS (
              UPDATE billing.patient_renewals r SET renewed_through = k.start, settled_patient = NULL
              FROM unnest(\(renewed.map(\.id)), \(renewed.map(\.start))) AS k (company_id, start)
              WHERE r.company_id = k.company_id AND (r.renewed_through IS NULL OR r.renewed_through < k.start)
              RETURNING r.company_id)
            UPDATE billing.companies c SET version = \(version) FROM renewed WHERE c.company_id = renewed.company_id
            """)
        }
      }
    }
  }

  /// Brings a company's renewal to its end, chunk by chunk.
  private func settle(_ company: CompanyID, now: Instant, _ report: inout Report) throws(LedgerError) {
    var isDone = false
    while !isDone {
      var foreseen = LedgerWork()
      foreseen.moments = [LedgerWork.Moment(company: company, at: now)]
      let chunk = RenewalChunk(
        connection: ledger.connection, registry: ledger.registry, company: company, size: Self.patientsAtOnce)
      let result = try ledger.write(foreseen, now: now) { () throws(LedgerError) in
        let (work, isLast) = try chunk.plan()
        isDone = isLast
        return work
      }
      report.charged += result.records.count { $0 == .counted }
      report.alerts += result.alerts
      failpoints.pass(LedgerStep.afterRenewalChunk)
    }
  }
}
