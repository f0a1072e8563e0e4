import PostgreSQL
import Testing

@Suite("Statements against a server", .enabled(if: TestDatabase.url != nil))
struct QueryTests {
  @Test("several statements run in one round trip and the last one's rows are returned")
  func executeReturningLast() throws {
    try TestDatabase.with { database in
      let rows = try database.connection.executeReturningLast(
        """
        CREATE TABLE t (a bigint);
        INSERT INTO t VALUES (1), (2);
        SELECT a, 1.50::numeric AS n, 'x' AS s, true AS b, timestamptz '2000-01-01 00:00:00.25+00' AS i,
          date '1970-01-02' AS d, '\\x00ff'::bytea AS y, NULL::text AS z FROM t ORDER BY a
        """)
      #expect(rows.columns == ["a", "n", "s", "b", "i", "d", "y", "z"])
      #expect(rows.count == 2)
      let values = try rows.map { row in try row[0, as: Int64.self] }
      #expect(values == [1, 2])
      let row = try rows.one()
      #expect(try row[1, as: Numeric.self].description == "1.50")
      #expect(try row[2, as: String.self] == "x")
      #expect(try row[3, as: Bool.self])
      #expect(try row[4, as: Timestamp.self].microseconds == 946_684_800_250_000)
      #expect(try row[5, as: Date32.self].days == 1)
      #expect(try row[6, as: [UInt8].self] == [0, 255])
      #expect(try row[7, as: String?.self] == nil)
    }
  }

  @Test("updates tell how many rows they touched")
  func update() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try connection.execute("CREATE TABLE t (a bigint)")
      let values: [Int64] = [1, 2, 3]
      #expect(try connection.update("INSERT INTO t SELECT unnest(\(values))") == 3)
      #expect(try connection.update("DELETE FROM t WHERE a > \(1)") == 2)
    }
  }

  @Test("an injection attempt is only a value")
  func injection() throws {
    try TestDatabase.with { database in
      try database.connection.execute("CREATE TABLE t (a text)")
      let attack = "'); DROP TABLE t; --"
      try database.connection.update("INSERT INTO t VALUES (\(attack))")
      #expect(try database.connection.query("SELECT a FROM t").one()[0, as: String.self] == attack)
    }
  }

  @Test("a statement is prepared once for each text and set of types, and the cache stays bounded")
  func preparation() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      for number in 0..<10 { _ = try connection.query("SELECT \(Int64(number))") }
      #expect(connection.preparedStatements == 1)
      _ = try connection.query("SELECT \(Int32(1))")
      #expect(connection.preparedStatements == 2)
      for number in 0..<300 {
        let column = try Identifier("c\(number)")
        _ = try connection.query("SELECT \(number) AS \(column)")
      }
      #expect(connection.preparedStatements == 128)
      let onServer = try connection.query("SELECT count(*) FROM pg_prepared_statements").one()[0, as: Int.self]
      #expect(onServer == 128)
    }
  }

  @Test("a plan made stale by a changed table, or discarded, is prepared anew")
  func stalePlans() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try connection.execute("CREATE TABLE t (a bigint); INSERT INTO t VALUES (1)")
      func columns() throws -> [String] { try connection.query("SELECT * FROM t WHERE a = \(1)").columns }
      #expect(try columns() == ["a"])
      try connection.execute("ALTER TABLE t ADD b text")
      #expect(try columns() == ["a", "b"])
      try connection.execute("DEALLOCATE ALL")
      #expect(try columns() == ["a", "b"])
      try connection.execute("ALTER TABLE t ADD c text")
      try connection.begin()
      let error = try failure { () throws(PostgreSQLError) in
        try connection.query("SELECT * FROM t WHERE a = \(1)")
      }
      #expect(error.isRetryable)
      try connection.rollback()
      #expect(try columns() == ["a", "b", "c"])
    }
  }

  @Test("errors name SQLSTATE, table, column and constraint, and keep values to themselves")
  func errors() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try connection.execute("CREATE TABLE t (a text CONSTRAINT one_a UNIQUE, b int NOT NULL)")
      try connection.update("INSERT INTO t VALUES (\("Jane Doe"), 1)")
      let unique = try failure { () throws(PostgreSQLError) in
        try connection.update("INSERT INTO t VALUES (\("Jane Doe"), 1)")
      }
      #expect(unique.isUniqueViolation && unique.isDataRefused && !unique.isRetryable && !unique.isConnectionLost)
      #expect(unique.constraint == "one_a")
      #expect(unique.table == "t")
      let null = try failure { () throws(PostgreSQLError) in
        try connection.update("INSERT INTO t VALUES (\("Jane Doe"), \(Int32?.none))")
      }
      #expect(null.column == "b")
      #expect(null.sqlState == "23502")
      let cast = try failure { () throws(PostgreSQLError) in try connection.query("SELECT \("Jane Doe")::uuid") }
      #expect(cast.isDataRefused)
      for error in [unique, null, cast] { #expect(!error.description.contains("Jane")) }
      let syntax = try failure { () throws(PostgreSQLError) in try connection.execute("SELEC 1; SELECT 2") }
      #expect(syntax.sqlState == "42601")
      #expect(connection.isOpen)
    }
  }

  @Test("statements with a zero byte and COPY outside of copyIn are refused")
  func misuse() throws {
    try TestDatabase.with { database in
      let zero = try failure { () throws(PostgreSQLError) in try database.connection.execute("SELECT 1\0; SELECT 2") }
      #expect(zero.kind == .misuse)
      for text in ["COPY (SELECT 1) TO STDOUT", "CREATE TEMP TABLE c (a int); COPY c FROM STDIN"] {
        let connection = try database.connect()
        let error = try failure { () throws(PostgreSQLError) in try connection.execute(text) }
        #expect(error.kind == .misuse)
        #expect(!connection.isOpen)
        let next = try failure { () throws(PostgreSQLError) in try connection.query("SELECT 1") }
        #expect(next.kind == .connectionClosed)
      }
    }
  }

  @Test("notices reach their handler")
  func notices() throws {
    try TestDatabase.with { database in
      var messages: [String] = []
      try database.connection.execute("DO $$ BEGIN RAISE NOTICE 'unheard'; END $$")
      database.connection.noticeHandler = { messages.append("\($0.severity) \($0.message)") }
      try database.connection.execute("DO $$ BEGIN RAISE NOTICE 'heard'; END $$")
      #expect(messages == ["NOTICE heard"])
    }
  }
}
