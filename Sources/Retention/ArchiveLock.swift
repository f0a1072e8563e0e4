import PostgreSQL

/// One process at a time archives or restores: by a lock of its session, which ends with it.
enum ArchiveLock {
  static func hold<Value>(
    on connection: Connection, _ body: () throws(RetentionError) -> Value
  ) throws(RetentionError) -> Value {
    let isMine = try database { () throws(PostgreSQLError) in
      try connection.query("SELECT pg_try_advisory_lock(7361, 6)").one().decode(Bool.self, at: 0)
    }
    guard isMine else { throw .busy }
    defer { if connection.isOpen { _ = try? connection.query("SELECT pg_advisory_unlock(7361, 6)") } }
    return try body()
  }
}
