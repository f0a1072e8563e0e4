import Audit
import Billing
import PostgreSQL

/// Recomputes totals from the ledger and says where they differ, while workers run.
///
/// Companies are taken in chunks in the order of their ids. A chunk is read in one snapshot: recorders commit records and
/// totals together, so that one moment's totals and records must agree, and a difference is never a matter of timing. The
/// snapshots stay short, so that they do not hold back the cleaning of dead rows.
///
/// Closed periods that were proven before and whose totals are still the same are not recomputed (`ProvenPeriods`): what
/// this costs grows with what has changed. What is archived cannot be recomputed, and is no difference: days of such
/// months, and billing periods that have any.
public struct Verification {
  /// Plans are made for the chunk at hand: companies differ in size by orders of magnitude. Compiling them costs more than
  /// a chunk takes, and sorting in memory less than on disk.
  private static let begin = """
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    \(ArchivedMonths.stay);
    SET LOCAL jit = off;
    SET LOCAL plan_cache_mode = force_custom_plan;
    SET LOCAL work_mem = '64MB'
    """

  private let connection: Connection
  private let only: CompanyID?
  private let month: CivilDate?
  private let isFull: Bool
  private var parts: [any VerificationPart]

  /// - Parameters:
  ///   - connection: statements over a large company take their time: its `queryTimeout` must allow for it.
  ///   - only: one company; all if left out.
  ///   - month: the first day of one month: only billing periods that have days of it; all of the ledger if left out.
  ///   - isFull: recomputes all of the ledger, whatever was proven before.
  ///   - parts: what else is compared in the same snapshots.
  public init(
    _ connection: Connection, company only: CompanyID? = nil, month: CivilDate? = nil, isFull: Bool = false,
    parts: [any VerificationPart] = []
  ) {
    self.connection = connection
    self.only = only
    self.month = month
    self.isFull = isFull
    self.parts = parts
  }

  /// Compares, and changes nothing that is compared.
  ///
  /// - Parameter progress: told how many companies are done, of how many.
  public func run(progress: (Int, Int) -> Void = { _, _ in }) throws(LedgerError) -> VerificationReport {
    try run(progress: progress) { (_: inout Difference, _) in }
  }

  /// Compares, and puts totals right where they differ, each in a transaction of its own that first locks the total. Other
  /// differences are a matter for people: they are told and left.
  ///
  /// - Parameters:
  ///   - person: who is asking, for the audit log.
  ///   - progress: told how many companies are done, of how many.
  public func repair(
    by person: Person, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(LedgerError) -> VerificationReport {
    let repair = TotalRepair(connection: connection, by: person)
    return try run(progress: progress) { (difference, metrics) throws(LedgerError) in
      difference.isRepaired = try repair.mend(difference, metrics: metrics)
    }
  }

  private func run(
    progress: (Int, Int) -> Void, _ handle: (inout Difference, [MetricName: Metric]) throws(LedgerError) -> Void
  ) throws(LedgerError) -> VerificationReport {
    var report = VerificationReport()
    report.archived.months = try ArchivedMonths(connection).absent
    var parts = parts
    var chunks = CompanyChunks(connection: connection, scope: only)
    let companies = try chunks.count()
    while true {
      let ids = try chunks.next()
      guard !ids.isEmpty else { break }
      var chunk = try check(ids, &parts)
      for index in chunk.differences.indices { try handle(&chunk.differences[index], chunk.metrics) }
      report.add(chunk)
      progress(report.companies, max(companies, report.companies))
    }
    if only == nil, month == nil {
      for part in parts { report.differences += try part.commonDifferences(on: connection) }
    }
    return report
  }

  /// What was found of some companies.
  struct Chunk {
    let companies: Int
    let metrics: [MetricName: Metric]
    var differences: [Difference]
    let records: Int64
    let unchangedPeriods: Int
    let archived: [VerificationScope.Period]
  }

  private func check(_ ids: [CompanyID], _ parts: inout [any VerificationPart]) throws(LedgerError) -> Chunk {
    let (chunk, compared) = try inTransaction(connection, begin: Self.begin) { () throws(LedgerError) in
      let candidates = try database { () throws(PostgreSQLError) in
        try ProvenPeriods(connection: connection).candidates(ids)
      }
      let (scope, archived) = try scope(ids, candidates)
      var (found, records) = try database { () throws(PostgreSQLError) in try compare(scope) }
      for index in parts.indices { found += try parts[index].differences(in: scope, on: connection) }
      // The checks went one after the other over all companies of the chunk.
      let sorted = found.enumerated().sorted { one, other in
        (one.element.company?.text ?? "", one.offset) < (other.element.company?.text ?? "", other.offset)
      }
      let chunk = Chunk(
        companies: ids.count, metrics: scope.metrics, differences: sorted.map(\.element), records: records,
        unchangedPeriods: isFull ? 0 : candidates.count { $0.isProven }, archived: archived)
      let periods = Set(scope.periods)
      return (chunk, candidates.filter { periods.contains($0.period) })
    }
    let clean = Set(ids).subtracting(chunk.differences.compactMap(\.company))
    try inTransaction(connection) { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in
        try ProvenPeriods(connection: connection)
          .keep(compared.filter { !$0.isProven && clean.contains($0.period.company) })
      }
      for index in parts.indices { try parts[index].keep(clean, on: connection) }
    }
    return chunk
  }

  /// - Returns: also the periods that cannot be compared as wholes, since some of their records are archived.
  private func scope(
    _ ids: [CompanyID], _ candidates: [ProvenPeriods.Candidate]
  ) throws(LedgerError) -> (VerificationScope, archived: [VerificationScope.Period]) {
    let metrics = try CatalogStore.catalog(connection).metrics
    let months = try LedgerMonths(connection)
    let proven = isFull ? [] : Set(candidates.filter(\.isProven).map(\.period))
    let all = try database { () throws(PostgreSQLError) in try periods(ids) }
    var settled: [VerificationScope.Period] = []
    var compared: [VerificationScope.Period] = []
    var archived: [VerificationScope.Period] = []
    for period in all {
      if !isAsked(period) {
        settled.append(period)
      } else if months.isArchived(period.bounds) {
        archived.append(period)
        settled += months.uncompared(of: period.bounds).map { days in
          VerificationScope.Period(company: period.company, bounds: days, isClosed: period.isClosed)
        }
      } else if proven.contains(period) {
        settled.append(period)
      } else {
        compared.append(period)
      }
    }
    let read = Set((compared + archived).flatMap { months.months(of: $0.bounds) }).sorted()
    let scope = VerificationScope(
      companies: ids, metrics: metrics, isFull: isFull, periods: compared, settled: settled,
      months: isFull && month == nil ? months.present : read)
    return (scope, archived)
  }

  private func isAsked(_ period: VerificationScope.Period) -> Bool {
    guard let month else { return true }
    return period.bounds.start < month.firstOfNextMonth && month < period.bounds.end
  }

  private func periods(_ ids: [CompanyID]) throws(PostgreSQLError) -> [VerificationScope.Period] {
    let rows = try connection.query(
      """
      SELECT company_id, period_start, period_end, closed_at IS NOT NULL FROM billing.billing_periods
      WHERE company_id = ANY (\(ids)) ORDER BY 1, 2
      """)
    var periods: [VerificationScope.Period] = []
    for row in rows {
      guard let bounds = BillingPeriod(start: try row.decode(at: 1), end: try row.decode(at: 2)) else { continue }
      periods.append(
        VerificationScope.Period(company: try row.decode(at: 0), bounds: bounds, isClosed: try row.decode(at: 3)))
    }
    return periods
  }

  private func compare(_ scope: VerificationScope) throws(PostgreSQLError) -> ([Difference], records: Int64) {
    let records = RecordsCheck(connection: connection, scope: scope)
    var found = try TotalsCheck(connection: connection, scope: scope).differences()
    found += try SubjectsCheck(connection: connection, scope: scope).differences()
    found += try records.differences()
    found += try OrdersCheck(connection: connection, scope: scope).differences()
    return (found, try records.count())
  }
}
