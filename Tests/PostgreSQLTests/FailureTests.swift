import Glibc
import PostgreSQL
import Testing

@Suite("Failing servers and networks", .enabled(if: TestDatabase.url != nil))
struct FailureTests {
  private static func port() throws -> UInt16 {
    try TestDatabase.with { _ in }
    let connection = try Connection(DatabaseConfiguration(url: try #require(TestDatabase.url)))
    return UInt16(try connection.query("SELECT inet_server_port()").one()[0, as: Int.self])
  }

  /// The tests' database behind a proxy.
  private func proxied(_ body: (Proxy, DatabaseConfiguration) throws -> Void) throws {
    let proxy = try Proxy(to: Self.port())
    defer { proxy.stop() }
    let direct = try DatabaseConfiguration(url: try #require(TestDatabase.url)).description
    let user = direct.prefix { $0 != "@" }
    let database = direct.split(separator: "/").last ?? "postgres"
    try body(proxy, DatabaseConfiguration(url: "postgresql://\(user)@127.0.0.1:\(proxy.port)/\(database)"))
  }

  @Test("a session ended by the server is a lost connection that may be retried")
  func terminated() throws {
    try TestDatabase.with { database in
      let connection = try database.connect()
      _ = try database.connection.query("SELECT pg_terminate_backend(\(connection.backendPID))")
      let error = try failure { () throws(PostgreSQLError) in try connection.query("SELECT 1") }
      #expect(error.kind == .connectionLost)
      #expect(error.isRetryable)
      #expect(!connection.isOpen)
      let next = try failure { () throws(PostgreSQLError) in try connection.execute("SELECT 1") }
      #expect(next.kind == .connectionClosed)
    }
  }

  @Test("a session ended in the middle of a statement says why")
  func terminatedInStatement() throws {
    try TestDatabase.with { database in
      let connection = try database.connect()
      let error = try failure { () throws(PostgreSQLError) in
        try connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
      }
      #expect(error.sqlState == "57P01")
      #expect(error.isConnectionLost && error.isRetryable)
    }
  }

  @Test("a statement over the server's timeout fails and the connection stays usable")
  func statementTimeout() throws {
    var configuration = try DatabaseConfiguration(url: try #require(TestDatabase.url))
    configuration.statementTimeout = .milliseconds(50)
    let connection = try Connection(configuration)
    let error = try failure { () throws(PostgreSQLError) in try connection.query("SELECT pg_sleep(30)::text") }
    #expect(error.sqlState == "57014")
    #expect(error.isRetryable && !error.isConnectionLost)
    #expect(try connection.query("SELECT 1").one()[0, as: Int.self] == 1)
  }

  @Test("a statement is cancelled from another thread")
  func cancelled() throws {
    try TestDatabase.with { database in
      let connection = try database.connect()
      let pid = connection.backendPID
      let handle = connection.cancelHandle
      let configuration = database.configuration
      let canceller = try Worker {
        do {
          let observer = try Connection(configuration)
          try waitUntil("the statement runs") {
            try observer.query("SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = \(pid)").one()
              .decode(Bool?.self, at: 0) == true
          }
          try handle.cancel()
        } catch { Issue.record(error) }
      }
      let error = try failure { () throws(PostgreSQLError) in try connection.query("SELECT pg_sleep(50)::text") }
      canceller.join()
      #expect(error.sqlState == "57014")
      #expect(connection.isOpen)
    }
  }

  @Test("a statement over the connection's own timeout is cancelled on the server and the connection closed")
  func queryTimeout() throws {
    try TestDatabase.with { database in
      let connection = try database.connect()
      let pid = connection.backendPID
      connection.queryTimeout = .milliseconds(100)
      let error = try failure { () throws(PostgreSQLError) in try connection.query("SELECT pg_sleep(50)::text") }
      #expect(error.kind == .timedOut)
      #expect(error.isConnectionLost && error.isRetryable)
      #expect(!connection.isOpen)
      try waitUntil("the server's process ends") {
        try database.connection.query("SELECT FROM pg_stat_activity WHERE pid = \(pid)").isEmpty
      }
    }
  }

  @Test("a frozen peer cannot hold up a statement, a COPY, a COMMIT or a new connection")
  func frozen() throws {
    try proxied { proxy, configuration in
      var configuration = configuration
      let query = try Connection(configuration)
      let copy = try Connection(configuration)
      let commit = try Connection(configuration)
      try copy.execute("CREATE TEMP TABLE c (a bytea)")
      try commit.execute("BEGIN; CREATE TEMP TABLE c (a int)")
      for connection in [query, copy, commit] { connection.queryTimeout = .milliseconds(200) }
      configuration.connectTimeout = .milliseconds(200)
      proxy.freeze()
      #expect(try failure { () throws(PostgreSQLError) in try query.query("SELECT 1") }.kind == .timedOut)
      #expect(!query.isOpen)
      var buffer = CopyBuffer()
      for _ in 0..<64 {
        buffer.beginRow(fields: 1)
        buffer.append([UInt8](repeating: 1, count: 1 << 20))
      }
      let copied = try failure { () throws(PostgreSQLError) in
        try copy.copyIn("COPY c (a) FROM STDIN (FORMAT binary)", buffer)
      }
      #expect(copied.kind == .timedOut)
      #expect(try failure { () throws(PostgreSQLError) in try commit.commit() }.kind == .commitOutcomeUnknown)
      let connected = try failure { () throws(PostgreSQLError) in try Connection(configuration) }
      #expect(connected.kind == .connectFailed)
      #expect(connected.isRetryable)
    }
  }

  @Test("a cut network is a lost connection")
  func cut() throws {
    try proxied { proxy, configuration in
      let connection = try Connection(configuration)
      proxy.cut()
      let error = try failure { () throws(PostgreSQLError) in try connection.query("SELECT 1") }
      #expect(error.kind == .connectionLost)
    }
  }

  @Test("a watchdog's shutdown wakes the statement that waits, and later ones do nothing")
  func shutdown() throws {
    try TestDatabase.with { database in
      let connection = try database.connect()
      let handle = connection.shutdownHandle
      let watchdog = try Worker { handle.shutdownSocket() }
      let error = try failure { () throws(PostgreSQLError) in try connection.query("SELECT pg_sleep(20)::text") }
      watchdog.join()
      #expect(error.kind == .connectionLost)
      handle.shutdownSocket()
      #expect(try database.connection.query("SELECT 1").one()[0, as: Int.self] == 1)
    }
  }

  @Test("a refused port, an unknown database and an unknown host say so")
  func refused() throws {
    let url = try #require(TestDatabase.url)
    let closed = try failure { () throws(PostgreSQLError) in
      try Connection(DatabaseConfiguration(url: "postgresql://postgres@127.0.0.1:1/postgres"))
    }
    #expect(closed.kind == .connectFailed && closed.isRetryable)
    #expect(closed.message.contains("refused"))
    let unknown = try failure { () throws(PostgreSQLError) in
      try Connection(DatabaseConfiguration(url: url).with(database: "no_such_database"))
    }
    #expect(unknown.sqlState == "3D000")
    #expect(unknown.kind == .connectFailed && !unknown.isRetryable)
    let host = try failure { () throws(PostgreSQLError) in
      try Connection(DatabaseConfiguration(url: "postgresql://postgres@host.invalid/postgres"))
    }
    #expect(host.kind == .connectFailed && host.isRetryable)
  }
}
