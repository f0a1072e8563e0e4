import PostgreSQL
import Testing

@Suite("Types against a server", .enabled(if: TestDatabase.url != nil))
struct TypeTests {
  private func roundTrip<Value: PostgreSQLEncodable & PostgreSQLDecodable & Equatable>(
    _ connection: Connection, _ values: [Value]
  ) throws {
    for value in values {
      let back = try connection.query("SELECT \(value)").one()[0, as: Value.self]
      #expect(back == value)
    }
  }

  @Test("every scalar comes back as it was bound")
  func scalars() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try roundTrip(connection, ["", "a", "Grüße 💰", "'; DROP TABLE x; --", String(repeating: "x", count: 100_000)])
      try roundTrip(connection, [true, false])
      try roundTrip(connection, [Int16.min, -1, 0, .max])
      try roundTrip(connection, [Int32.min, -1, 0, .max])
      try roundTrip(connection, [Int64.min, -1, 0, .max])
      try roundTrip(connection, [Int.min, 0, .max])
      try roundTrip(connection, [[UInt8](), [0], [0, 255, 1]])
      try roundTrip(connection, [Timestamp(microseconds: 0), Timestamp(microseconds: -1)])
      try roundTrip(connection, [Timestamp(microseconds: 1_735_689_600_123_456)])
      try roundTrip(connection, [Date32(days: 0), Date32(days: -719_162), Date32(days: 20_000)])
      try roundTrip(connection, [PostgreSQLUUID(high: .max, low: 1)])
      try roundTrip(connection, [PostgreSQLJSON(text: "{\"a\": [1, null]}")])
      try roundTrip(connection, [[PostgreSQLJSON(text: "1"), PostgreSQLJSON(text: "\"x\"")]])
      try roundTrip(connection, [Int64?.none, 5])
      try roundTrip(connection, [String?.none, ""])
      try roundTrip(connection, [[Int64]?.none, []])
    }
  }

  @Test("numerics come back exactly, and the server reads the same decimal text")
  func numerics() throws {
    try TestDatabase.with { database in
      let texts = [
        "0", "0.000000000", "1", "-1", "1000000000000000000000000", "0.000000001", "-0.000000001", "10000", "9999.9999",
        "100000000", "0.10", "123456789012345.123456789", "170141183460469231731687303715884105727",
        "-170141183460469231731687303715884105728", "1.00000000000000000000", "0.00000000000000000001",
      ]
      for text in texts {
        let value = try #require(Numeric(text))
        let row = try database.connection.query("SELECT \(value), \(value)::text, \(text)::numeric").one()
        #expect(try row[0, as: Numeric.self].description == text)
        #expect(try row[1, as: String.self] == text)
        #expect(try row[2, as: Numeric.self].description == text)
      }
    }
  }

  @Test(
    "numbers that cannot be held are refused", arguments: ["NaN", "Infinity", "-Infinity", "1e39", "1e1000", "1e-300"])
  func refused(_ text: String) throws {
    try TestDatabase.with { database in
      let row = try database.connection.query("SELECT \(text)::numeric").one()
      let error = try failure { () throws(PostgreSQLError) in try row[0, as: Numeric.self] }
      #expect(error.kind == .decoding)
    }
  }

  @Test("a product with more zeros than fit is read without them")
  func zeros() throws {
    try TestDatabase.with { database in
      let row = try database.connection.query("SELECT 5::numeric(60, 50), 1e30::numeric(80, 40)").one()
      #expect(try row[0, as: Numeric.self] == Numeric(unscaled: 5))
      #expect(try row[1, as: Numeric.self] == Numeric("1000000000000000000000000000000"))
    }
  }

  @Test("arrays come back as they were bound, empty ones and nulls too")
  func arrays() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try roundTrip(connection, [[String](), ["a"], ["", "{},\"'", "NULL"]])
      try roundTrip(connection, [[String?](), [nil], ["a", nil, ""]])
      try roundTrip(connection, [[Int64](), [.min, 0, .max]])
      try roundTrip(connection, [[Int16](), [1]])
      try roundTrip(connection, [[Int32](), [1, 2]])
      try roundTrip(connection, [[Int](), [1, 2]])
      try roundTrip(connection, [[Bool](), [true, false]])
      try roundTrip(connection, [[Int64?](), [1, nil]])
      try roundTrip(connection, [[Numeric](), [Numeric(unscaled: 0), Numeric(unscaled: -15, scale: 1)]])
      try roundTrip(connection, [[Numeric?](), [nil, Numeric(unscaled: 15, scale: 9)]])
      try roundTrip(connection, [[Timestamp](), [Timestamp(microseconds: 1)]])
      try roundTrip(connection, [[Date32](), [Date32(days: 1)], [Date32(days: -1)]])
      try roundTrip(connection, [[[UInt8]](), [[], [0, 1]]])
      try roundTrip(connection, [[[UInt8]?](), [nil, [0, 1]]])
      try roundTrip(connection, [[PostgreSQLUUID](), [PostgreSQLUUID(high: 1, low: 2)]])
    }
  }

  @Test("an array of two dimensions is refused")
  func dimensions() throws {
    try TestDatabase.with { database in
      let row = try database.connection.query("SELECT ARRAY[[1, 2], [3, 4]]::bigint[]").one()
      let error = try failure { () throws(PostgreSQLError) in try row[0, as: [Int64].self] }
      #expect(error.kind == .decoding)
    }
  }

  @Test("values of another type, nulls, missing columns and infinite times are errors, not traps")
  func mismatches() throws {
    try TestDatabase.with { database in
      let row = try database.connection.query(
        "SELECT 'x'::text AS t, NULL::bigint AS n, 70000::int4 AS i, 'infinity'::timestamptz AS f, '-infinity'::date"
      ).one()
      #expect(throws: PostgreSQLError.self) { try row[0, as: Int64.self] }
      #expect(throws: PostgreSQLError.self) { try row[1, as: Int64.self] }
      #expect(throws: PostgreSQLError.self) { try row[2, as: Int16.self] }
      #expect(throws: PostgreSQLError.self) { try row[3, as: Timestamp.self] }
      #expect(throws: PostgreSQLError.self) { try row[4, as: Date32.self] }
      #expect(throws: PostgreSQLError.self) { try row[5, as: Int64.self] }
      #expect(throws: PostgreSQLError.self) { try row[-1, as: Int64.self] }
      #expect(throws: PostgreSQLError.self) { try row.decode(Int64.self, named: "missing") }
      #expect(throws: PostgreSQLError.self) { try row[2, as: [Int64].self] }
      #expect(try row.decode(Int64.self, named: "i") == 70_000)
    }
  }

  @Test("integers widen, and json, varchar and enumerations are read as text")
  func widening() throws {
    try TestDatabase.with { database in
      try database.connection.execute("CREATE TYPE mood AS ENUM ('fine')")
      let row = try database.connection.query(
        "SELECT 1::int2, 2::int4, 3::int8, '{\"a\":1}'::jsonb, '[]'::json, 'v'::varchar(5), 'fine'::mood"
      ).one()
      #expect(try row[0, as: Int64.self] == 1)
      #expect(try row[1, as: Int16.self] == 2)
      #expect(try row[2, as: Numeric.self] == Numeric(unscaled: 3))
      #expect(try row[3, as: String.self] == "{\"a\": 1}")
      #expect(try row[4, as: String.self] == "[]")
      #expect(try row[5, as: String.self] == "v")
      #expect(try row[6, as: String.self] == "fine")
    }
  }

  private struct CompanyID: PostgreSQLConvertible, Equatable {
    let name: String
    var postgreSQLValue: String { name }
    init(_ name: String) { self.name = name }
    init(postgreSQLValue: String) throws(PostgreSQLError) {
      guard !postgreSQLValue.isEmpty else { throw PostgreSQLError(.decoding, "a company id is empty") }
      name = postgreSQLValue
    }
  }

  @Test("a type of one's own travels as the one it is mapped to")
  func convertible() throws {
    try TestDatabase.with { database in
      try roundTrip(database.connection, [CompanyID("a")])
      try roundTrip(database.connection, [CompanyID?.none, CompanyID("a")])
      try roundTrip(database.connection, [[CompanyID("a"), CompanyID("b")]])
      try roundTrip(database.connection, [[CompanyID("a"), nil]])
      let row = try database.connection.query("SELECT ''::text").one()
      #expect(throws: PostgreSQLError.self) { try row[0, as: CompanyID.self] }
    }
  }

  @Test("a text with a zero byte and a day out of range are refused as data")
  func refusedByServer() throws {
    try TestDatabase.with { database in
      let zero = try failure { () throws(PostgreSQLError) in try database.connection.query("SELECT \("a\0b")") }
      #expect(zero.isDataRefused)
      let day = try failure { () throws(PostgreSQLError) in
        try database.connection.query("SELECT \(Date32(days: .min))")
      }
      #expect(day.isDataRefused)
      #expect(try database.connection.query("SELECT \(1)").one()[0, as: Int.self] == 1)
    }
  }
}
