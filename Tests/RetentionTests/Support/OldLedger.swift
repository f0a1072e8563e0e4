import Billing
import Faults
import Ledger
import PostgreSQL
import Retention
import TestBasics
import TestSupport
import Testing

/// A ledger with usage of every kind in the first three months of 2025, all of it billed, and a folder for archives.
final class OldLedger {
  /// What is older than 400 days ended before 6 May 2025.
  static let now = Instant(microseconds: 1_781_092_800_000_000)  // 2026-06-10T12:00:00Z
  static let maximumAge = 400

  let database: TestDatabase
  /// Looks, and changes by hand.
  let eye: Connection
  private let archives: TemporaryFolder
  var folder: String { archives.path }
  var files: [String] { archives.files }

  private static let metrics = """
    {"name": "seats", "unit": "seat", "source": "message", "aggregation": "last"}, \
    {"name": "visitors", "unit": "person", "source": "message", "aggregation": "unique"}, \
    {"name": "logins", "unit": "login", "source": "message", "aggregation": "count"}
    """

  init(isClosed: Bool = true) throws {
    database = try TestDatabase.create()
    eye = try database.connect()
    archives = try TemporaryFolder()
    try eye.execute(
      """
      INSERT INTO billing.catalog_versions (version, document, applied_by)
      SELECT version + 1, replace(document, '"metrics": [', '"metrics": [\(Self.metrics), '), 'test'
      FROM billing.catalog_versions ORDER BY version DESC LIMIT 1;
      UPDATE billing.registry_version SET version = version + 1;
      INSERT INTO billing.companies (company_id, registered_at, plan_id, currency, anchor_day, version)
      SELECT id, now(), 'standard', 'usd', anchor, version
      FROM billing.registry_version, (VALUES ('first', 1), ('middle', 15)) AS c (id, anchor)
      """)
    try fill()
    if isClosed { try close() }
  }

  /// Every period, as invoicing does it.
  func close() throws {
    try eye.execute(
      """
      UPDATE billing.billing_periods SET closed_at = now();
      INSERT INTO billing.metric_charges (company_id, metric, period_start, charged_quantity, charged_amount, lines)
      SELECT company_id, metric, period_start, quantity, 0, 1 FROM billing.usage_periods
      ON CONFLICT (company_id, metric, period_start) DO UPDATE SET charged_quantity = excluded.charged_quantity
      """)
  }

  // MARK: - Recording

  func replica() throws -> Ledger { try Ledger(connection: .forLedger(database.configuration)) }

  static func person(_ number: UInt8) -> Pseudonyms {
    Pseudonyms(newest: Pseudonym(keyID: 1, hash: [UInt8](repeating: number, count: 32)), older: [])
  }

  static func usage(
    _ ledger: Ledger, _ id: String, _ company: String, _ metric: String, _ quantity: String, at time: String,
    user: UInt8? = nil, subject: UInt8? = nil, subscription: UInt8? = nil, metadata: String? = nil
  ) throws -> RecordedUsage {
    RecordedUsage(
      usageID: try #require(UsageID(id)), companyID: try #require(CompanyID(company)),
      metric: try #require(MetricName(metric).flatMap { ledger.catalog.metrics[$0] }),
      quantity: try #require(Quantity(quantity)), timestamp: try #require(Instant(time)), user: user.map(person),
      subject: subject.map(person), subscription: subscription.map(person), metadata: metadata.map { Array($0.utf8) })
  }

  static func void(_ id: String, _ company: String, at time: String) throws -> VoidedUsage {
    VoidedUsage(
      usageID: try #require(UsageID(id)), companyID: try #require(CompanyID(company)),
      timestamp: try #require(Instant(time)), reason: "wrong\\\t\n\"quoted\"")
  }

  private func fill() throws {
    let ledger = try replica()
    let odd = #"{"note": "tab\there, \\N, line\nbreak, größe 🩻", "raw": "\#u{7F}"}"#
    for company in ["first", "middle"] {
      for month in ["2025-01", "2025-02", "2025-03"] {
        let stem = "\(month)-"
        var records = try [
          Self.usage(ledger, stem + "begin", company, "order", "5", at: "\(month)-01T00:00:00.000001Z", user: 9),
          Self.usage(ledger, stem + "end", company, "order", "0.000000001", at: "\(month)-28T23:59:59Z", metadata: odd),
          Self.usage(ledger, stem + "big", company, "order", "999999999999999", at: "\(month)-10T01:00:00Z"),
          Self.usage(ledger, stem + "ü\\n:|", company, "order", "1.50", at: "\(month)-10T01:00:00Z", metadata: "{}"),
          Self.usage(ledger, stem + "back", company, "order", "2", at: "\(month)-10T02:00:00Z", subject: 3),
          Self.usage(ledger, stem + "s1", company, "storage", "40", at: "\(month)-12T02:00:00Z"),
          Self.usage(ledger, stem + "s2", company, "storage", "30", at: "\(month)-20T02:00:00Z"),
          Self.usage(ledger, stem + "l1", company, "seats", "9", at: "\(month)-12T02:00:00Z"),
          Self.usage(ledger, stem + "l2", company, "seats", "3", at: "\(month)-20T02:00:00Z"),
          Self.usage(ledger, stem + "c", company, "logins", "7", at: "\(month)-20T02:00:00Z", subscription: 7),
          Self.usage(ledger, stem + "call", company, "call_seconds", "15", at: "\(month)-20T02:00:00Z"),
        ]
        for person in [1, 2, 3] as [UInt8] {
          records.append(
            try Self.usage(
              ledger, stem + "v\(person)", company, "visitors", "1", at: "\(month)-1\(person)T02:00:00Z", user: 9,
              subject: person))
        }
        _ = try ledger.write(
          records: records, voids: [Self.void(stem + "back", company, at: "\(month)-10T02:00:00Z")], now: Self.now)
        // One whose void came first.
        _ = try ledger.write(
          records: [], voids: [Self.void(stem + "late", company, at: "\(month)-16T02:00:00Z")], now: Self.now)
        _ = try ledger.write(
          records: [Self.usage(ledger, stem + "late", company, "order", "4", at: "\(month)-16T02:00:00Z")],
          now: Self.now)
      }
    }
  }

  // MARK: - Archiving

  func archiver(
    on connection: Connection? = nil, folder: String? = nil, age: Int = maximumAge, _ failpoints: String = ""
  ) throws -> Archiver {
    Archiver(
      connection ?? eye, folder: folder ?? self.folder, maximumAge: age, by: "tests",
      failpoints: try Failpoints(parsing: failpoints))
  }

  /// - Returns: what was archived.
  @discardableResult
  func archive(before month: String, folder: String? = nil) throws -> [ArchivedFile] {
    var files: [ArchivedFile] = []
    let before = try #require(CivilDate(month + "-01"))
    try archiver(folder: folder).run(Archiver.Selection(before: before), now: Self.now) { files.append($0) }
    return files
  }

  func restore(_ file: ArchivedFile) throws { try restore(path(file.name)) }
  func restore(_ path: String) throws { _ = try Restorer(eye, by: "tests").restore(path) }

  func path(_ name: String) -> String { archives.path(of: name) }

  // MARK: - Looking

  func number(_ sql: SQL) throws -> Int { Int(try eye.query(sql).one().decode(Int64.self, at: 0)) }
  func texts(_ sql: SQL) throws -> [String] { try eye.query(sql).map { try $0.decode(String.self, at: 0) } }

  /// Every column of every record of a month; of all if left out.
  func digest(_ month: String? = nil) throws -> String {
    try texts(
      """
      SELECT coalesce(md5(string_agg(r::text, E'\\n' ORDER BY company_id, usage_id, month)), '') || ' ' || count(*)
      FROM billing.ledger r WHERE to_char(month, 'YYYY-MM') = coalesce(\(month), to_char(month, 'YYYY-MM'))
      """)[0]
  }

  /// Every total and subject.
  func totals() throws -> [String] {
    try texts(
      """
      SELECT 'd' || d::text FROM billing.usage_daily d UNION ALL SELECT 'p' || p::text FROM billing.usage_periods p
      UNION ALL SELECT 's' || s::text FROM billing.usage_subjects s ORDER BY 1
      """)
  }

  /// `2025-01 live`.
  func states() throws -> [String] {
    try LedgerMonth.all(on: eye).filter { $0.month < CivilDate(year: 2025, month: 4, day: 1) ?? $0.month }
      .map { "\($0.month.monthText) \($0.state.rawValue)" }
  }

  func isClean() throws -> Bool { try Verification(eye).run().differences.isEmpty }
}

/// What `body` was refused with.
func refusals(_ body: () throws -> Void) throws -> [RetentionRefusal] {
  do {
    try body()
  } catch RetentionError.refused(_, let refusals) {
    return refusals
  }
  return []
}
