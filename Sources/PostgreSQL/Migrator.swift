/// Brings a database's schema up to what the program knows.
///
/// Each step runs once, in a transaction of its own together with its entry in the table of applied steps, and under an
/// advisory lock, so that any number of programs may start at once.
public struct Migrator: Sendable {
  private let migrations: [Migration]
  private let table: QualifiedName
  private let timeout: Duration

  /// - Parameters:
  ///   - migrations: in any order, each number once.
  ///   - table: where applied steps are recorded; it and its schema are created if missing.
  ///   - timeout: for each step, the wait for other programs' steps included.
  /// - Throws: `migration` when two have one number.
  public init(
    _ migrations: [Migration], table: QualifiedName, timeout: Duration = .seconds(600)
  ) throws(PostgreSQLError) {
    guard Set(migrations.map(\.number)).count == migrations.count else {
      throw PostgreSQLError(.migration, "two migrations have one number")
    }
    self.migrations = migrations.sorted { $0.number < $1.number }
    self.table = table
    self.timeout = timeout
  }

  /// Records steps in `<schema>.schema_migrations`.
  public init(
    _ migrations: [Migration], schema: Identifier, timeout: Duration = .seconds(600)
  ) throws(PostgreSQLError) {
    try self.init(migrations, table: QualifiedName(schema, Identifier("schema_migrations")), timeout: timeout)
  }

  /// Compares without changing anything. Where several answers hold, `changed` goes before `newer` before `pending`.
  /// - Throws: as `Connection.query`.
  public func check(_ connection: Connection) throws(PostgreSQLError) -> MigrationStatus {
    let isThere = try connection.query("SELECT to_regclass(\(table.quoted)) IS NOT NULL").one()[0, as: Bool.self]
    guard isThere else { return migrations.isEmpty ? .upToDate : .pending(migrations) }
    var applied: [Int: String] = [:]
    for row in try connection.query("SELECT number, checksum FROM \(table)") {
      applied[try row[0, as: Int.self]] = try row[1, as: String.self]
    }
    let changed = migrations.filter { step in applied[step.number].map { $0 != step.checksum } ?? false }
    if !changed.isEmpty { return .changed(changed) }
    let unknown = Set(applied.keys).subtracting(migrations.map(\.number))
    if !unknown.isEmpty { return .newer(unknown.sorted()) }
    let pending = migrations.filter { applied[$0.number] == nil }
    return pending.isEmpty ? .upToDate : .pending(pending)
  }

  /// Applies what is pending.
  /// - Returns: the steps this call applied, which is none when another program was faster.
  /// - Throws: `migration` for a schema that is newer or changed, or a step that ended its transaction itself; the server's
  ///   error for a step that failed (it and the ones after it are not applied).
  @discardableResult
  public func apply(_ connection: Connection) throws(PostgreSQLError) -> [Migration] {
    let usual = connection.queryTimeout
    connection.queryTimeout = timeout
    defer { connection.queryTimeout = usual }
    var applied: [Migration] = []
    while let step = try applyNext(connection) { applied.append(step) }
    return applied
  }

  private func applyNext(_ connection: Connection) throws(PostgreSQLError) -> Migration? {
    do throws(TransactionError<PostgreSQLError>) {
      return try connection.withTransaction { connection throws(PostgreSQLError) in
        try lock(connection)
        switch try check(connection) {
        case .upToDate: return nil
        case .newer(let numbers):
          throw PostgreSQLError(.migration, "the schema is newer than this program: it has steps \(numbers)")
        case .changed(let steps):
          throw PostgreSQLError(.migration, "applied steps were changed later: \(steps.map(\.number))")
        case .pending(let steps):
          guard let step = steps.first else { return nil }
          try run(step, connection)
          return step
        }
      }
    } catch {
      switch error {
      case .beginFailed(let error), .bodyFailed(let error, _), .commitFailed(let error, _),
        .commitOutcomeUnknown(let error):
        throw error
      }
    }
  }

  /// Held until the transaction ends, so that a crash cannot leave it behind.
  private func lock(_ connection: Connection) throws(PostgreSQLError) {
    try connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
    _ = try connection.query("SELECT pg_advisory_xact_lock(hashtextextended(\(table.quoted), 0))")
  }

  private func run(_ step: Migration, _ connection: Connection) throws(PostgreSQLError) {
    let isThere = try connection.query("SELECT to_regclass(\(table.quoted)) IS NOT NULL").one()[0, as: Bool.self]
    if !isThere { try createTable(connection) }
    do throws(PostgreSQLError) {
      try connection.execute(step.sql)
    } catch  where error.kind == .server {
      throw PostgreSQLError(
        .migration, "step \(step.number) \(step.name) failed: \(error.message)", sqlState: error.sqlState,
        constraint: error.constraint, table: error.table, column: error.column)
    }
    guard connection.transactionStatus == .inTransaction else {
      throw PostgreSQLError(.migration, "step \(step.number) \(step.name) must not begin or end transactions")
    }
    try connection.update(
      "INSERT INTO \(table) (number, name, checksum) VALUES (\(step.number), \(step.name), \(step.checksum))")
  }

  private func createTable(_ connection: Connection) throws(PostgreSQLError) {
    // CREATE SCHEMA IF NOT EXISTS asks for the right to create one even where there is nothing to do.
    let hasSchema = try connection.query(
      "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = \(table.schema.name))"
    ).one()[0, as: Bool.self]
    if !hasSchema { try connection.execute("CREATE SCHEMA \(table.schema.quoted)") }
    try connection.execute(
      """
      CREATE TABLE \(table.quoted) (
        number bigint PRIMARY KEY,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )
      """)
  }
}
