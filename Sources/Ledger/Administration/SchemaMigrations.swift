import Audit
import Billing
import PostgreSQL

/// The database's schema: brought up to what this program knows, or compared with it.
public struct SchemaMigrations {
  /// Months whose partitions are there ahead of time; recorders make others when usage of them comes.
  private static let monthsBack = 14
  private static let monthsAhead = 3

  /// What bringing the schema up did.
  public struct Applied: Sendable {
    /// Numbers and names of the steps; none when all were there.
    public let steps: [Migration]
    /// Whether the default catalog came into force, which it does only in a database without one.
    public let hasAppliedCatalog: Bool
  }

  private let migrations: [Migration]

  /// - Parameter migrations: every step that this program knows.
  public init(_ migrations: [Migration]) { self.migrations = migrations }

  /// Applies pending steps, the default catalog where there is none, and makes the partitions around today. Any number of
  /// programs may do so at once.
  ///
  /// - Parameters:
  ///   - defaultCatalog: the document's text.
  ///   - by: who does it, for the catalog's record and the audit log.
  public func apply(
    on connection: Connection, defaultCatalog: [UInt8], by: Person, now: Instant
  ) throws(AdministrationError) -> Applied {
    let steps = try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in try migrator().apply(connection) }
    }
    let catalog = try CatalogStore.apply(defaultCatalog, by: by, on: connection, now: now, onlyWhenEmpty: true)
    try administration { () throws(LedgerError) in
      let archived = try ArchivedMonths(connection)
      try database { () throws(PostgreSQLError) in try makePartitions(connection, archived, now: now) }
    }
    return Applied(steps: steps, hasAppliedCatalog: catalog.isNew)
  }

  /// Compares without changing anything.
  public func check(_ connection: Connection) throws(LedgerError) -> MigrationStatus {
    try database { () throws(PostgreSQLError) in try migrator().check(connection) }
  }

  private func migrator() throws(PostgreSQLError) -> Migrator {
    try Migrator(migrations, schema: Identifier("billing"))
  }

  private func makePartitions(
    _ connection: Connection, _ archived: ArchivedMonths, now: Instant
  ) throws(PostgreSQLError) {
    var month = now.month
    for _ in 0..<Self.monthsBack { month = month.adding(days: -1).firstOfMonth }
    for _ in 0...(Self.monthsBack + Self.monthsAhead) {
      // One transaction for each: attaching a partition locks more than counting can wait for.
      if !archived.isClosed(month) { _ = try connection.query("SELECT billing.ensure_month(\(month))") }
      // Entries are settled today, whatever they are about.
      if month >= now.month { _ = try connection.query("SELECT billing.ensure_outbox_month(\(month))") }
      month = month.firstOfNextMonth
    }
  }
}

extension MigrationStatus {
  /// Which side is newer and what to do; `nil` when the schema is what the program knows.
  public var problem: String? {
    func names(_ steps: [Migration]) -> String { steps.map { "\($0.number) \($0.name)" }.joined(separator: ", ") }
    switch self {
    case .upToDate: return nil
    case .pending(let steps):
      return "the schema is older than this program, which also has \(names(steps)); run: usage-billing migrate"
    case .newer(let numbers):
      let list = numbers.map(String.init).joined(separator: ", ")
      return "the schema is newer than this program: it has \(list) as well; install the newer release"
    case .changed(let steps):
      return "applied steps have another text than this program's: \(names(steps)); use the release they came with"
    }
  }
}
