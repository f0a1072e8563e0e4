import PostgreSQL

/// Whether the database answers: for a process that has nothing else to ask it every second.
final class DatabaseProbe {
  private let database: DatabaseConfiguration
  private var connection: Connection?

  init(_ database: DatabaseConfiguration) {
    var database = database
    database.connectTimeout = Probe.patience
    database.applicationName = "usage-billing probe"
    self.database = database
  }

  /// - Throws: when the database does not answer.
  func look() throws(PostgreSQLError) {
    do throws(PostgreSQLError) {
      try open().execute("SELECT 1")
    } catch {
      connection = nil
      throw error
    }
  }

  private func open() throws(PostgreSQLError) -> Connection {
    if let connection, connection.isOpen { return connection }
    let opened = try Connection(database)
    opened.queryTimeout = Probe.patience
    connection = opened
    return opened
  }
}
