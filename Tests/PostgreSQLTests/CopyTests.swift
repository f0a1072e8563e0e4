import PostgreSQL
import Testing

@Suite("COPY against a server", .enabled(if: TestDatabase.url != nil))
struct CopyTests {
  private static let table = """
    CREATE TABLE t (id text PRIMARY KEY, n numeric, i8 bigint, i4 integer, i2 smallint, b boolean, at timestamptz,
      day date, raw bytea, u uuid, tags text[])
    """
  private static let statement =
    "COPY t (id, n, i8, i4, i2, b, at, day, raw, u, tags) FROM STDIN (FORMAT binary)"

  private func fill(_ buffer: inout CopyBuffer, _ numbers: Range<Int>) {
    for number in numbers {
      buffer.beginRow(fields: 11)
      if number.isMultiple(of: 2) {
        buffer.append(text: "id-\(number)")
      } else {
        buffer.append(utf8: Array("id-\(number)".utf8).span)
      }
      buffer.append(Numeric(unscaled: Int128(number) * 1_234_567, scale: 9))
      buffer.append(Int64(number) << 32)
      buffer.append(Int32(number))
      buffer.append(Int16(truncatingIfNeeded: number))
      buffer.append(number.isMultiple(of: 3))
      buffer.append(Timestamp(microseconds: Int64(number) * 1_000_001))
      buffer.append(Date32(days: Int32(number)))
      if number.isMultiple(of: 5) {
        buffer.appendNull()
      } else {
        buffer.append([UInt8](repeating: 7, count: number % 40))
      }
      buffer.append(value: PostgreSQLUUID(high: UInt64(number), low: 1))
      buffer.append(value: ["a", "\(number)"])
    }
  }

  @Test("thousands of rows arrive as they were written")
  func equality() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try connection.execute(Self.table)
      var buffer = CopyBuffer(capacity: 1)
      fill(&buffer, 0..<20_000)
      #expect(try connection.copyIn(Self.statement, buffer) == 20_000)
      let rows = try connection.query("SELECT id, n, i8, i4, i2, b, at, day, raw, u, tags FROM t ORDER BY i4")
      #expect(rows.count == 20_000)
      for (number, row) in rows.enumerated() {
        let matches =
          try row[0, as: String.self] == "id-\(number)"
          && row[1, as: Numeric.self] == Numeric(unscaled: Int128(number) * 1_234_567, scale: 9)
          && row[2, as: Int64.self] == Int64(number) << 32
          && row[3, as: Int32.self] == Int32(number)
          && row[4, as: Int16.self] == Int16(truncatingIfNeeded: number)
          && row[5, as: Bool.self] == number.isMultiple(of: 3)
          && row[6, as: Timestamp.self].microseconds == Int64(number) * 1_000_001
          && row[7, as: Date32.self].days == Int32(number)
        #expect(matches, "\(number)")
        #expect(
          try row[8, as: [UInt8]?.self] == (number.isMultiple(of: 5) ? nil : .init(repeating: 7, count: number % 40)))
        #expect(try row[9, as: PostgreSQLUUID.self].high == UInt64(number))
        #expect(try row[10, as: [String].self] == ["a", "\(number)"])
      }
      buffer.removeAll()
      #expect(try connection.copyIn(Self.statement, buffer) == 0)
      fill(&buffer, 20_000..<20_010)
      #expect(try connection.copyIn(Self.statement, buffer) == 10)
    }
  }

  @Test("after a unique violation the transaction goes on from its savepoint")
  func uniqueViolation() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try connection.execute(Self.table)
      let point = try Identifier("fast")
      var buffer = CopyBuffer()
      try connection.begin()
      fill(&buffer, 0..<100)
      try connection.copyIn(Self.statement, buffer)
      try connection.savepoint(point)
      // Large enough that the server complains while most of it is still being sent.
      fill(&buffer, 100..<30_000)
      let error = try failure { () throws(PostgreSQLError) in try connection.copyIn(Self.statement, buffer) }
      #expect(error.isUniqueViolation)
      #expect(error.constraint == "t_pkey")
      #expect(!error.description.contains("id-"))
      #expect(connection.transactionStatus == .failed)
      try connection.rollback(to: point)
      buffer.removeAll()
      fill(&buffer, 100..<200)
      #expect(try connection.copyIn(Self.statement, buffer) == 100)
      try connection.release(point)
      try connection.commit()
      #expect(try connection.query("SELECT count(*) FROM t").one()[0, as: Int.self] == 200)
    }
  }

  @Test("rows that do not fit are refused and leave the connection in step")
  func refusals() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try connection.execute("CREATE TABLE t (a bigint, b text)")
      let statement = "COPY t (a, b) FROM STDIN (FORMAT binary)"
      var short = CopyBuffer()
      short.beginRow(fields: 1)
      short.append(Int64(1))
      #expect(try failure { () throws(PostgreSQLError) in try connection.copyIn(statement, short) }.sqlState == "22P04")
      var narrow = CopyBuffer()
      narrow.beginRow(fields: 2)
      narrow.append(Int32(1))
      narrow.append(text: "x")
      let insufficient = try failure { () throws(PostgreSQLError) in try connection.copyIn(statement, narrow) }
      #expect(insufficient.sqlState == "08P01")
      #expect(!insufficient.isRetryable && !insufficient.isConnectionLost)
      var zero = CopyBuffer()
      zero.beginRow(fields: 2)
      zero.append(Int64(1))
      zero.append(utf8: [0xFF, 0xFE])
      let invalid = try failure { () throws(PostgreSQLError) in try connection.copyIn(statement, zero) }
      #expect(invalid.sqlState == "22021")
      for text in ["COPY t FROM STDIN", "SELECT 1", "CREATE TABLE u ()"] {
        let error = try failure { () throws(PostgreSQLError) in try connection.copyIn(text, zero) }
        #expect(error.kind == .misuse)
      }
      let missing = try failure { () throws(PostgreSQLError) in
        try connection.copyIn("COPY missing FROM STDIN (FORMAT binary)", zero)
      }
      #expect(missing.sqlState == "42P01")
      #expect(try connection.query("SELECT count(*) FROM t").one()[0, as: Int.self] == 0)
    }
  }
}
