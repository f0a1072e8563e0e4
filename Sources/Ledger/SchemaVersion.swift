import PostgreSQL

/// The schema that this program's statements are written for.
enum SchemaVersion {
  /// The greatest number of a migration in `schemas/migrations`.
  static let known: Int64 = 10

  /// Refuses a database that lacks what the ledger's statements need. A newer schema is taken: migrations leave room for
  /// the release before them, so that replicas can be replaced one by one; `migrate --check` tells of both.
  static func check(_ connection: Connection) throws(LedgerError) {
    let found = try database { () throws(PostgreSQLError) in
      let tables = try connection.query("SELECT to_regclass('billing.schema_migrations') IS NOT NULL")
      guard try tables.one().decode(Bool.self, at: 0) else { return Int64(0) }
      let rows = try connection.query("SELECT coalesce(max(number)::bigint, 0) FROM billing.schema_migrations")
      return try rows.one().decode(Int64.self, at: 0)
    }
    guard found >= known else { throw .oldSchema(found: found, known: known) }
  }
}
