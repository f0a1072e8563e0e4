import Glibc
import PostgreSQL
import Synchronization
import Testing

@Suite("Transactions against a server", .enabled(if: TestDatabase.url != nil))
struct TransactionTests {
  private struct BodyError: Error, Equatable {}

  private func count(_ database: TestDatabase) throws -> Int {
    try database.connect().query("SELECT count(*) FROM t").one()[0, as: Int.self]
  }

  private func transactionFailure<R, E: Error>(_ body: () throws(TransactionError<E>) -> R) throws -> TransactionError<
    E
  > {
    do throws(TransactionError<E>) { _ = try body() } catch { return error }
    throw NothingThrown()
  }

  @Test("a body that returns is committed, its options reach the server")
  func committed() throws {
    try TestDatabase.with { database in
      try database.connection.execute("CREATE TABLE t (a int)")
      let isolation = try database.connection.withTransaction(isolation: .repeatableRead) {
        connection throws(PostgreSQLError) in
        try connection.update("INSERT INTO t VALUES (\(Int32(1)))")
        return try connection.query("SELECT current_setting('transaction_isolation')").one()[0, as: String.self]
      }
      #expect(isolation == "repeatable read")
      #expect(try count(database) == 1)
      let error = try transactionFailure { () throws(TransactionError<PostgreSQLError>) in
        try database.connection.withTransaction(readOnly: true) { connection throws(PostgreSQLError) in
          try connection.execute("INSERT INTO t VALUES (2)")
        }
      }
      #expect(error.databaseError?.sqlState == "25006")
    }
  }

  @Test("a body's own error comes back and everything is undone")
  func bodyFailed() throws {
    try TestDatabase.with { database in
      try database.connection.execute("CREATE TABLE t (a int)")
      let error = try transactionFailure { () throws(TransactionError<any Error>) in
        try database.connection.withTransaction { connection in
          try connection.execute("INSERT INTO t VALUES (1)")
          throw BodyError()
        }
      }
      guard case .bodyFailed(let body, rollback: nil) = error else { throw error }
      #expect(body is BodyError)
      #expect(database.connection.transactionStatus == .idle)
      #expect(try count(database) == 0)
    }
  }

  @Test("a transaction on a closed connection fails to begin")
  func beginFailed() throws {
    try TestDatabase.with { database in
      let connection = try database.connect()
      connection.close()
      let error = try transactionFailure { () throws(TransactionError<BodyError>) in
        try connection.withTransaction { _ throws(BodyError) in Issue.record("the body ran") }
      }
      guard case .beginFailed(let reason) = error else { throw error }
      #expect(reason.kind == .connectionClosed)
      #expect(error.isRetryable)
    }
  }

  @Test("rolling back on a connection that was ended is reported with the body's error")
  func rollbackFailed() throws {
    try TestDatabase.with { database in
      let connection = try database.connect()
      let error = try transactionFailure { () throws(TransactionError<any Error>) in
        try connection.withTransaction { connection in
          try database.connection.query("SELECT pg_terminate_backend(\(connection.backendPID))").forEach { _ in }
          throw BodyError()
        }
      }
      guard case .bodyFailed(_, let rollback?) = error else { throw error }
      #expect(rollback.isConnectionLost)
      #expect(!connection.isOpen)
    }
  }

  @Test("COMMIT of a failed transaction is an error")
  func aborted() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try connection.execute("CREATE TABLE t (a int)")
      try connection.execute("BEGIN; INSERT INTO t VALUES (1)")
      #expect(throws: PostgreSQLError.self) { try connection.execute("SELECT 1 / 0") }
      #expect(connection.transactionStatus == .failed)
      let error = try failure { () throws(PostgreSQLError) in try connection.commit() }
      #expect(error.kind == .transactionAborted)
      #expect(connection.transactionStatus == .idle)
      let caught = try transactionFailure { () throws(TransactionError<PostgreSQLError>) in
        try connection.withTransaction { connection throws(PostgreSQLError) in
          do throws(PostgreSQLError) { try connection.execute("SELECT 1 / 0") } catch { return }
        }
      }
      guard case .commitFailed(let reason, rollback: nil) = caught else { throw caught }
      #expect(reason.kind == .transactionAborted)
      #expect(try count(database) == 0)
    }
  }

  @Test("beginning twice and committing nothing are mistakes, not warnings")
  func misuse() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      let nothing = try failure { () throws(PostgreSQLError) in try connection.commit() }
      #expect(nothing.kind == .misuse)
      try connection.begin()
      let twice = try failure { () throws(PostgreSQLError) in try connection.begin() }
      #expect(twice.kind == .misuse)
      #expect(connection.transactionStatus == .inTransaction)
      try connection.rollback()
    }
  }

  @Test("a constraint checked at COMMIT is the server's refusal")
  func deferred() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try connection.execute("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
      let error = try transactionFailure { () throws(TransactionError<PostgreSQLError>) in
        try connection.withTransaction { connection throws(PostgreSQLError) in
          try connection.execute("INSERT INTO t VALUES (1), (1)")
        }
      }
      guard case .commitFailed(let reason, rollback: nil) = error else { throw error }
      #expect(reason.isUniqueViolation)
      #expect(connection.transactionStatus == .idle)
    }
  }

  @Test("a connection cut inside COMMIT leaves the outcome unknown, and the server commits")
  func cutInsideCommit() throws {
    try TestDatabase.with { database in
      try database.connection.execute("CREATE TABLE t (a int)")
      let connection = try database.connect()
      var points: [TransactionPoint] = []
      let error = try transactionFailure { () throws(TransactionError<PostgreSQLError>) in
        try connection.withTransaction(
          failpoint: { point in
            points.append(point)
            return point == .beforeCommit ? .cutConnection : .none
          },
          { connection throws(PostgreSQLError) in try connection.execute("INSERT INTO t VALUES (1)") })
      }
      guard case .commitOutcomeUnknown = error else { throw error }
      #expect(error.isRetryable)
      #expect(points == [.afterBegin, .beforeCommit])
      #expect(!connection.isOpen)
      try waitUntil("the row is committed") { try count(database) == 1 }
    }
  }

  @Test("a commit whose answer is lost on the way is unknown, one cut before is not stored")
  func lostAnswers() throws {
    try TestDatabase.with { database in
      try database.connection.execute("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
      // A second insert of the same key makes COMMIT wait for the first one, so that it is under way when it is cut.
      try database.connection.execute("BEGIN; INSERT INTO t VALUES (1)")
      let connection = try database.connect()
      try connection.execute("BEGIN; INSERT INTO t VALUES (1)")
      let pid = connection.backendPID
      let handle = connection.shutdownHandle
      let configuration = database.configuration
      let cutter = try Worker {
        do {
          let observer = try Connection(configuration)
          try waitUntil("COMMIT waits") {
            try observer.query("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = \(pid)").one()
              .decode(Bool?.self, at: 0) == true
          }
        } catch { Issue.record(error) }
        handle.shutdownSocket()
      }
      let error = try failure { () throws(PostgreSQLError) in try connection.commit() }
      cutter.join()
      #expect(error.kind == .commitOutcomeUnknown)
      try database.connection.rollback()

      let other = try database.connect()
      let early = try transactionFailure { () throws(TransactionError<PostgreSQLError>) in
        try other.withTransaction(
          failpoint: { $0 == .afterBegin ? .cutConnection : .none },
          { connection throws(PostgreSQLError) in try connection.execute("INSERT INTO t VALUES (2)") })
      }
      guard case .bodyFailed(let reason, _) = early else { throw early }
      #expect(reason.isConnectionLost)
      #expect(reason.kind == .connectionLost)
    }
  }

  @Test("of two sessions in a deadlock one is told to try again")
  func deadlock() throws {
    try TestDatabase.with { database in
      try database.connection.execute("CREATE TABLE t (a int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0)")
      let configuration = database.configuration
      let schema = database.schema
      let first = Mutex<PostgreSQLError?>(nil)
      let other = database.connection
      try other.execute("BEGIN; UPDATE t SET n = n + 1 WHERE a = 1")
      let isHolding = Atomic<Bool>(false)
      let worker = try Worker {
        do throws(PostgreSQLError) {
          let connection = try Connection(configuration)
          try connection.execute("SET search_path TO \(schema.quoted); BEGIN; UPDATE t SET n = n + 1 WHERE a = 2")
          isHolding.store(true, ordering: .releasing)
          try connection.execute("UPDATE t SET n = n + 1 WHERE a = 1")
        } catch {
          first.withLock { $0 = error }
          isHolding.store(true, ordering: .releasing)
        }
      }
      try waitUntil("the other row is locked") { isHolding.load(ordering: .acquiring) }
      var second: PostgreSQLError?
      do throws(PostgreSQLError) {
        try other.execute("UPDATE t SET n = n + 1 WHERE a = 2")
      } catch {
        second = error
      }
      try other.rollback()
      worker.join()
      let errors = [first.withLock { $0 }, second].compactMap { $0 }
      #expect(errors.map(\.sqlState) == ["40P01"])
      #expect(errors.allSatisfy { $0.isRetryable && !$0.isConnectionLost })
    }
  }
}
