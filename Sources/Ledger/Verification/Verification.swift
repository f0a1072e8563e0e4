import Audit
import Billing
import PostgreSQL

/// Recomputes totals from the ledger and says where they differ, while workers run.
///
/// Companies are taken in chunks in the order of their ids. A chunk is read in one snapshot: recorders commit records and
/// totals together, so that one moment's totals and records must agree, and a difference is never a matter of timing. The
/// snapshots stay short, so that they do not hold back the cleaning of dead rows.
public struct Verification {
  /// Plans are made for the chunk at hand: companies differ in size by orders of magnitude. Compiling them costs more than
  /// a chunk takes, and sorting in memory less than on disk.
  private static let begin = """
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL jit = off;
    SET LOCAL plan_cache_mode = force_custom_plan;
    SET LOCAL work_mem = '64MB'
    """

  private let connection: Connection
  private let scope: CompanyID?

  /// - Parameters:
  ///   - connection: statements over a large company take their time: its `queryTimeout` must allow for it.
  ///   - scope: one company; all if left out.
  public init(_ connection: Connection, company scope: CompanyID? = nil) {
    self.connection = connection
    self.scope = scope
  }

  /// Compares, and changes nothing.
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
    var chunks = CompanyChunks(connection: connection, scope: scope)
    let companies = try chunks.count()
    while true {
      let ids = try chunks.next()
      guard !ids.isEmpty else { break }
      var found = try check(ids, into: &report)
      for index in found.differences.indices { try handle(&found.differences[index], found.metrics) }
      report.differences += found.differences
      report.companies += ids.count
      progress(report.companies, max(companies, report.companies))
    }
    return report
  }

  private func check(
    _ ids: [CompanyID], into report: inout VerificationReport
  ) throws(LedgerError) -> (differences: [Difference], metrics: [MetricName: Metric]) {
    let (found, records, metrics) = try inTransaction(connection, begin: Self.begin) { () throws(LedgerError) in
      let metrics = try CatalogStore.catalog(connection).metrics
      return try database { () throws(PostgreSQLError) in
        let totals = TotalsCheck(connection: connection, companies: ids, metrics: metrics)
        let records = RecordsCheck(connection: connection, companies: ids)
        var found = try totals.differences()
        found += try SubjectsCheck(connection: connection, companies: ids, metrics: metrics).differences()
        found += try records.differences()
        found += try OrdersCheck(connection: connection, companies: ids).differences()
        return (found, try records.count(), metrics)
      }
    }
    report.records += records
    // The checks went one after the other over all companies of the chunk.
    let sorted = found.enumerated().sorted { ($0.element.company, $0.offset) < ($1.element.company, $1.offset) }
    return (sorted.map(\.element), metrics)
  }
}
