internal import CPostgreSQL

extension Connection {
  /// Runs a statement and returns its rows. It is prepared at its first use on this connection.
  /// - Throws: `server` for a refusal; `connectionLost`, `timedOut` or `connectionClosed` where there is no connection.
  public func query(_ sql: SQL) throws(PostgreSQLError) -> Rows { Rows(try run(sql)) }

  /// Runs a statement for its effect.
  /// - Returns: the number of rows it inserted, updated, deleted or selected.
  /// - Throws: as `query`.
  @discardableResult
  public func update(_ sql: SQL) throws(PostgreSQLError) -> Int { try run(sql)?.affectedRows ?? 0 }

  /// Runs one or more statements without parameters in one round trip. Outside a transaction, several statements are one
  /// transaction; a BEGIN among them takes the statements before it in, and a COMMIT ends it.
  /// - Throws: the first error, as `query`; the statements after it were not run.
  public func execute(_ sql: String) throws(PostgreSQLError) { _ = try simple(sql) }

  /// Like `execute`, and returns the rows of the last statement. They are in text form, from which scalars can be decoded
  /// but no arrays and no uuids.
  public func executeReturningLast(_ sql: String) throws(PostgreSQLError) -> Rows { Rows(try simple(sql)) }

  /// How many statements are prepared on this connection.
  public var preparedStatements: Int { statements.count }

  func simple(_ sql: String) throws(PostgreSQLError) -> ResultStorage? {
    let handle = try openHandle()
    let deadline = Deadline(after: queryTimeout)
    try send(sql, handle, until: deadline)
    return try collect(handle, until: deadline)
  }

  func send(_ sql: String, _ handle: OpaquePointer, until deadline: Deadline) throws(PostgreSQLError) {
    guard !sql.utf8.contains(0) else { throw PostgreSQLError(.misuse, "a statement holds a zero byte") }
    guard PQsendQuery(handle, sql) == 1 else { throw lost(handle) }
    try flush(handle, until: deadline)
  }

  private func run(_ sql: SQL) throws(PostgreSQLError) -> ResultStorage? {
    let deadline = Deadline(after: queryTimeout)
    let key = StatementCache.Key(text: sql.text, types: sql.bindings.types)
    do throws(PostgreSQLError) {
      return try runPrepared(key, sql.bindings, until: deadline)
    } catch {
      // The plan went stale through a change of the schema, or someone discarded it.
      guard error.kind == .server, error.isStalePlan || error.sqlState == "26000" else { throw error }
      statements.remove(key)
      guard transactionStatus == .idle else { throw error }
      return try runPrepared(key, sql.bindings, until: deadline)
    }
  }

  private func runPrepared(
    _ key: StatementCache.Key, _ bindings: Bindings, until deadline: Deadline
  ) throws(PostgreSQLError) -> ResultStorage? {
    let handle = try openHandle()
    let name: String
    if let known = statements.name(for: key) {
      name = known
    } else {
      name = try prepare(key, handle, until: deadline)
    }
    let isSent = try bindings.withParameters { values, lengths, formats throws(PostgreSQLError) in
      PQsendQueryPrepared(handle, name, Int32(clamping: bindings.count), values, lengths, formats, 1) == 1
    }
    guard isSent else { throw lost(handle) }
    try flush(handle, until: deadline)
    return try collect(handle, until: deadline)
  }

  private func prepare(
    _ key: StatementCache.Key, _ handle: OpaquePointer, until deadline: Deadline
  ) throws(PostgreSQLError) -> String {
    guard !key.text.utf8.contains(0), key.types.count <= 65_535 else {
      throw PostgreSQLError(.misuse, "a statement holds a zero byte or more than 65,535 parameters")
    }
    // In a failed transaction the server would refuse to forget a statement, and to prepare one just the same.
    if statements.isFull, transactionStatus != .failed, let oldest = statements.removeOldest() {
      try send("DEALLOCATE \(oldest)", handle, until: deadline)
      _ = try collect(handle, until: deadline)
    }
    let name = statements.newName()
    guard PQsendPrepare(handle, name, key.text, Int32(clamping: key.types.count), key.types) == 1 else {
      throw lost(handle)
    }
    try flush(handle, until: deadline)
    _ = try collect(handle, until: deadline)
    statements.insert(key, name: name)
    return name
  }
}
