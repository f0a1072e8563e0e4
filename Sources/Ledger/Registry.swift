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

  /// Company and billing period of each record, in order; the voids' and moments' are remembered too. Companies never seen are added as
  /// unregistered, and missing periods are made, in a transaction of their own.
  func places(of work: LedgerWork, now: Instant) throws(LedgerError) -> [Place] {
    if remembered.count > Self.maximumCompanies { remembered.removeAll() }
    if let places = try knownPlaces(of: work) { return places }
    let missing = look(for: work).missing
    for company in try CompanyLoader(connection: connection).make(missing, now: now) {
      remembered[company.id] = company
    }
    let found = look(for: work)
    guard found.missing.isEmpty else { throw .unexpected("no billing period was made for a record") }
    return found.places
  }

  /// The same of what the database has already; `nil` when something would have to be made.
  func knownPlaces(of work: LedgerWork) throws(LedgerError) -> [Place]? {
    var found = look(for: work)
    if !found.missing.isEmpty {
      for company in try CompanyLoader(connection: connection).load(Array(found.missing.keys)) {
        remembered[company.id] = company
      }
      found = look(for: work)
    }
    return found.missing.isEmpty ? found.places : nil
  }

  /// What is remembered: all places, when nothing is missing.
  private func look(for work: LedgerWork) -> (places: [Place], missing: [CompanyID: [Instant]]) {
    var places: [Place] = []
    places.reserveCapacity(work.records.count)
    var missing: [CompanyID: [Instant]] = [:]
    for record in work.records {
      if let place = place(record.companyID, record.timestamp) {
        places.append(place)
      } else {
        missing[record.companyID, default: []].append(record.timestamp)
      }
    }
    for void in work.voids where place(void.companyID, void.timestamp) == nil {
      missing[void.companyID, default: []].append(void.timestamp)
    }
    for moment in work.moments where place(moment.company, moment.at) == nil {
      missing[moment.company, default: []].append(moment.at)
    }
    return (places, missing)
  }

  /// A record's company and period.
  struct Place {
    let company: Company
    let period: BillingPeriod
  }

  private func place(_ id: CompanyID, _ timestamp: Instant) -> Place? {
    guard let company = remembered[id], let period = company.period(containing: timestamp) else { return nil }
    return Place(company: company, period: period.bounds)
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
