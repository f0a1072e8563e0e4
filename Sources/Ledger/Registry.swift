import Billing
import Messages
import PostgreSQL

/// What a lane remembers of the catalog and of companies, so that counting reads neither for each batch.
///
/// The registry's version grows with every change of either; a batch compares it inside its transaction and reads again
/// what changed when it differs.
final class Registry {
  /// The advisory lock that recorders share and changes take alone.
  static let lockClass = 7361
  static let lockKey = 1

  /// More companies than this are not remembered: a lane's memory stays bounded.
  private static let maximumCompanies = 20_000

  private let connection: Connection
  private(set) var version: Int64
  private(set) var catalog: Catalog
  private var remembered: [CompanyID: Company] = [:]
  /// The day as of which thresholds were looked up.
  private var today: CivilDate?
  /// Totals for which something was announced in the open transaction: true once it is committed.
  private var announced: [(company: Company, key: Company.PeriodMetric, next: Company.NextDue)] = []

  init(_ connection: Connection) throws(LedgerError) {
    self.connection = connection
    (version, catalog) = try CatalogStore.current(connection)
  }

  /// Reads what changed since the remembered version.
  func refresh() throws(LedgerError) {
    let rows = try database { () throws(PostgreSQLError) in
      try connection.query(
        """
        SELECT v.version, (SELECT max(c.version) FROM billing.catalog_versions c)
        FROM billing.registry_version v
        """)
    }
    let (now, catalogVersion) = try database { () throws(PostgreSQLError) in
      let row = try rows.one()
      return (try row.decode(Int64.self, at: 0), try row.decode(Int64?.self, at: 1))
    }
    guard now != version else { return }
    if catalogVersion != Int64(catalog.version) {
      (version, catalog) = try CatalogStore.current(connection)
      // Thresholds may have moved for everybody.
      remembered.removeAll()
      return
    }
    let changed = try database { () throws(PostgreSQLError) in
      try connection.query("SELECT company_id FROM billing.companies WHERE version > \(version)")
    }
    for row in changed {
      let id: CompanyID = try database { () throws(PostgreSQLError) in try row.decode(at: 0) }
      remembered.removeValue(forKey: id)
    }
    version = now
  }

  /// A company that a batch has met.
  func known(_ id: CompanyID) -> Company? { remembered[id] }

  /// A company's billing period that contains the instant of one of its records. Another replica may have made it since
  /// the company was read; what is remembered of the company is completed then, not replaced: the batch holds on to it.
  func period(of company: Company, containing instant: Instant) throws(LedgerError) -> Company.Period {
    if let period = company.period(containing: instant) { return period }
    for fresh in try CompanyLoader(connection: connection).load([company.id]) { company.periods = fresh.periods }
    guard let period = company.period(containing: instant) else {
      throw .unexpected("no billing period was made for a record of the ledger")
    }
    return period
  }

  /// Thresholds have a first day: on a new one, what was looked up is looked up again.
  func turn(to today: CivilDate) {
    guard today != self.today else { return }
    self.today = today
    for company in remembered.values { company.nextDue.removeAll() }
  }

  /// The records with company and billing period, in order; the voids' and moments' are remembered too. Companies never
  /// seen are added as unregistered, and missing periods are made, in a transaction of their own.
  func entries(of work: LedgerWork, now: Instant) throws(LedgerError) -> [Entry] {
    if remembered.count > Self.maximumCompanies { remembered.removeAll() }
    if let entries = try knownEntries(of: work) { return entries }
    let missing = try look(for: work).missing
    for company in try CompanyLoader(connection: connection).make(missing, now: now) {
      remembered[company.id] = company
    }
    let found = try look(for: work)
    guard found.missing.isEmpty else { throw .unexpected("no billing period was made for a record") }
    return found.entries
  }

  /// The same by what the database has already; `nil` when something would have to be made.
  func knownEntries(of work: LedgerWork) throws(LedgerError) -> [Entry]? {
    var found = try look(for: work)
    if !found.missing.isEmpty {
      for company in try CompanyLoader(connection: connection).load(Array(found.missing.keys)) {
        remembered[company.id] = company
      }
      found = try look(for: work)
    }
    return found.missing.isEmpty ? found.entries : nil
  }

  /// By what is remembered: all entries, when nothing is missing.
  private func look(for work: LedgerWork) throws(LedgerError) -> (entries: [Entry], missing: [CompanyID: [Instant]]) {
    let metrics = catalog.metrics
    var entries: [Entry] = []
    entries.reserveCapacity(work.records.count)
    var missing: [CompanyID: [Instant]] = [:]
    for (order, record) in work.records.enumerated() {
      guard let company = remembered[record.companyID], let period = company.period(containing: record.timestamp) else {
        missing[record.companyID, default: []].append(record.timestamp)
        continue
      }
      // The message may have been read by an older catalog, in which a metric that nobody had used yet was another.
      guard let metric = metrics[record.metric.name] else {
        throw .unexpected("the catalog lacks the metric of a record")
      }
      entries.append(Entry(order: order, record: record, metric: metric, company: company, period: period.bounds))
    }
    for void in work.voids where !isKnown(void.companyID, void.timestamp) {
      missing[void.companyID, default: []].append(void.timestamp)
    }
    for moment in work.moments where !isKnown(moment.company, moment.at) {
      missing[moment.company, default: []].append(moment.at)
    }
    return (entries, missing)
  }

  private func isKnown(_ id: CompanyID, _ instant: Instant) -> Bool {
    remembered[id]?.period(containing: instant) != nil
  }

  /// Remembers, once the transaction is committed, that nothing of this total is due below `next`.
  func willRemember(_ company: Company, _ key: Company.PeriodMetric, next: Company.NextDue) {
    announced.append((company, key, next))
  }

  func commitAnnounced() {
    for (company, key, next) in announced { company.nextDue[key] = next }
    announced.removeAll()
  }

  func forgetAnnounced() { announced.removeAll() }
}
