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

  /// Lets the next batch read the company again.
  func forget(_ id: CompanyID) { remembered.removeValue(forKey: id) }

  /// Company and billing period of each record, in order; the voids' are remembered too. Companies never seen are added as
  /// unregistered, and missing periods are made, in transactions of their own.
  func places(
    of records: [RecordedUsage], and voids: [VoidedUsage], now: Instant
  ) throws(LedgerError) -> [Place] {
    if remembered.count > Self.maximumCompanies { remembered.removeAll() }
    var places = records.map { place($0.companyID, $0.timestamp) }
    var missing: [CompanyID: [Instant]] = [:]
    for (record, place) in zip(records, places) where place == nil {
      missing[record.companyID, default: []].append(record.timestamp)
    }
    for void in voids where place(void.companyID, void.timestamp) == nil {
      missing[void.companyID, default: []].append(void.timestamp)
    }
    if !missing.isEmpty {
      try remember(missing, now: now)
      places = records.map { place($0.companyID, $0.timestamp) }
    }
    return try places.map { place throws(LedgerError) in
      guard let place else { throw .unexpected("no billing period was made for a record") }
      return place
    }
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

  private func remember(_ missing: [CompanyID: [Instant]], now: Instant) throws(LedgerError) {
    let loader = CompanyLoader(connection: connection)
    for company in try loader.load(Array(missing.keys)) { remembered[company.id] = company }
    let stillMissing = missing.filter { id, timestamps in timestamps.contains { place(id, $0) == nil } }
    for company in try loader.make(stillMissing, now: now) { remembered[company.id] = company }
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
