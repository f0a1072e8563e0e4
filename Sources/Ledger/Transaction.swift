import PostgreSQL

/// Runs work in a transaction: committed when it returns, rolled back when it throws. A failing rollback means that the
/// connection is gone, and with it the transaction; the work's own error is the one that tells why.
func inTransaction<Value>(
  _ connection: Connection, begin: String = "BEGIN", _ body: () throws(LedgerError) -> Value
) throws(LedgerError) -> Value {
  try database { () throws(PostgreSQLError) in try connection.execute(begin) }
  let value: Value
  do {
    value = try body()
  } catch {
    if !error.isConnectionLost { try? connection.rollback() }
    throw error
  }
  try database { () throws(PostgreSQLError) in try connection.commit() }
  return value
}
